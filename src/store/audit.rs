//! The audit log: the content of an entry, and writing one in the transaction of the change that it records.
//!
//! This file only adds entries. `audit_chain` links them, `audit_verify` checks the chain, `audit_list` reads
//! them.

use super::{Error, Tx};
use crate::clock::Time;
use crate::model::new_id;

/// The outcome of an action that succeeded.
pub const OK: &str = "ok";

/// The content of an audit entry. Begin with [`NewEntry::new`] and set the other fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEntry<'a> {
    /// Who did it: an account id, or the name of an actor without an account (`host`, `set-up`).
    pub actor: &'a str,
    /// The client's IP address; empty for a command on the host.
    pub address: &'a str,
    /// The account id on whose behalf the actor did it; empty if it was their own.
    pub on_behalf: &'a str,
    /// The action, as family and name: `account.suspend`.
    pub action: &'a str,
    /// The id of the account, app, session or other object that was acted on.
    pub target: &'a str,
    /// [`OK`], or one word that says why the action was refused.
    pub outcome: &'a str,
    /// Further details as a JSON object; a change has its old and new values in `before` and `after`.
    pub detail: &'a str,
}

impl<'a> NewEntry<'a> {
    /// A successful action of `actor` on `target`, without address, details or other principal.
    #[must_use]
    pub const fn new(actor: &'a str, action: &'a str, target: &'a str) -> Self {
        Self {
            actor,
            address: "",
            on_behalf: "",
            action,
            target,
            outcome: OK,
            detail: "{}",
        }
    }
}

/// Writes one entry, in the transaction of the change that it records.
///
/// It takes no lock that another writer needs, since the entry gets its place in the chain later.
pub async fn record(tx: &mut Tx, event: &NewEntry<'_>, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO audit (id, at, actor, address, on_behalf, action, target, outcome, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(now),
        now,
        event.actor,
        event.address,
        event.on_behalf,
        event.action,
        event.target,
        event.outcome,
        event.detail
    )
}
