//! Registering apps, and their requests.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::host::Host;

pub const REDIRECT_URI: &str = "https://app.example.org/callback";
/// The PKCE verifier of every request.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An app.
pub struct App {
    pub id: String,
    /// The header line that authenticates the app; empty for a public app.
    pub proof: String,
}

impl App {
    /// Registers an app with these settings.
    pub fn create(host: &Host, id: &str, settings: &[&str]) -> anyhow::Result<Self> {
        let mut arguments = vec!["apps", "create", id, "--everyone", "--redirect-uri", REDIRECT_URI];
        arguments.extend(settings);
        let created = host.run(&arguments, "")?;
        let id = created["client_id"].as_str().context("no client id")?.to_owned();
        let proof = created["client_secret"]
            .as_str()
            .map(|secret| {
                format!(
                    "authorization: Basic {}\r\n",
                    STANDARD.encode(format!("{id}:{secret}"))
                )
            })
            .unwrap_or_default();
        Ok(Self { id, proof })
    }

    /// The path and query of an authorization request.
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
