//! The end of resets that nobody has completed.

use crate::clock::Time;
use crate::model::action::Action;
use crate::model::reset::Reset;
use crate::store::audit::{self, NewEntry};
use crate::store::resets::{expire, expired};
use crate::store::{Db, Error, Tx};

/// How many resets end in one run.
const BATCH: i64 = 500;

/// Ends the resets whose time is over, with an audit entry for each; yields how many.
pub async fn expire_resets(db: &Db, now: Time) -> Result<usize, Error> {
    let over = expired(&mut db.read().await?, BATCH, now).await?;
    let mut count = 0;
    for reset in over {
        let ended = db.write::<_, Error, _>(move |tx| Box::pin(async move { end(tx, &reset, now).await }));
        count += usize::from(ended.await?);
    }
    Ok(count)
}

/// Ends a reset; yields false if another run has ended it.
async fn end(tx: &mut Tx, reset: &Reset, now: Time) -> Result<bool, Error> {
    if !expire(tx, &reset.id, now).await? {
        return Ok(false);
    }
    let event = NewEntry::new("system", Action::ResetExpire.as_str(), reset.account_id.as_str());
    audit::record(tx, &event, now).await?;
    Ok(true)
}
