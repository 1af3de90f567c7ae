//! `doorward apps`: the apps that people sign in to.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Host;
use crate::crypto::Algorithm;
use crate::directory::{Actor, apps as directory};
use crate::store::apps::{AccessTokenFormat, AppSettings, ClientAuth, list};
use crate::store::{AppId, Scopes};

#[derive(Debug, Subcommand)]
pub(super) enum AppsAction {
    /// Adds an app and prints its secret, once.
    Create(Box<NewApp>),
    /// Adds a second secret to an app and prints it, once.
    AddSecret {
        /// The app's client id.
        client_id: String,
    },
    /// Lists the apps.
    List,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(super) struct NewApp {
    /// The name that people see.
    name: String,
    /// The client id; by default the name in lower case with hyphens.
    #[arg(long)]
    client_id: Option<String>,
    /// Where codes may be sent; may be given several times.
    #[arg(long = "redirect-uri")]
    redirect_uris: Vec<String>,
    /// Where the browser may go after a sign-out; may be given several times.
    #[arg(long = "post-logout-redirect-uri")]
    post_logout_redirect_uris: Vec<String>,
    /// How the app proves who it is.
    #[arg(long, default_value = "client_secret_basic")]
    client_auth: ClientAuth,
    /// How its tokens are signed: RS256, PS256, ES256 or EdDSA.
    #[arg(long, default_value_t = Algorithm::RS256)]
    alg: Algorithm,
    /// The scopes it may ask for, separated by spaces; by default all.
    #[arg(long)]
    scopes: Option<String>,
    /// Its loopback redirect URIs match on any port.
    #[arg(long)]
    native: bool,
    /// It may get codes without PKCE.
    #[arg(long)]
    no_pkce: bool,
    /// People are asked before it receives anything.
    #[arg(long)]
    consent: bool,
    /// It may act for itself.
    #[arg(long)]
    client_credentials: bool,
    /// Its access tokens are opaque.
    #[arg(long)]
    opaque: bool,
    /// Its refresh tokens are used once each, which public apps' always are.
    #[arg(long)]
    rotate: bool,
}

impl NewApp {
    fn settings(self) -> AppSettings {
        let defaults = AppSettings::default();
        AppSettings {
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            client_auth: self.client_auth,
            id_token_alg: self.alg,
            scopes: self
                .scopes
                .map_or(defaults.scopes, |scopes| Scopes::parse(&scopes)),
            native: self.native,
            require_pkce: !self.no_pkce,
            require_consent: self.consent,
            client_credentials: self.client_credentials,
            access_token_format: if self.opaque {
                AccessTokenFormat::Opaque
            } else {
                AccessTokenFormat::Jwt
            },
            rotate_refresh_tokens: self.rotate.then_some(true),
            ..AppSettings::default()
        }
    }
}

pub(super) async fn apps(host: &Host, action: AppsAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        AppsAction::Create(new) => {
            let name = new.name.clone();
            let default_id = name.to_lowercase().replace(' ', "-");
            let id = AppId(new.client_id.clone().unwrap_or(default_id));
            let secret = directory::create(&db, Actor::Host, id.clone(), name, new.settings(), now).await?;
            let secret = secret.as_ref().map(crate::crypto::Token::as_str);
            let shown = secret.map_or_else(String::new, |secret| {
                format!("\nclient_secret: {secret}\nThe secret is not shown again.")
            });
            let issuer = host.config.server.issuer.as_str();
            host.say(
                &format!("issuer: {issuer}\nclient_id: {id}{shown}"),
                &json!({ "issuer": issuer, "client_id": id, "client_secret": secret }),
            );
        }
        AppsAction::AddSecret { client_id } => {
            let secret = directory::add_secret(&db, Actor::Host, AppId(client_id.clone()), now).await?;
            host.say(
                &format!(
                    "client_secret: {}\nThe secret is not shown again.",
                    secret.as_str()
                ),
                &json!({ "client_id": client_id, "client_secret": secret.as_str() }),
            );
        }
        AppsAction::List => {
            for (id, name) in list(&mut db.read().await?).await? {
                host.say(
                    &format!("{id}  {name}"),
                    &json!({ "client_id": id, "name": name }),
                );
            }
        }
    }
    db.close().await;
    Ok(())
}
