//! Which claims an app receives besides the standard ones.

use serde_json::json;

use super::guard::{self, MANAGE, find_for_change};
use crate::clock::Time;
use crate::directory::{ChangeContext, Failure, operation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::claim_rules::ClaimRules;
use crate::model::client::ClientSettings;
use crate::model::refusal::Code;
use crate::store::clients;

operation! {
    /// Replaces the claim rules of an app.
    change SetClaimRules {
        id: ClientId,
        rules: ClaimRules,
        /// The app's `updated_at` when its rules were read; `None` to replace whatever is stored.
        expected: Option<Time>,
    } -> ();
}

impl SetClaimRules {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let before = find_for_change(context, &self.id, MANAGE).await?;
        Failure::if_any(self.rules.reasons())?;
        if self
            .expected
            .is_some_and(|expected| expected != before.updated_at)
        {
            return Err(Code::AppChanged.into());
        }
        let settings = ClientSettings {
            claim_rules: self.rules,
            ..before.settings.clone()
        };
        guard::ensure_may_change(context, &before, &settings)?;
        let (tx, now) = context.tx_now();
        clients::update(tx, &self.id, &settings, now).await?;
        let (old, new) = (&before.settings.claim_rules, &settings.claim_rules);
        let detail = json!({ "before": old, "after": new });
        context
            .record(Action::AppSetClaims, self.id.as_str(), &detail)
            .await
    }
}
