//! The in-memory cache of rarely changed data: apps with their secret hashes, what finds them, the scheme and the
//! instance settings.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::{Db, clients, instance, schemes};
use crate::model::ClientId;
use crate::model::client::Client;
use crate::model::scheme::Scheme;
use crate::model::settings::InstanceSettings;

/// How long the cache is used after the last check for changes by other nodes.
const VALID_FOR: Duration = Duration::from_secs(5);

/// The maximum number of apps in the cache, which is emptied when it is full.
const MOST: usize = 10_000;

/// The cache. A write to cached data on this node empties it; [`Db::poll_cache_version`] does so after writes
/// of other nodes.
#[derive(Default)]
pub struct Cache {
    apps: RwLock<HashMap<ClientId, Arc<Client>>>,
    scheme: RwLock<CachedScheme>,
    instance: RwLock<Option<Arc<InstanceSettings>>>,
    index: RwLock<Option<Arc<Index>>>,
    version: AtomicI64,
    followed_at: RwLock<Option<Instant>>,
}

/// What finds apps that are not disabled.
#[derive(Default)]
struct Index {
    /// The origins of all.
    origins: HashSet<String>,
    /// The resource servers by their identifiers.
    resource_servers: HashMap<String, ClientId>,
}

/// The cached scheme.
#[derive(Clone, Default)]
enum CachedScheme {
    /// Not read yet.
    #[default]
    Unread,
    /// The database has none.
    None,
    /// The scheme in the database.
    Applied(Arc<Scheme>),
}

impl Cache {
    /// Whether this node has checked for changes by other nodes recently, or does not check for them at all.
    fn is_current(&self) -> bool {
        let followed_at = *self.followed_at.read().unwrap_or_else(PoisonError::into_inner);
        followed_at.is_none_or(|at| at.elapsed() < VALID_FOR)
    }

    pub(super) fn clear(&self) {
        self.apps.write().unwrap_or_else(PoisonError::into_inner).clear();
        *self.scheme.write().unwrap_or_else(PoisonError::into_inner) = CachedScheme::Unread;
        *self.instance.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Db {
    /// The app with this client ID, from the cache if it is there.
    pub async fn app(&self, id: &str) -> Result<Option<Arc<Client>>, sqlx::Error> {
        let id = ClientId(id.to_owned());
        if let Some(app) = self
            .cache
            .apps
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .filter(|_| self.cache.is_current())
        {
            return Ok(Some(app.clone()));
        }
        let Some(app) = clients::by_id(&mut self.read().await?, &id).await? else {
            return Ok(None);
        };
        let app = Arc::new(app);
        let mut cached = self.cache.apps.write().unwrap_or_else(PoisonError::into_inner);
        if cached.len() >= MOST {
            cached.clear();
        }
        cached.insert(id, app.clone());
        Ok(Some(app))
    }

    /// The applied scheme, from the cache if it is there; `None` if none was applied.
    ///
    /// # Errors
    /// When the stored document is not a valid scheme.
    pub async fn scheme(&self) -> Result<Option<Arc<Scheme>>, sqlx::Error> {
        let known = self
            .cache
            .scheme
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            _ if !self.cache.is_current() => {}
            CachedScheme::Applied(scheme) => return Ok(Some(scheme)),
            CachedScheme::None => return Ok(None),
            CachedScheme::Unread => {}
        }
        let scheme = schemes::get(&mut self.read().await?).await?.map(Arc::new);
        let known = scheme.clone().map_or(CachedScheme::None, CachedScheme::Applied);
        *self.cache.scheme.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(scheme)
    }

    /// The settings of the instance, from the cache if they are there.
    pub async fn instance(&self) -> Result<Arc<InstanceSettings>, sqlx::Error> {
        let known = self
            .cache
            .instance
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known.filter(|_| self.cache.is_current()) {
            return Ok(known);
        }
        let read = Arc::new(instance::get(&mut self.read().await?).await?);
        *self
            .cache
            .instance
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(read.clone());
        Ok(read)
    }

    /// Whether this is an origin of any app that is not disabled.
    pub async fn is_origin_of_an_app(&self, origin: &str) -> Result<bool, sqlx::Error> {
        Ok(self.index().await?.origins.contains(origin))
    }

    /// The resource server with this identifier, if it is not disabled.
    pub async fn resource_server(&self, identifier: &str) -> Result<Option<Arc<Client>>, sqlx::Error> {
        let index = self.index().await?;
        match index.resource_servers.get(identifier) {
            Some(id) => self.app(id.as_str()).await,
            None => Ok(None),
        }
    }

    /// The index of all apps, from the cache if it is there.
    async fn index(&self) -> Result<Arc<Index>, sqlx::Error> {
        let known = self
            .cache
            .index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known.filter(|_| self.cache.is_current()) {
            return Ok(known);
        }
        let mut index = Index::default();
        let all = clients::all_settings(&mut self.read().await?).await?;
        for app in all.into_iter().filter(|app| !app.disabled) {
            index.origins.extend(app.settings.origins());
            if let Some(identifier) = app.settings.resource_identifier {
                index.resource_servers.insert(identifier, app.id);
            }
        }
        let index = Arc::new(index);
        *self.cache.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index.clone());
        Ok(index)
    }

    /// Empties the cache if another node has changed cached data; called about once a second.
    pub async fn poll_cache_version(&self) -> Result<(), sqlx::Error> {
        let mut conn = self.read().await?;
        let (version,) = query_one!(conn, (i64,), "SELECT value FROM counters WHERE name = 'cache'")?;
        if self.cache.version.swap(version, Ordering::SeqCst) != version {
            self.cache.clear();
        }
        *self
            .cache
            .followed_at
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    /// Whether this node follows changes by other nodes. While it does not, it reads from the database what it
    /// otherwise caches.
    #[must_use]
    pub fn follows_changes(&self) -> bool {
        self.cache.is_current()
    }
}
