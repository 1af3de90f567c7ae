//! Reads of rarely changed data through the cache.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::cache::{CachedScheme, Index, MAX_APPS, keep};
use super::{Db, clients, instance, schemes};
use crate::model::ClientId;
use crate::model::client::Client;
use crate::model::scheme::Scheme;
use crate::model::settings::InstanceSettings;

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
        if cached.len() >= MAX_APPS {
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
        if let Some(known) = self.cache.current(&self.cache.instance) {
            return Ok(known);
        }
        let read = instance::get(&mut self.read().await?).await?;
        Ok(keep(&self.cache.instance, read))
    }

    /// Whether any app that is not disabled has this origin.
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

    /// The app that a reverse proxy in front of this origin asks about, if it is not disabled.
    pub async fn proxied_app(&self, origin: &str) -> Result<Option<Arc<Client>>, sqlx::Error> {
        let index = self.index().await?;
        match index.proxied.get(origin) {
            Some(id) => self.app(id.as_str()).await,
            None => Ok(None),
        }
    }

    /// The index of all apps, from the cache if it is there.
    async fn index(&self) -> Result<Arc<Index>, sqlx::Error> {
        if let Some(known) = self.cache.current(&self.cache.index) {
            return Ok(known);
        }
        let mut index = Index::default();
        let all = clients::list(&mut self.read().await?).await?;
        for app in all.into_iter().filter(|app| !app.disabled) {
            index.origins.extend(app.settings.origins());
            let proxied = app.settings.proxied_origins();
            index
                .proxied
                .extend(proxied.map(|origin| (origin, app.id.clone())));
            if let Some(identifier) = app.settings.resource_identifier {
                index.resource_servers.insert(identifier, app.id);
            }
        }
        Ok(keep(&self.cache.index, index))
    }

    /// Empties the cache if cached data or signing keys have changed since the last call, and yields whether they
    /// have; called about once a second.
    pub async fn poll_cache_version(&self) -> Result<bool, sqlx::Error> {
        let mut conn = self.read().await?;
        let (version,) = query_one!(conn, (i64,), "SELECT value FROM counters WHERE name = 'cache'")?;
        let changed = self.cache.version.swap(version, Ordering::SeqCst) != version;
        if changed {
            self.cache.clear();
        }
        *self
            .cache
            .checked_at
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(changed)
    }

    /// Whether this node knows of recent changes by other nodes. If not, it reads the database instead of the cache.
    #[must_use]
    pub fn follows_changes(&self) -> bool {
        self.cache.is_current()
    }
}
