//! The target of a run: a server with accounts, apps, live sessions and the keys that verify its tokens.

use std::net::SocketAddr;
use std::sync::Arc;

use doorward::crypto::ClientJwks;

use crate::app::App;
use crate::flow;
use crate::host::{Host, PASSWORD};
use crate::http::{Http, get};

/// The number of accounts; connections use them in turn.
const PEOPLE: usize = 8;

/// A server that is ready for requests.
pub struct Target {
    pub address: SocketAddr,
    pub seed: Seed,
    /// The `cookie` header line of a live session for each account.
    pub sessions: Vec<String>,
    pub keys: Arc<ClientJwks>,
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
}

impl Seed {
    pub fn new(host: &Host) -> anyhow::Result<Self> {
        let people: Vec<String> = (0..PEOPLE).map(|number| format!("person{number}")).collect();
        for person in &people {
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
        })
    }
}

impl Target {
    /// Signs all accounts in to the running server.
    pub async fn new(seed: Seed, address: SocketAddr) -> anyhow::Result<Self> {
        let mut http = Http::connect(address).await?;
        let jwks = http.send(&get("/oauth2/jwks", "")).await?.expect(200)?;
        let keys = Arc::new(ClientJwks::parse(jwks.body.as_bytes())?);
        let mut target = Self {
            address,
            seed,
            sessions: Vec::new(),
            keys,
        };
        for person in &target.seed.people {
            let signed_in = flow::sign_in(&mut http, &target.seed.web, person).await?;
            target.sessions.push(signed_in.cookies);
        }
        Ok(target)
    }

    /// The `cookie` header line for the connection with this number.
    pub fn session(&self, connection: usize) -> &str {
        &self.sessions[connection % self.sessions.len()]
    }
}
