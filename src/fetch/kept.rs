//! What was fetched and read, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;

/// How long what was fetched is used without asking again.
const KEPT: Duration = Duration::from_mins(10);
/// How often one owner can make us fetch, by something that does not serve or an address that does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// How new what was fetched must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As it is kept.
    Kept,
    /// Fetched again because what is kept did not serve, as after a rotation of keys.
    Renewed,
}

/// What was fetched from one address.
pub struct Fetched<T> {
    from: String,
    at: Time,
    /// `None` when nothing usable was there.
    pub value: Option<Arc<T>>,
}

/// The place of one owner, which is locked while we fetch for it.
pub struct Slot<T>(Option<Fetched<T>>);

impl<T> Slot<T> {
    /// What is kept of this address, if it is new enough.
    #[must_use]
    pub fn fresh(&self, from: &str, freshness: Freshness, now: Time) -> Option<&Fetched<T>> {
        self.0.as_ref().filter(|kept| {
            let good_for = match (&kept.value, freshness) {
                (Some(_), Freshness::Kept) => KEPT,
                _ => ASK_AGAIN,
            };
            kept.from == from && now.since(kept.at) < good_for
        })
    }

    /// Keeps what was fetched now.
    pub fn keep(&mut self, from: &str, value: Option<Arc<T>>, now: Time) {
        self.0 = Some(Fetched {
            from: from.to_owned(),
            at: now,
            value,
        });
    }
}

/// What was fetched last for each owner. One fetch for an owner at a time; others do not wait for it.
pub struct Kept<T>(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot<T>>>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// The place of an owner.
    #[must_use]
    pub fn slot(&self, owner: &str) -> Arc<tokio::sync::Mutex<Slot<T>>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = || Arc::new(tokio::sync::Mutex::new(Slot(None)));
        slots.entry(owner.to_owned()).or_insert_with(empty).clone()
    }
}
