//! What a run is aimed at: a server with people, apps, live sessions and the keys that its tokens are checked with.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward::crypto::ClientJwks;
use sha2::{Digest, Sha256};

use crate::flow;
use crate::host::{Host, PASSWORD};
use crate::http::{Http, get};

/// How many people there are; connections take them in turn.
const PEOPLE: usize = 8;
pub const REDIRECT_URI: &str = "https://app.example.org/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An app.
pub struct App {
    pub id: String,
    /// The header line that proves it, or nothing for a public app.
    pub proof: String,
}

/// A server that is ready to be asked.
pub struct Target {
    pub address: SocketAddr,
    /// Confidential, RS256, its refresh tokens do not rotate.
    pub web: App,
    /// The same with ES256.
    pub es: App,
    /// Public, RS256, its refresh tokens rotate.
    pub public: App,
    pub people: Vec<String>,
    /// A `cookie` header line of a live session for each person.
    pub sessions: Vec<String>,
    pub keys: Arc<ClientJwks>,
}

/// Adds people and apps to an installation that is not running yet.
pub struct Seed {
    web: App,
    es: App,
    public: App,
    people: Vec<String>,
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
            web: app(host, "web", &["--client-credentials"])?,
            es: app(host, "es", &["--client-credentials", "--alg", "ES256"])?,
            public: app(host, "public", &["--client-auth", "none"])?,
            people,
        })
    }
}

fn app(host: &Host, id: &str, settings: &[&str]) -> anyhow::Result<App> {
    let mut arguments = vec!["apps", "create", id, "--redirect-uri", REDIRECT_URI];
    arguments.extend(settings);
    let made = host.run(&arguments, "")?;
    let id = made["client_id"].as_str().context("no client id")?.to_owned();
    let proof = made["client_secret"]
        .as_str()
        .map(|secret| {
            format!(
                "authorization: Basic {}\r\n",
                STANDARD.encode(format!("{id}:{secret}"))
            )
        })
        .unwrap_or_default();
    Ok(App { id, proof })
}

impl Target {
    /// Signs everybody in to the running server.
    pub async fn new(seed: Seed, address: SocketAddr) -> anyhow::Result<Self> {
        let mut http = Http::connect(address).await?;
        let jwks = http.send(&get("/oauth2/jwks", "")).await?.expect(200)?;
        let keys = Arc::new(ClientJwks::parse(jwks.body.as_bytes())?);
        let mut target = Self {
            address,
            web: seed.web,
            es: seed.es,
            public: seed.public,
            people: seed.people,
            sessions: Vec::new(),
            keys,
        };
        for person in &target.people {
            let signed_in = flow::sign_in(&mut http, &target.web, person).await?;
            target.sessions.push(signed_in.cookies);
        }
        Ok(target)
    }

    /// The session of the connection with this number.
    pub fn session(&self, connection: usize) -> &str {
        &self.sessions[connection % self.sessions.len()]
    }
}

impl App {
    /// The address that begins a sign-in.
    pub fn authorize(&self, scope: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.id.as_str()),
                ("redirect_uri", REDIRECT_URI),
                ("response_type", "code"),
                ("scope", scope),
                ("state", "af0ifjsldkj"),
                ("nonce", "n-0S6_WzA2Mj"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("/oauth2/authorize?{query}")
    }
}
