//! What people allow apps to receive, taken back.

use serde_json::json;

use super::{Actor, ChangeError, revocation};
use crate::clock::Time;
use crate::model::ClientId;
use crate::store::{Db, consents};

/// Takes back all that an app holds for a person, with the consent; yields how many grants ended. The app's tokens end
/// with them, and it is asked for again at the next sign-in where the app asks at all.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(db: &Db, actor: Actor, app: ClientId, now: Time) -> Result<u64, ChangeError> {
    let account = actor.own_account()?;
    db.write(move |tx| {
        Box::pin(async move {
            let ended = revocation::end_grants_of_client((tx, now), &account, &app).await?;
            consents::delete(tx, &account, &app).await?;
            actor
                .record(
                    tx,
                    "consent.withdraw",
                    account.as_str(),
                    &json!({ "app": app }),
                    now,
                )
                .await?;
            Ok(ended)
        })
    })
    .await
}
