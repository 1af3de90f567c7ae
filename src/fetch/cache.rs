//! A cache of fetched documents, one for each owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Time;

/// How long a document is used without fetching it again.
const CACHED_FOR: Duration = Duration::from_mins(10);
/// How long a document is used while its URL does not respond or serves one that cannot be used.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// The minimum time between two fetches for one owner, if the document cannot be used or the URL does not
/// respond.
const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// How recently a document must have been fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Recently enough for the cache.
    Cached,
    /// Just now, since the cached document could not be used, for example after the app rotated its keys.
    Refetched,
}

/// The latest document of a URL.
pub struct Fetched<T> {
    from: String,
    tried_at: Time,
    failed: bool,
    document_at: Time,
    /// `None` if no fetch succeeded recently.
    pub value: Option<Arc<T>>,
}

/// The cached document of one owner, locked while it is fetched.
pub struct Slot<T>(Option<Fetched<T>>);

impl<T> Slot<T> {
    /// The cached document for this URL, if it was fetched recently enough.
    #[must_use]
    pub fn fresh(&self, from: &str, freshness: Freshness, now: Time) -> Option<&Fetched<T>> {
        self.0.as_ref().filter(|cached| {
            let good_for = match freshness {
                Freshness::Cached if !cached.failed => CACHED_FOR,
                Freshness::Cached | Freshness::Refetched => REFETCH_AFTER,
            };
            cached.from == from && now.since(cached.tried_at) < good_for
        })
    }

    /// Caches the result of a fetch, `None` if it failed or the document was invalid; in that case, the last good
    /// document stays for a while. Yields the document to use.
    pub fn store(&mut self, from: &str, fetched: Option<Arc<T>>, now: Time) -> Option<Arc<T>> {
        let failed = fetched.is_none();
        let last = self
            .0
            .take()
            .filter(|last| failed && last.from == from && now.since(last.document_at) < KEPT_FOR);
        let document_at = last.as_ref().map_or(now, |last| last.document_at);
        let value = fetched.or_else(|| last.and_then(|last| last.value));
        self.0 = Some(Fetched {
            from: from.to_owned(),
            tried_at: now,
            failed,
            document_at,
            value: value.clone(),
        });
        value
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
