//! The target of a run: a server with accounts, apps, live sessions and the keys that verify its tokens.

use std::net::SocketAddr;
use std::sync::Arc;

use doorward::crypto::ClientJwks;
use tokio::sync::Mutex;

use crate::app::App;
use crate::flow;
use crate::host::{Host, PASSWORD};
use crate::http::{Http, get};
use crate::passkey;
use crate::soft_passkey::SoftPasskey;

/// The number of accounts; connections use them in turn.
const PEOPLE: usize = 8;

/// A server that is ready for requests.
pub struct Target {
    pub address: SocketAddr,
    pub seed: Seed,
    /// The `cookie` header line of a live session for each account.
    pub sessions: Vec<String>,
    pub keys: Arc<ClientJwks>,
    /// The passkeys of the people who sign in with one.
    passkeys: Vec<Arc<Mutex<SoftPasskey>>>,
}

/// Accounts and apps that are created before the server starts.
pub struct Seed {
    /// A confidential app with RS256, whose refresh tokens do not rotate.
    pub web: App,
    /// A confidential app with ES256, whose refresh tokens do not rotate.
    pub es: App,
    /// A public app with RS256, whose refresh tokens rotate.
    pub public: App,
    pub people: Vec<String>,
    /// People who will sign in with a passkey.
    with_passkey: Vec<String>,
}

impl Seed {
    /// Creates the apps, the people, and this number of people who will sign in with a passkey.
    pub fn new(host: &Host, with_passkey: usize) -> anyhow::Result<Self> {
        let named = |name: &str, count| (0..count).map(|number| format!("{name}{number}")).collect();
        let people: Vec<String> = named("person", PEOPLE);
        let with_passkey: Vec<String> = named("holder", with_passkey);
        for person in people.iter().chain(&with_passkey) {
            let (name, email) = (format!("Person {person}"), format!("{person}@example.org"));
            let arguments = [
                "users",
                "create",
                person,
                "--name",
                &name,
                "--email",
                &email,
                "--password-stdin",
            ];
            host.run(&arguments, PASSWORD)?;
        }
        host.run(&["teams", "create", "ops"], "")?;
        for person in &people {
            host.run(&["teams", "add", "ops", person], "")?;
            host.run(&["groups", "add", "engineering", person], "")?;
        }
        Ok(Self {
            web: App::create(host, "web", &["--client-credentials"])?,
            es: App::create(host, "es", &["--client-credentials", "--alg", "ES256"])?,
            public: App::create(host, "public", &["--client-auth", "none"])?,
            people,
            with_passkey,
        })
    }
}

impl Target {
    /// Signs in all accounts at the running server, and adds the passkeys.
    pub async fn new(seed: Seed, address: SocketAddr) -> anyhow::Result<Self> {
        let mut http = Http::connect(address).await?;
        let jwks = http.send(&get("/oauth2/jwks", "")).await?.expect(200)?;
        let keys = Arc::new(ClientJwks::parse(jwks.body.as_bytes())?);
        let mut target = Self {
            address,
            seed,
            sessions: Vec::new(),
            keys,
            passkeys: Vec::new(),
        };
        for person in &target.seed.people {
            let signed_in = flow::sign_in(&mut http, &target.seed.web, person).await?;
            target.sessions.push(signed_in.cookies);
        }
        let origin = format!("http://{}:{}", passkey::HOST, address.port());
        for person in &target.seed.with_passkey {
            let added = passkey::add(&mut http, &target.seed.web, person, &origin).await?;
            target.passkeys.push(Arc::new(Mutex::new(added)));
        }
        Ok(target)
    }

    /// The `cookie` header line for the connection with this number.
    pub fn session(&self, connection: usize) -> &str {
        &self.sessions[connection % self.sessions.len()]
    }

    /// The passkey for the connection with this number.
    pub fn passkey(&self, connection: usize) -> Arc<Mutex<SoftPasskey>> {
        self.passkeys[connection].clone()
    }
}
