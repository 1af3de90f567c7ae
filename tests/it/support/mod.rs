//! The server under test, a browser and a relying party.

mod apps;
mod authenticator;
mod browser;
mod bulk_data;
mod command;
mod database;
mod passkey;
mod race;
mod response;
mod rp;
mod soft_passkey;
mod tokens;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use doorward::app::AppState;
use doorward::clock::{Clock, Time};
use doorward::config::Config;
use doorward::directory::accounts::{AccountRef, CreateAccount, FindAccount, NewAccount};
use doorward::directory::emails::{AddEmail, VerifyEmail};
use doorward::directory::groups::{AddGroupMember, GroupRef};
use doorward::directory::set_up::SetUpInstance;
use doorward::directory::{Actor, Change, Failure, Read};
use doorward::model::AccountId;

pub use apps::{new_app, new_settings};
pub use authenticator::{Authenticator, code_of};
pub use browser::{Browser, client, fill, response_to};
pub use command::CommandOutput;
pub use database::{fresh_postgres, sqlite};
pub use passkey::options;
pub use race::{sixteen_at_once, successes_of_sixteen};
pub use response::Response;
pub use rp::{OFFLINE, REDIRECT_URI, Rp, VERIFIER, basic};
pub use soft_passkey::{AnswerContent, BACKED_UP, BACKUP_ELIGIBLE, SoftPasskey, USER_PRESENT, USER_VERIFIED};
pub use tokens::{Tokens, claims, header, param};

/// The password of Ann, and of everybody whom a test adds.
pub const PASSWORD: &str = "Correct horse battery staple 9";

/// The networks on which the tests' mail servers listen, on any port.
const LOOPBACK: &str = "127.0.0.0/8,::1/128";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Runs a test on both databases, with a server that [`TestApp::start`] makes, or the constructor that `#[start(..)]` names.
macro_rules! on_both {
    (#[start($start:ident)] $(#[$attribute:meta])* $visibility:vis async fn $name:ident $($rest:tt)*) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(crate::support::TestApp::$start(crate::support::On::Sqlite).await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name(crate::support::TestApp::$start(crate::support::On::Postgres).await).await;
            }
        }
        $(#[$attribute])* $visibility async fn $name $($rest)*
    };
    ($($test:tt)*) => {
        crate::support::on_both! { #[start(start)] $($test)* }
    };
}
pub use macro_rules_attribute::apply;
pub(crate) use on_both;

/// A server for one test, with its own database, port and clock.
pub struct TestApp {
    pub app: Arc<AppState>,
    pub base: String,
    pub clock: Clock,
    pub ann: AccountId,
    /// The database's URL, for another connection.
    pub database: String,
    /// The folder of the database file and of `keys/`.
    pub folder: Arc<tempfile::TempDir>,
}

impl TestApp {
    /// Runs a change as this actor.
    pub async fn change<C: Change>(&self, actor: &Actor, change: C) -> Result<C::Output, Failure> {
        self.app.directory.change(actor, change).await
    }

    /// Runs a read as this actor.
    pub async fn read<R: Read>(&self, actor: &Actor, read: R) -> Result<R::Output, Failure> {
        self.app.directory.read(actor, read).await
    }

    /// Starts a server whose owner is Ann.
    pub async fn start(on: On) -> Self {
        Self::start_with(on, &[]).await
    }

    /// Starts a server whose owner is Ann, with additional configuration, by environment variables.
    pub async fn start_with(on: On, more: &[(&str, &str)]) -> Self {
        Self::start_without_owner_with(on, |at| format!("http://{at}"), more)
            .await
            .with_owner()
            .await
    }

    /// Starts a server whose owner is Ann and whose host is a name, because passkeys do not work on an IP address.
    pub async fn start_on_localhost(on: On) -> Self {
        let base = |at: SocketAddr| format!("http://localhost:{}", at.port());
        Self::start_without_owner_with(on, base, &[])
            .await
            .with_owner()
            .await
    }

    /// Starts a server whose owner is Ann and whose issuer has a path.
    pub async fn start_at(on: On, path: &str) -> Self {
        let base = |at| format!("http://{at}{path}");
        Self::start_without_owner_with(on, base, &[])
            .await
            .with_owner()
            .await
    }

