//! The in-memory cache of rarely changed data: apps with their secret hashes, an index of them, the scheme and the
//! instance settings.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::model::ClientId;
use crate::model::client::Client;
use crate::model::scheme::Scheme;
use crate::model::settings::InstanceSettings;

/// How long the cache is used after the last check for changes by other nodes.
const VALID_FOR: Duration = Duration::from_secs(5);

/// The maximum number of apps in the cache, which is emptied when it is full.
pub(super) const MAX_APPS: usize = 10_000;

/// The cache. A write to cached data on this node empties it;
/// [`Db::poll_cache_version`](super::Db::poll_cache_version) does so after writes of other nodes.
#[derive(Default)]
pub struct Cache {
    pub(super) apps: RwLock<HashMap<ClientId, Arc<Client>>>,
    pub(super) scheme: RwLock<CachedScheme>,
    pub(super) instance: Slot<InstanceSettings>,
    pub(super) index: Slot<Index>,
    /// The version of cached data in the database at the last check.
    pub(super) version: AtomicI64,
    /// When this node last checked for changes by other nodes; `None` if it never has, as in commands.
    pub(super) checked_at: RwLock<Option<Instant>>,
}

/// One cached value; `None` until it is read.
pub(super) type Slot<T> = RwLock<Option<Arc<T>>>;

/// An index of the apps that are not disabled.
#[derive(Default)]
pub(super) struct Index {
    /// The origins of every app.
    pub(super) origins: HashSet<String>,
    /// The resource servers by their identifiers.
    pub(super) resource_servers: HashMap<String, ClientId>,
    /// The apps of the websites behind a reverse proxy, by origin.
    pub(super) proxied: HashMap<String, ClientId>,
}

/// The cached scheme.
#[derive(Clone, Default)]
pub(super) enum CachedScheme {
    /// Not read yet.
    #[default]
    Unread,
    /// The database has none.
    None,
    /// The scheme in the database.
    Applied(Arc<Scheme>),
}

/// Fills a slot.
pub(super) fn keep<T>(slot: &Slot<T>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
    value
}

impl Cache {
    /// Whether this node has checked for changes by other nodes recently, or does not check for them at all.
    pub(super) fn is_current(&self) -> bool {
        let checked_at = *self.checked_at.read().unwrap_or_else(PoisonError::into_inner);
        checked_at.is_none_or(|at| at.elapsed() < VALID_FOR)
    }

    /// What a slot holds, if it may still be used.
    pub(super) fn current<T>(&self, slot: &Slot<T>) -> Option<Arc<T>> {
        let known = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|_| self.is_current())
    }

    pub(super) fn clear(&self) {
        self.apps.write().unwrap_or_else(PoisonError::into_inner).clear();
        *self.scheme.write().unwrap_or_else(PoisonError::into_inner) = CachedScheme::Unread;
        *self.instance.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
