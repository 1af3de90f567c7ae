//! Events: what has happened to an account, told to its owner by mail.
//!
//! A mail is a row of the outbox, inserted in the transaction of the event that it tells of, so that neither exists
//! without the other. The job in `mail` sends it.

use std::time::Duration;

use crate::clock::Time;
use crate::model::account::Account;
use crate::model::mail::{Event, Mail};
use crate::model::new_id;
use crate::store::{Conn, Error, Tx, emails, mailed_links, outbox};

/// The maximum number of links that are mailed to one address in a day, whoever asks for them, so that nobody can flood
/// another person's mailbox.
pub const MAX_LINKS_A_DAY: i64 = 5;

const DAY: Duration = Duration::from_hours(24);

/// Whether a folded address has received as many links in the last day as it may.
pub async fn has_reached_link_limit(conn: &mut Conn, key: &str, now: Time) -> Result<bool, Error> {
    Ok(mailed_links::count(conn, key, now - DAY).await? >= MAX_LINKS_A_DAY)
}

/// Queues a mail with a link to one address, given with its folded form. It may be about an account, which need not
/// have the address. Yields false if there is no mail server, or the address has received all its links of the day.
pub async fn emit_to(
    tx: &mut Tx,
    (address, key): (&str, &str),
    about: Option<&Account>,
    event: Event,
    now: Time,
) -> Result<bool, Error> {
    let mail = Mail::about(about, event);
    let Some(slot) = claim_slot(tx, key, now).await? else {
        return Ok(false);
    };
    let is_queued = outbox::queue(tx, &new_id(now), address, &mail, now).await?;
    if !is_queued {
        mailed_links::release(tx, slot, key).await?;
    }
    Ok(is_queued)
}

/// Takes one of the links that a folded address may receive in a day; `None` if none is left. Each link has a slot, so
/// that concurrent requests cannot exceed the limit.
async fn claim_slot(tx: &mut Tx, key: &str, now: Time) -> Result<Option<i64>, Error> {
    if has_reached_link_limit(tx, key, now).await? {
        return Ok(None);
    }
    for slot in 0..MAX_LINKS_A_DAY {
        if mailed_links::claim(tx, slot, key, now, now - DAY).await? {
            return Ok(Some(slot));
        }
    }
    Ok(None)
}

/// Queues a mail to every verified address of an account; yields how many mails, which is none without a mail server.
/// Callers that change the addresses call this first, so that the old ones are told too.
pub async fn emit(tx: &mut Tx, account: &Account, event: Event, now: Time) -> Result<usize, Error> {
    let mail = Mail::about(Some(account), event);
    let mut queued = 0;
    for email in emails::of_account(tx, &account.id).await? {
        if !email.verified {
            continue;
        }
        if !outbox::queue(tx, &new_id(now), &email.address, &mail, now).await? {
            break;
        }
        queued += 1;
    }
    Ok(queued)
}
