//! The state of the server, built once and shared by all requests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::auth::passkey::RelyingParty;
use crate::auth::password::Cost;
use crate::auth::pool::PasswordPool;
use crate::auth::pool_size::{Machine, PoolSize};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::crypto::{ClientJwks, HumanCode, Keyring, MasterKey, MasterKeyError, random_bytes};
use crate::directory::Directory;
use crate::fetch::{CaFileError, FetchCache, Fetcher};
use crate::keys::{self, KeysError};
use crate::store::migrate::SchemaError;
use crate::store::{Db, DbOptions, accounts, settings};
use crate::web::cookies::Cookies;
use crate::web::failures::FailureLog;
use crate::web::templates::Templates;

/// The name of the setting with the id of the master key that this database needs.
pub const MASTER_KEY_ID: &str = "master_key_id";

/// The state of the server.
pub struct AppState {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The master key.
    pub master: MasterKey,
    /// The templates of the pages.
    pub templates: Templates,
    /// The password pool.
    pub passwords: Arc<PasswordPool>,
    /// This server as a relying party for passkeys; `None` if its host is an IP address, for which there are none.
    pub passkeys: Option<RelyingParty>,
    /// The operations on accounts, teams, groups, roles and apps.
    pub directory: Directory,
    /// The names and attributes of cookies.
    pub cookies: Cookies,
    /// The HTTP client for URLs that apps and administrators have entered.
    pub fetcher: Fetcher,
    /// The public keys fetched from apps' `jwks_uri`.
    pub client_keys: FetchCache<ClientJwks>,
    /// The code that set-up requires from a visitor on another machine; `None` if an account existed at the start.
    pub set_up_code: Option<HumanCode>,
    /// The log of refused requests.
    pub failures: FailureLog,
    keyring: RwLock<Arc<Keyring>>,
    stopping: AtomicBool,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Open(#[source] sqlx::Error),
    /// A query failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema is unusable.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The master key is missing or wrong.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// There is a master key, but its database is missing.
    #[error(
        "the database {} is missing, but {} has a master key, so there was one; restore the database from your backup, or set database to its path; for a new instance, set keys_dir to another folder",
        database.display(),
        keys.display()
    )]
    DatabaseMissing {
        /// Where the database should be.
        database: PathBuf,
        /// The folder of the master key.
        keys: PathBuf,
    },
    /// The signing keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The certificate authorities cannot be read.
    #[error(transparent)]
    CaFile(#[from] CaFileError),
    /// The threads of the password pool cannot be started.
    #[error("the password workers cannot be started: {0}")]
    Workers(#[from] std::io::Error),
}

/// The options to open the configured database.
#[must_use]
pub fn database_options(config: &Config) -> DbOptions {
    match &config.server.database {
        Database::Sqlite(path) => DbOptions::Sqlite { path: path.clone() },
        Database::Postgres(url) => DbOptions::Postgres {
            url: url.clone(),
            max_connections: config.postgres.connections,
        },
    }
}

/// Opens the database and runs all pending migrations.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn open_and_migrate(config: &Config) -> Result<Db, StartError> {
    let db = open(config).await?;
    db.migrate().await?;
    Ok(db)
}

/// Opens the database, which must have the schema of this version; only an empty one is migrated.
///
/// # Errors
/// When it cannot be opened, or its schema is of another version.
pub async fn open_database(config: &Config) -> Result<Db, StartError> {
    let db = open(config).await?;
    db.require_schema().await?;
    Ok(db)
}

async fn open(config: &Config) -> Result<Db, StartError> {
    ensure_not_lost(config)?;
    Db::open(&database_options(config))
        .await
        .map_err(StartError::Open)
}

/// Refuses to create a database file if there is already a master key: its database is probably missing, and a new one
/// would let the first visitor become the owner.
fn ensure_not_lost(config: &Config) -> Result<(), StartError> {
    let (Database::Sqlite(path), keys) = (&config.server.database, &config.server.keys_dir) else {
        return Ok(());
    };
    if path.exists() || MasterKey::load(keys)?.is_none() {
        return Ok(());
    }
    Err(StartError::DatabaseMissing {
        database: path.clone(),
        keys: keys.clone(),
    })
}

/// Reads the master key that the database needs; creates one for a new database.
async fn master_key(db: &Db, dir: &Path) -> Result<MasterKey, StartError> {
    if let Some(id) = settings::get(&mut db.read().await?, MASTER_KEY_ID).await? {
        return Ok(MasterKey::require(dir, &id)?);
    }
    let master = MasterKey::create(dir)?;
    let id = master.id();
    db.write::<_, sqlx::Error, _>(move |tx| {
        Box::pin(async move { settings::set(tx, MASTER_KEY_ID, &id).await })
    })
    .await?;
    Ok(master)
}

impl AppState {
    /// Opens everything that the server needs; the first start creates the master key and the signing keys.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn start(config: Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let db = open_and_migrate(&config).await?;
        let master = master_key(&db, &config.server.keys_dir).await?;
        keys::ensure_signing_keys(&db, &master, &config, clock.now()).await?;
        let keyring = keys::load(&db, &master, clock.now()).await?;
        let passwords = Arc::new(password_pool(&config)?);
        let first_start = !accounts::any(&mut db.read().await?).await?;
        Ok(Arc::new(Self {
            directory: Directory::new(db.clone(), clock.clone(), passwords.clone()),
            passwords,
            passkeys: RelyingParty::of(config.server.issuer.as_url()),
            db,
            clock,
            master,
            templates: Templates::new(config.server.theme_dir.as_deref()),
            cookies: if config.server.issuer.is_loopback_http() {
                Cookies::Loopback
            } else {
                Cookies::Secure
            },
            fetcher: Fetcher::new(&config.fetch)?,
            client_keys: FetchCache::default(),
            set_up_code: first_start.then(HumanCode::random),
            failures: FailureLog::default(),
            keyring: RwLock::new(Arc::new(keyring)),
            stopping: AtomicBool::new(false),
            config,
        }))
    }

    /// Marks the server as stopping, so that readiness fails and responses close their connections.
    pub fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server is stopping.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The current signing keys.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.keyring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Rotates the signing keys that are due and loads the keys of all nodes.
    ///
    /// # Errors
    /// When a key cannot be generated or read.
    pub async fn refresh_keys(&self) -> Result<(), KeysError> {
        keys::ensure_signing_keys(&self.db, &self.master, &self.config, self.clock.now()).await?;
        self.load_keys().await
    }

    /// Loads the keys of all nodes.
    ///
    /// # Errors
    /// When a key cannot be read.
    pub async fn load_keys(&self) -> Result<(), KeysError> {
        let keyring = Arc::new(keys::load(&self.db, &self.master, self.clock.now()).await?);
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = keyring;
        Ok(())
    }
}

/// Creates the password pool with the configured number of workers, or as many as the machine allows.
///
/// # Errors
/// When threads cannot be started.
pub fn password_pool(config: &Config) -> Result<PasswordPool, std::io::Error> {
    let cost = Cost {
        memory_kib: config.passwords.memory_kib,
        iterations: config.passwords.iterations,
    };
    let fit = PoolSize::fit(Machine::detect(), cost);
    let workers = config
        .passwords
        .workers
        .and_then(|n| std::num::NonZeroUsize::new(n as usize));
    PasswordPool::new(
        cost,
        workers.map_or(fit, |workers| fit.with_workers(workers)),
        random_bytes::<16>,
    )
}
