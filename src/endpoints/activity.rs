//! Records when a user was last seen: requests that apps make with the user's tokens count too.

use crate::app::AppState;
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::account::LAST_SEEN_INTERVAL;
use crate::store::{Error, accounts};

/// Records that a user was seen now, unless they were last seen less than [`LAST_SEEN_INTERVAL`] ago.
pub(super) async fn mark_seen(
    app: &AppState,
    account: &AccountId,
    last_seen: Option<Time>,
) -> Result<(), Error> {
    let now = app.clock.now();
    if last_seen.is_some_and(|seen| now.since(seen) < LAST_SEEN_INTERVAL) {
        return Ok(());
    }
    let account = account.clone();
    app.db
        .write_one(move |tx| {
            Box::pin(async move { accounts::mark_seen(tx, &account, now - LAST_SEEN_INTERVAL, now).await })
        })
        .await
}
