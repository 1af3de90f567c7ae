//! `doorward apps`: creating and changing apps.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::access::{self, NewAppAccess, SetAccess};
use super::arguments::assignment;
use super::catalogue::{self, ConnectApp};
use super::claims::{self, SetClaims};
use super::host::{Host, Operations};
use super::second_factors::{self, OfApp};
use super::terminal::confirm;
use crate::crypto::{Algorithm, Token};
use crate::directory::Change;
use crate::directory::clients::{
    AddClientSecret, CreateClient, DeleteClient, DisableClient, DropOldClientSecrets, EnableClient,
    GetClient, ListClients, RemoveAppLogo, SetAppLogo, UpdateClient,
};
use crate::model::client::{ClientAuth, ClientSettings};
use crate::model::{ClientId, Scopes};

#[derive(Debug, Subcommand)]
pub(super) enum AppsAction {
    /// List the apps of the catalogue, or those that match every word.
    Catalogue {
        /// Words to search for, such as git.
        search: Vec<String>,
    },
    /// Create an app from the catalogue and print its configuration with the secret, which is shown only once.
    Connect(ConnectApp),
    /// Create an app and print its secret, which is shown only once.
    Create(Box<NewApp>),
    /// Add a second secret to an app and print it; it is shown only once.
    AddSecret {
        /// The app's client ID.
        client_id: String,
        /// The number of days until it expires; by default it does not expire.
        #[arg(long)]
        days: Option<u32>,
    },
    /// Remove every secret of an app except the newest that works.
    DropOldSecrets {
        /// The app's client ID.
        client_id: String,
    },
    /// Set the logo of an app, which people see on their home page and when they sign in.
    SetLogo {
        /// The app's client ID.
        client_id: String,
        /// A PNG, JPEG, WebP or GIF file of at most 2 MB.
        file: PathBuf,
    },
    /// Remove the logo of an app.
    RemoveLogo {
        /// The app's client ID.
        client_id: String,
    },
    /// Disable an app: nobody can sign in to it, and its tokens are refused.
    Disable {
        /// The app's client ID.
        client_id: String,
    },
    /// Enable a disabled app.
    Enable {
        /// The app's client ID.
        client_id: String,
    },
    /// Delete an app with its secrets, the consents and roles for it, and everything that it was granted.
    Delete {
        /// The app's client ID.
        client_id: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Show an app with all its settings.
    Show {
        /// The app's client ID.
        client_id: String,
    },
    /// Change settings of an app, such as `require_consent=true` or
    /// `'redirect_uris=["https://app.example.org/cb"]'`.
    Set {
        /// The app's client ID.
        client_id: String,
        /// `name`, or settings with names as in `apps show`, and values in JSON or as plain text.
        #[arg(required = true, value_parser = assignment)]
        settings: Vec<(String, Value)>,
    },
    /// Show or change who may sign in to an app.
    Access(SetAccess),
    /// Require a second factor of whoever signs in to an app.
    SecondFactor(OfApp),
    /// Show or change which claims an app receives besides the standard ones.
    Claims(SetClaims),
    /// List the apps.
    List,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag on the command line")]
pub(super) struct NewApp {
    /// The name shown to people.
    name: String,
    /// The client ID; by default the name in lower case, with hyphens for spaces.
    #[arg(long)]
    client_id: Option<String>,
    #[command(flatten)]
    who: NewAppAccess,
    /// An allowed redirect URI; may be repeated.
    #[arg(long = "redirect-uri")]
    redirect_uris: Vec<String>,
    /// A website to protect behind a reverse proxy, such as `https://wiki.example.org`; may be repeated.
    #[arg(long = "website", conflicts_with = "redirect_uris")]
    websites: Vec<String>,
    /// An allowed redirect URI after a sign-out; may be repeated.
    #[arg(long = "post-logout-redirect-uri")]
    post_logout_redirect_uris: Vec<String>,
    /// The client authentication method: `client_secret` (by Basic or in the form), `client_secret_basic`,
    /// `client_secret_post`, `private_key_jwt` or `none`.
    #[arg(long, default_value_t = ClientAuth::Secret)]
    client_auth: ClientAuth,
    /// A file with its public keys (a JWK set), for `private_key_jwt`.
    #[arg(long, conflicts_with = "jwks_uri")]
    jwks_file: Option<PathBuf>,
    /// The URL of its public keys, for `private_key_jwt`.
    #[arg(long)]
    jwks_uri: Option<String>,
    /// The algorithm that signs its tokens: RS256, PS256, ES256 or EdDSA.
    #[arg(long, default_value_t = Algorithm::RS256)]
    alg: Algorithm,
    /// The scopes that it may request, separated by spaces; by default all.
    #[arg(long)]
    scopes: Option<String>,
    /// Accept its loopback redirect URIs with any port.
    #[arg(long)]
    native: bool,
    /// Do not require PKCE.
    #[arg(long)]
    no_pkce: bool,
    /// Ask users for consent.
    #[arg(long)]
    consent: bool,
    /// It runs on devices without a browser: allow the device authorization grant, for a public app.
    #[arg(long, conflicts_with_all = ["client_auth", "websites"])]
    device: bool,
    /// Allow the client credentials grant.
    #[arg(long)]
    client_credentials: bool,
    /// A resource server that it may request access tokens for, by its identifier; may be repeated.
    #[arg(long = "resource")]
    resources: Vec<String>,
    /// The identifier by which apps request access tokens for it as a resource server.
    #[arg(long)]
    resource_identifier: Option<String>,
    /// Rotate its refresh tokens, as those of public clients are by default.
    #[arg(long)]
    rotate: bool,
    /// Any other setting, as in `apps set`; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, Value)>,
}

/// Applies changes to settings.
fn with_changes(settings: &ClientSettings, changes: Vec<(String, Value)>) -> anyhow::Result<ClientSettings> {
    let Value::Object(mut all) = serde_json::to_value(settings)? else {
        bail!("the settings are not an object");
    };
    for (name, value) in changes {
        let Some(setting) = all.get_mut(&name) else {
            let known: Vec<&str> = all.keys().map(String::as_str).collect();
            bail!("there is no setting {name}; use one of {}", known.join(", "));
        };
        *setting = value.clone();
        serde_json::from_value::<ClientSettings>(Value::Object(all.clone()))
            .with_context(|| format!("{name} cannot have the value {value}"))?;
    }
    Ok(serde_json::from_value(Value::Object(all))?)
}

impl NewApp {
    fn settings(self) -> anyhow::Result<ClientSettings> {
        let defaults = ClientSettings::default();
        let jwks = match &self.jwks_file {
            None => None,
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                Some(serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?)
            }
        };
        let settings = ClientSettings {
            jwks,
            jwks_uri: self.jwks_uri,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            client_auth: if self.device {
                ClientAuth::None
            } else {
                self.client_auth
            },
            device_code: self.device,
            id_token_alg: self.alg,
            scopes: self
                .scopes
                .map_or(defaults.scopes, |scopes| Scopes::parse(&scopes)),
            native: self.native,
            require_pkce: !self.no_pkce,
            require_consent: self.consent,
            client_credentials: self.client_credentials,
            resources: self.resources,
            resource_identifier: self.resource_identifier,
            rotate_refresh_tokens: self.rotate.then_some(true),
            ..ClientSettings::default()
        };
        with_changes(&settings.protecting(&self.websites), self.set)
    }
}

pub(super) async fn apps(host: &Host, operations: &Operations, action: AppsAction) -> anyhow::Result<()> {
    match action {
        AppsAction::Catalogue { search } => catalogue::list(host, &search),
        AppsAction::Connect(new) => catalogue::connect(host, operations, new).await,
        AppsAction::Create(new) => create(host, operations, *new).await,
        AppsAction::Access(set) => access::set(host, operations, set).await,
        AppsAction::SecondFactor(set) => second_factors::of_app(host, operations, set).await,
        AppsAction::Claims(set) => claims::set(host, operations, set).await,
        AppsAction::List => list(host, operations).await,
        AppsAction::AddSecret { client_id, days } => {
            add_secret(host, operations, ClientId(client_id), days).await
        }
        AppsAction::DropOldSecrets { client_id } => {
            drop_old_secrets(host, operations, ClientId(client_id)).await
        }
        AppsAction::SetLogo { client_id, file } => set_logo(host, operations, client_id, &file).await,
        AppsAction::RemoveLogo { client_id } => {
            changed(host, operations, client_id, |id| RemoveAppLogo { id }).await
        }
        AppsAction::Disable { client_id } => {
            changed(host, operations, client_id, |id| DisableClient { id }).await
        }
        AppsAction::Enable { client_id } => {
            changed(host, operations, client_id, |id| EnableClient { id }).await
        }
        AppsAction::Delete { client_id, yes } => delete(host, operations, ClientId(client_id), yes).await,
        AppsAction::Show { client_id } => show(host, operations, ClientId(client_id)).await,
        AppsAction::Set { client_id, settings } => set(host, operations, ClientId(client_id), settings).await,
    }
}

/// Makes a change and shows the app.
async fn changed<C: Change>(
    host: &Host,
    operations: &Operations,
    client_id: String,
    change: impl FnOnce(ClientId) -> C,
) -> anyhow::Result<()> {
    let id = ClientId(client_id);
    operations.change(change(id.clone())).await?;
    show(host, operations, id).await
}

async fn set_logo(
    host: &Host,
    operations: &Operations,
    client_id: String,
    file: &Path,
) -> anyhow::Result<()> {
    let image = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    changed(host, operations, client_id, |id| SetAppLogo { id, image }).await
}

async fn set(
    host: &Host,
    operations: &Operations,
    id: ClientId,
    settings: Vec<(String, Value)>,
) -> anyhow::Result<()> {
    let current = operations.read(GetClient { id: id.clone() }).await?;
    let (names, settings): (Vec<_>, Vec<_>) = settings.into_iter().partition(|(name, _)| name == "name");
    let name = names.into_iter().next_back();
    let update = UpdateClient {
        id: id.clone(),
        name: name.and_then(|(_, name)| name.as_str().map(str::to_owned)),
        settings: with_changes(&current.settings, settings)?,
        expected: None,
    };
    operations.change(update).await?;
    show(host, operations, id).await
}

async fn delete(host: &Host, operations: &Operations, id: ClientId, yes: bool) -> anyhow::Result<()> {
    let name = operations.read(GetClient { id: id.clone() }).await?.name;
    if !yes {
        confirm(&format!(
            "This deletes the app {name} ({id}) for good. Nobody can sign in to it any more, and its tokens stop \
             working."
        ))?;
    }
    operations.change(DeleteClient { id: id.clone() }).await?;
    host.print(&format!("{name} is deleted."), &json!({ "client_id": id }));
    Ok(())
}

async fn add_secret(
    host: &Host,
    operations: &Operations,
    id: ClientId,
    days: Option<u32>,
) -> anyhow::Result<()> {
    let add = AddClientSecret { id: id.clone(), days };
    let secret = operations.change(add).await?;
    host.print(
        &format!(
            "client_secret: {}\nThe secret is not shown again.",
            secret.as_str()
        ),
        &json!({ "client_id": id, "client_secret": secret.as_str() }),
    );
    Ok(())
}

async fn drop_old_secrets(host: &Host, operations: &Operations, id: ClientId) -> anyhow::Result<()> {
    let removed = operations.change(DropOldClientSecrets { id: id.clone() }).await?;
    host.print(
        &format!("Removed {removed} old secrets."),
        &json!({ "client_id": id, "removed": removed }),
    );
    Ok(())
}

async fn create(host: &Host, operations: &Operations, mut new: NewApp) -> anyhow::Result<()> {
    let name = new.name.clone();
    let default_id = || name.to_lowercase().replace(' ', "-");
    let id = ClientId(new.client_id.clone().unwrap_or_else(default_id));
    let (access, team) = std::mem::take(&mut new.who).find(operations).await?;
    let hint = access::hint(&id, &access).map_or_else(String::new, |hint| format!("\n{hint}"));
    let create = CreateClient {
        id: id.clone(),
        name: name.clone(),
        settings: ClientSettings {
            access,
            ..new.settings()?
        },
        team,
    };
    let secret = operations.change(create).await?;
    let secret = secret.as_ref().map(Token::as_str);
    let secret_lines = secret.map_or_else(String::new, |secret| {
        format!("\nclient_secret: {secret}\nThe secret is not shown again.")
    });
    let issuer = host.config.server.issuer.as_str();
    host.print(
        &format!("issuer: {issuer}\nclient_id: {id}{secret_lines}{hint}"),
        &json!({ "issuer": issuer, "client_id": id, "client_secret": secret }),
    );
    Ok(())
}

async fn list(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    for client in operations.read(ListClients).await? {
        let line = format!("{}  {}", client.client_id, client.name);
        host.print(&line, &serde_json::to_value(&client)?);
    }
    Ok(())
}

async fn show(host: &Host, operations: &Operations, id: ClientId) -> anyhow::Result<()> {
    let client = operations.read(GetClient { id }).await?;
    let shown = serde_json::to_value(&client)?;
    let mut lines = vec![
        format!("client_id: {}", client.client_id),
        format!("name: {}", client.name),
        format!("disabled: {}", client.disabled),
        format!("secrets: {}", client.secrets.len()),
        format!("grant_types: {}", client.grant_types.join(", ")),
    ];
    for (name, value) in shown["settings"].as_object().into_iter().flatten() {
        lines.push(format!("{name}: {value}"));
    }
    host.print(&lines.join("\n"), &shown);
    Ok(())
}
