//! The audit log: what an entry says, and writing one in the transaction of what it records.
//!
//! Entries are only added here. The chain over them is `audit_chain`, its check `audit_verify`, lists `audit_list`.

use super::{Error, Tx};
use crate::clock::Time;
use crate::model::new_id;

/// The outcome of what was done as asked.
pub const OK: &str = "ok";

/// What happened. Begin with [`Event::new`] and set what else is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Who did it: an account's id, or the name of what is no account (`host`, `set-up`).
    pub actor: &'a str,
    /// The address it came from; empty when it came from the host itself.
    pub address: &'a str,
    /// For whom the actor did it, when that is somebody else: an account's id, or empty.
    pub on_behalf: &'a str,
    /// What was done, by its family and its name: `account.suspend`.
    pub action: &'a str,
    /// What it was done to: the id of an account, an app, a session..
    pub target: &'a str,
    /// [`OK`], or one word for why it was not done.
    pub outcome: &'a str,
    /// More, as a JSON object; what a change was from and to stands in `before` and `after`.
    pub detail: &'a str,
}

impl<'a> Event<'a> {
    /// What `actor` did to `target`, with success, on the actor's own behalf and from nowhere in particular.
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

/// Writes one entry, in the transaction of what it records.
///
/// It adds an entry and does nothing else, so it waits for nobody: the entry's place in the chain is given to it later.
pub async fn record(tx: &mut Tx, event: &Event<'_>, now: Time) -> Result<(), Error> {
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
    .map(|_| ())
}
