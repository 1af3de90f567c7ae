//! The apps that have access to an account: listing them, and withdrawing access.

use serde::Serialize;
use serde_json::json;

use super::{ChangeContext, Failure, ReadContext, logouts, operation, revocation};
use crate::clock::Time;
use crate::model::ClientId;
use crate::model::action::Action;
use crate::store::{consents, grants};

/// An app with access to the actor's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppAccess {
    /// The app's client ID.
    pub client_id: ClientId,
    /// The app's name.
    pub name: String,
    /// The scopes of its newest grant.
    pub scopes: Vec<String>,
    /// When that was granted.
    pub granted_at: Time,
}

operation! {
    /// Lists the apps with access to the actor's own account, newest grant first.
    read ListAppAccess -> Vec<AppAccess>;
}

impl ListAppAccess {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<AppAccess>, Failure> {
        let (account, now) = (context.own_account()?.clone(), context.now);
        let held = grants::newest_per_app(context.conn(), &account, now).await?;
        let access = held.into_iter().map(|grant| AppAccess {
            client_id: grant.client_id,
            name: grant.name,
            scopes: grant.scopes.iter().map(str::to_owned).collect(),
            granted_at: grant.created_at,
        });
        Ok(access.collect())
    }
}

operation! {
    /// Withdraws an app's access to the actor's own account: revokes its grants with their tokens and deletes the
    /// consent; the app is told that the user is signed out of it. Yields how many grants ended.
    change WithdrawAppAccess { client_id: ClientId } -> u64;
}

impl WithdrawAppAccess {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<u64, Failure> {
        let account = context.own_account()?.clone();
        let ended = revocation::end_grants_of_client(context.tx_now(), &account, &self.client_id).await?;
        Box::pin(logouts::queue_withdrawn(
            context.tx_now(),
            &account,
            &self.client_id,
        ))
        .await?;
        consents::delete(context.tx(), &account, &self.client_id).await?;
        let detail = json!({ "app": self.client_id });
        context
            .record(Action::ConsentWithdraw, account.as_str(), &detail)
            .await?;
        Ok(ended)
    }
}