    async fn with_owner(mut self) -> Self {
        let test = &mut self;
        let new = NewAccount {
            username: "ann".into(),
            name: "Ann Lee".into(),
            email: Some("ann@example.org".into()),
            email_verified: true,
            password: Some(PASSWORD.into()),
            ..NewAccount::default()
        };
        let organisation = "Example".to_owned();
        let set_up = SetUpInstance { organisation, new };
        let ann = test.change(&Actor::HOST, set_up).await.unwrap().id;
        let add = AddGroupMember {
            group: GroupRef::Name("engineering".into()),
            account: ann.clone().into(),
            create: true,
        };
        test.change(&Actor::HOST, add).await.unwrap();
        test.ann = ann;
        self
    }

    /// Starts a server without any account; `ann` is empty.
    pub async fn start_without_owner(on: On) -> Self {
        Self::start_without_owner_with(on, |at| format!("http://{at}"), &[]).await
    }

    async fn start_without_owner_with(
        on: On,
        base: impl FnOnce(SocketAddr) -> String,
        more: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = base(listener.local_addr().unwrap());
        let database = match on {
            On::Sqlite => folder.path().join("doorward.db").display().to_string(),
            On::Postgres => fresh_postgres().await,
        };
        let keys: PathBuf = folder.path().join("keys");
        let environment = [
            ("DOORWARD__ISSUER", base.clone()),
            ("DOORWARD__DATABASE", database.clone()),
            ("DOORWARD__KEYS_DIR", keys.display().to_string()),
            ("DOORWARD__PASSWORDS__MEMORY_KIB", "1024".to_owned()),
            ("DOORWARD__PASSWORDS__ITERATIONS", "1".to_owned()),
            ("DOORWARD__POSTGRES__CONNECTIONS", "8".to_owned()),
            ("DOORWARD__MAIL__ALLOW", LOOPBACK.to_owned()),
        ];
        let environment = environment
            .into_iter()
            .chain(more.iter().map(|(name, value)| (*name, (*value).to_owned())))
            .map(|(name, value)| (name.to_owned(), value));
        let config = Config::load(None, environment).unwrap();
        let clock = Clock::manual(Time::from_seconds(1_800_000_000));
        let app = AppState::start(config, clock.clone()).await.unwrap();
        serve(&app, listener);
        Self {
            app,
            base,
            clock,
            ann: AccountId(String::new()),
            database,
            folder: Arc::new(folder),
        }
    }

    /// Another node on the same database.
    pub async fn another_node(&self) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = AppState::start(self.app.config.clone(), self.clock.clone())
            .await
            .unwrap();
        serve(&app, listener);
        Self {
            app,
            base,
            clock: self.clock.clone(),
            ann: self.ann.clone(),
            database: self.database.clone(),
            folder: self.folder.clone(),
        }
    }

    /// Adds another person, who has the same password as Ann.
    pub async fn add_person(&self, username: &str) -> AccountId {
        self.create_account(username, Some(PASSWORD)).await
    }

    /// Adds another person without a password.
    pub async fn add_person_without_password(&self, username: &str) -> AccountId {
        self.create_account(username, None).await
    }

    async fn create_account(&self, username: &str, password: Option<&str>) -> AccountId {
        let new = NewAccount {
            username: username.into(),
            password: password.map(Into::into),
            ..NewAccount::default()
        };
        let created = self.change(&Actor::HOST, CreateAccount { new }).await;
        created.unwrap().account.id
    }

    /// The id of the account with this username.
    pub async fn id(&self, username: &str) -> AccountId {
        let find = FindAccount {
            account: AccountRef::SignInName(username.to_owned()),
        };
        self.read(&Actor::HOST, find).await.unwrap().id
    }

    /// Gives an account a verified address.
    pub async fn add_verified_address(&self, id: &AccountId, address: &str) {
        let add = AddEmail {
            id: id.clone(),
            address: address.to_owned(),
        };
        self.change(&Actor::HOST, add).await.unwrap();
        let verify = VerifyEmail {
            id: id.clone(),
            address: address.to_owned(),
        };
        self.change(&Actor::HOST, verify).await.unwrap();
    }

    /// Makes a person an owner of the instance.
    pub async fn make_owner(&self, username: &str) {
        self.sql(&format!(
            "INSERT INTO role_grants (account_id, level, role, target, created_at) \
             SELECT id, 'instance', 'owner', '', 0 FROM accounts WHERE username = '{username}'"
        ))
        .await;
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which this person has signed in with Ann's password.
    pub async fn signed_in(&self, username: &str) -> Browser {
        let browser = self.browser();
        browser.sign_in("/sign-in", username).await;
        browser
    }
}

fn serve(app: &Arc<AppState>, listener: tokio::net::TcpListener) {
    let service = doorward::router::router(app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        axum_server::from_tcp(listener.into_std().unwrap())
            .unwrap()
            .serve(service)
            .await
            .unwrap();
    });
}
