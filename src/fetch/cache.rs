//! A cache of fetched documents, one for each owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;

/// How long a document is used without fetching it again.
const CACHED_FOR: Duration = Duration::from_mins(10);
/// The minimum time between two fetches for one owner, if a document is unsuitable or a URL does not
/// respond.
const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// Whether a cached document is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// A cached document is good enough.
    Cached,
    /// The cached document was unsuitable, for example after the app rotated its keys.
    Refetched,
}

/// The result of a fetch.
pub struct Fetched<T> {
    from: String,
    at: Time,
    /// `None` if the fetch failed or the document was invalid.
    pub value: Option<Arc<T>>,
}

/// The cached document of one owner, locked while it is fetched.
pub struct Slot<T>(Option<Fetched<T>>);

impl<T> Slot<T> {
    /// The cached result for this URL, if it is recent enough.
    #[must_use]
    pub fn fresh(&self, from: &str, freshness: Freshness, now: Time) -> Option<&Fetched<T>> {
        self.0.as_ref().filter(|cached| {
            let good_for = match (&cached.value, freshness) {
                (Some(_), Freshness::Cached) => CACHED_FOR,
                _ => REFETCH_AFTER,
            };
            cached.from == from && now.since(cached.at) < good_for
        })
    }

    /// Caches a result.
    pub fn store(&mut self, from: &str, value: Option<Arc<T>>, now: Time) {
        self.0 = Some(Fetched {
            from: from.to_owned(),
            at: now,
            value,
        });
    }
}

/// The latest document of each owner. Fetches for one owner run one at a time, and do not block other owners.
pub struct FetchCache<T>(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot<T>>>>>);

impl<T> Default for FetchCache<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> FetchCache<T> {
    /// The slot of an owner.
    #[must_use]
    pub fn slot(&self, owner: &str) -> Arc<tokio::sync::Mutex<Slot<T>>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = || Arc::new(tokio::sync::Mutex::new(Slot(None)));
        slots.entry(owner.to_owned()).or_insert_with(empty).clone()
    }
}
