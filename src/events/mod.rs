//! Events: what has happened to an account, told to its owner by mail.
//!
//! A mail is a row of the outbox, inserted in the transaction of what it tells of, so that there is never one without the
//! other. The job in `mail` sends it.

use crate::clock::Time;
use crate::model::account::Account;
use crate::model::mail::{Event, Mail};
use crate::model::new_id;
use crate::store::{Error, Tx, emails, outbox};

/// Queues a mail to one address, whoever has it, with the username of the account that it is about, if there is one;
/// yields whether there is a mail server.
pub async fn emit_to(
    tx: &mut Tx,
    address: &str,
    username: &str,
    event: Event,
    now: Time,
) -> Result<bool, Error> {
    let mail = Mail {
        username: username.to_owned(),
        event,
    };
    outbox::queue(tx, &new_id(now), address, &mail, now).await
}

/// Queues a mail to every verified address of an account; without a mail server nothing is
/// queued; yields to how many. Before a change of the
/// addresses, so that the old ones are told too.
pub async fn emit(tx: &mut Tx, account: &Account, event: Event, now: Time) -> Result<usize, Error> {
    let mail = Mail {
        username: account.username.clone(),
        event,
    };
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
