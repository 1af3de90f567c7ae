//! Mails the links that prove addresses.

use std::time::Duration;

use super::{ChangeContext, Failure, names};
use crate::events::emit_to;
use crate::model::account::Account;
use crate::model::mail::Event;
use crate::model::new_id;
use crate::store::email_proofs::{self as store, EmailProof, RequestedLinks};
use crate::store::emails;

/// How long a link works.
const LIFETIME: Duration = Duration::from_hours(24);
/// How long an account must wait for another link to the same address.
const PAUSE: Duration = Duration::from_mins(5);
/// The most links that an account gets in a [`LIFETIME`].
const MAX_OF_ACCOUNT: i64 = 10;

/// Mails a link that proves an unverified address of an account; yields false if there is no mail server, or too many
/// links were asked for. If another account has verified the address, the mail tells its owner so instead, with the
/// same work.
pub(super) async fn mail_proof(
    context: &mut ChangeContext<'_>,
    account: &Account,
    address: &str,
) -> Result<bool, Failure> {
    let (tx, now) = context.tx_now();
    let proof = EmailProof {
        account_id: account.id.clone(),
        address_key: names::folded(address),
    };
    if is_too_often(store::asked_for(tx, &proof, now - PAUSE, now - LIFETIME).await?) {
        return Ok(false);
    }
    let (id, until) = (new_id(now), now + LIFETIME);
    let event = match emails::verified_owner(tx, &proof.address_key).await? {
        Some(_) => Event::EmailInUse,
        None => Event::EmailProof {
            proof: id.clone(),
            until,
        },
    };
    let is_queued = emit_to(tx, (address, &proof.address_key), Some(account), event, now).await?;
    if is_queued {
        store::insert(tx, &id, &proof, now, until).await?;
    }
    Ok(is_queued)
}

const fn is_too_often(asked: RequestedLinks) -> bool {
    asked.lately > 0 || asked.by_account >= MAX_OF_ACCOUNT
}
