//! What changes rarely, kept in memory: apps with their secrets, by client id, and the scheme.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{AppId, Db, apps, schemes};

/// The most apps kept in memory; past it the cache starts over, so that guessed ids cannot fill it.
const MOST: usize = 10_000;

/// The cached apps; emptied by every write to them on this node, and by [`Db::follow_changes`] for other nodes'.
#[derive(Default)]
pub struct Cache {
    apps: RwLock<HashMap<AppId, Arc<apps::App>>>,
    scheme: RwLock<Followed>,
    version: AtomicI64,
}

/// What is known of the scheme.
#[derive(Clone, Default)]
enum Followed {
    /// Nothing yet.
    #[default]
    Unread,
    /// None was applied.
    None,
    /// This one was.
    Applied(Arc<schemes::Scheme>),
}

impl Cache {
    pub(super) fn clear(&self) {
        self.apps.write().unwrap_or_else(PoisonError::into_inner).clear();
        *self.scheme.write().unwrap_or_else(PoisonError::into_inner) = Followed::Unread;
    }
}

impl Db {
    /// The app with this client id, from memory where possible; `None` if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn app(&self, id: &str) -> Result<Option<Arc<apps::App>>, sqlx::Error> {
        let id = AppId(id.to_owned());
        if let Some(app) = self
            .cache
            .apps
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
        {
            return Ok(Some(app.clone()));
        }
        let Some(app) = apps::by_id(&mut self.read().await?, &id).await? else {
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

    /// The scheme that was applied, from memory where possible; `None` if none was.
    ///
    /// # Errors
    /// When the database fails or what it holds is no scheme.
    pub async fn scheme(&self) -> Result<Option<Arc<schemes::Scheme>>, sqlx::Error> {
        let known = self
            .cache
            .scheme
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            Followed::Applied(scheme) => return Ok(Some(scheme)),
            Followed::None => return Ok(None),
            Followed::Unread => {}
        }
        let scheme = schemes::get(&mut self.read().await?).await?.map(Arc::new);
        let known = scheme.clone().map_or(Followed::None, Followed::Applied);
        *self.cache.scheme.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(scheme)
    }

    /// Empties the caches if another process has changed what they hold; to be called every second or so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow_changes(&self) -> Result<(), sqlx::Error> {
        let mut conn = self.read().await?;
        let (version,) = query_one!(conn, (i64,), "SELECT value FROM counters WHERE name = 'cache'")?;
        if self.cache.version.swap(version, Ordering::SeqCst) != version {
            self.cache.clear();
        }
        Ok(())
    }
}
