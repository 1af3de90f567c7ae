//! The secrets of an app: adding one, which may expire, and removing the old ones.

use serde::Serialize;
use serde_json::json;

use super::guard::{OPERATE, find_for_change};
use super::validation::lifetime_invalid;
use crate::clock::Time;
use crate::crypto::Token;
use crate::directory::{ChangeContext, Failure, operation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::client::{ClientSecret, SecretState};
use crate::model::lifetime::Lifetime;
use crate::model::refusal::Code;
use crate::store::clients;

/// A secret of an app, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretDetail {
    /// When it was made.
    pub created_at: Time,
    /// When it expires, if it does.
    pub expires_at: Option<Time>,
    /// Whether it works.
    pub state: SecretState,
}

impl SecretDetail {
    pub(super) fn of(secrets: &[ClientSecret], now: Time) -> Vec<Self> {
        let detail = |secret: &ClientSecret| Self {
            created_at: secret.created_at,
            expires_at: secret.expires_at,
            state: secret.state(now),
        };
        secrets.iter().map(detail).collect()
    }
}

operation! {
    /// Adds a second secret, so that an app can be switched over without downtime; yields the secret, which
    /// cannot be read again.
    change AddClientSecret {
        id: ClientId,
        /// After how many days it expires; `None` if it does not.
        days: Option<u32>,
    } -> Token;
}

impl AddClientSecret {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Token, Failure> {
        find_for_change(context, &self.id, OPERATE).await?;
        let lifetime = self.days.map(|days| Lifetime::of_days(days.into()));
        let bounds = Lifetime::of_days(1)..=Lifetime::LONGEST_REFRESH;
        if lifetime.is_some_and(|lifetime| !bounds.contains(&lifetime)) {
            return Err(lifetime_invalid("days", &bounds).into());
        }
        let (tx, now) = context.tx_now();
        let secret = Token::random();
        let expires_at = lifetime.map(|lifetime| now + lifetime.duration());
        if !clients::add_secret(tx, &self.id, &secret.hash(), expires_at, now).await? {
            return Err(Code::TooManySecrets.into());
        }
        let detail = json!({ "days": self.days });
        context
            .record(Action::AppAddSecret, self.id.as_str(), &detail)
            .await?;
        Ok(secret)
    }
}

operation! {
    /// Removes every secret of an app except the newest that works; yields how many.
    change DropOldClientSecrets { id: ClientId } -> u64;
}

impl DropOldClientSecrets {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<u64, Failure> {
        find_for_change(context, &self.id, OPERATE).await?;
        let (tx, now) = context.tx_now();
        let removed = clients::drop_old_secrets(tx, &self.id, now).await?;
        context
            .record(Action::AppDropOldSecrets, self.id.as_str(), &json!({}))
            .await?;
        Ok(removed)
    }
}
