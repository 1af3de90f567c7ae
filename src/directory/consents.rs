//! What people allow apps to receive, taken back.

use super::{Actor, ChangeError};
use crate::clock::Time;
use crate::store::{AccountId, AppId, Db, audit, consents, grants};

/// Takes back all that an app holds for a person, with the consent; yields how many grants ended. The app's tokens end
/// with them, and it is asked for again at the next sign-in where the app asks at all.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    db: &Db,
    actor: Actor,
    account: AccountId,
    app: AppId,
    now: Time,
) -> Result<u64, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let ended = grants::revoke_for_app(tx, &account, &app, now).await?;
            consents::delete(tx, &account, &app).await?;
            audit::insert(tx, actor.as_str(), "consent.withdraw", app.as_str(), "{}", now).await?;
            Ok(ended)
        })
    })
    .await
}
