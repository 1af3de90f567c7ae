//! Making apps and their secrets.

use serde_json::json;

use super::actor::difference;
use super::power::Power;
use super::{Actor, ChangeError, Fault, names, schemes};
use crate::clock::Time;
use crate::crypto::{ClientJwks, Token};
use crate::model::ClientId;
use crate::model::client::{ClientProof, ClientSettings};
use crate::model::permission::Permission;
use crate::oidc::grant_types::GrantType;
use crate::oidc::redirect_uri;
use crate::store::Db;
use crate::store::clients;

/// Makes an app; yields its secret, where its kind has one, for the only time.
///
/// # Errors
/// Every mistake at its field, that the client id is taken, or that the database failed.
pub async fn create(
    db: &Db,
    actor: Actor,
    id: ClientId,
    name: String,
    settings: ClientSettings,
    now: Time,
) -> Result<Option<Token>, ChangeError> {
    let mut faults = naming_faults(&id, &name);
    faults.extend(settings_faults(&settings));
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let secret = (settings.client_auth.proof() == ClientProof::Secret).then(Token::random);
    let hash = secret.as_ref().map(Token::hash);
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            if !clients::insert(tx, &id, &name, &settings, now).await? {
                return Err(ChangeError::at(
                    "client_id",
                    "This client id is taken. Choose another one.",
                ));
            }
            if let Some(hash) = hash {
                clients::add_secret(tx, &id, &hash, now).await?;
            }
            actor
                .record(
                    tx,
                    "app.create",
                    id.as_str(),
                    &json!({ "name": name, "settings": settings }),
                    now,
                )
                .await?;
            Ok(())
        })
    })
    .await?;
    Ok(secret)
}

/// Changes an app's settings.
///
/// # Errors
/// Every mistake at its field, that there is no such app, or that the database failed.
pub async fn update(
    db: &Db,
    actor: Actor,
    id: ClientId,
    settings: ClientSettings,
    now: Time,
) -> Result<(), ChangeError> {
    let faults = settings_faults(&settings);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            let before = clients::by_id(tx, &id).await?;
            if !clients::update(tx, &id, &settings, now).await? {
                return Err(ChangeError::Refused("There is no such app."));
            }
            let detail = difference(&before.map(|app| app.settings), &settings);
            actor.record(tx, "app.update", id.as_str(), &detail, now).await?;
            Ok(())
        })
    })
    .await
}

/// Switches an app off, so that nobody signs in to it and its tokens open nothing, or on again.
///
/// # Errors
/// When there is no such app, or the database fails.
pub async fn set_disabled(
    db: &Db,
    actor: Actor,
    id: ClientId,
    disabled: bool,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            if !clients::set_disabled(tx, &id, disabled, now).await? {
                return Err(ChangeError::Refused("There is no such app."));
            }
            let action = if disabled { "app.disable" } else { "app.enable" };
            actor.record(tx, action, id.as_str(), &json!({}), now).await?;
            Ok(())
        })
    })
    .await
}

/// Removes every secret of an app but the newest; yields how many went.
///
/// # Errors
/// When the database fails.
pub async fn drop_old_secrets(db: &Db, actor: Actor, id: ClientId, now: Time) -> Result<u64, ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            let gone = clients::drop_old_secrets(tx, &id).await?;
            actor
                .record(tx, "app.drop_old_secrets", id.as_str(), &json!({}), now)
                .await?;
            Ok(gone)
        })
    })
    .await
}

/// Adds a second secret, so that an app can change over without a gap; yields it for the only time.
///
/// # Errors
/// When two are live already, or the database fails.
pub async fn add_secret(db: &Db, actor: Actor, id: ClientId, now: Time) -> Result<Token, ChangeError> {
    let secret = Token::random();
    let hash = secret.hash();
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            Power::of(&actor, tx, &scheme, now)
                .await?
                .require(Permission::AppManage)?;
            if !clients::add_secret(tx, &id, &hash, now).await? {
                return Err(ChangeError::Refused(
                    "The app has two secrets already. Remove the old one first.",
                ));
            }
            actor
                .record(tx, "app.add_secret", id.as_str(), &json!({}), now)
                .await?;
            Ok(())
        })
    })
    .await?;
    Ok(secret)
}

/// The names of the grant types that an app with these settings may use.
#[must_use]
pub fn grant_types(settings: &ClientSettings) -> Vec<&'static str> {
    GrantType::allowed(settings).map(GrantType::as_str).collect()
}

fn naming_faults(id: &ClientId, name: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |field, message: String| faults.push(Fault { field, message });
    if let Err(message) = names::check(id.as_str()) {
        say("client_id", message);
    }
    // An account's id is a UUID: a client id that looks like one could be taken for a person (RFC 9700 section 4.15).
    if uuid::Uuid::try_parse(id.as_str()).is_ok() {
        say("client_id", "A client id must not be a UUID.".into());
    }
    if name.is_empty() || name.len() > 200 {
        say("name", "Use 1 to 200 characters.".into());
    }
    faults
}

fn settings_faults(settings: &ClientSettings) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |field, message: String| faults.push(Fault { field, message });
    for uri in &settings.redirect_uris {
        if let Err(why) = redirect_uri::check_registrable(uri) {
            say("redirect_uris", format!("{uri} {why}."));
        }
    }
    for uri in &settings.post_logout_redirect_uris {
        if let Err(why) = redirect_uri::check_registrable(uri) {
            say("post_logout_redirect_uris", format!("{uri} {why}."));
        }
    }
    for (field, uri) in [
        ("logo_uri", &settings.logo_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
    ] {
        if uri.as_deref().is_some_and(|uri| !is_plain_https(uri)) {
            say(field, "Use an address that begins with https://.".into());
        }
    }
    if let Some(grant_type) = GrantType::in_conflict(settings) {
        say(
            grant_type.row().setting,
            "A public app cannot act for itself.".into(),
        );
    }
    match (&settings.jwks, &settings.jwks_uri) {
        (None, None) if settings.client_auth.proof() == ClientProof::Key => {
            say(
                "jwks",
                "private_key_jwt needs the app's public keys, or their address.".into(),
            );
        }
        (Some(_), Some(_)) => say("jwks_uri", "Give the keys or their address, not both.".into()),
        (Some(jwks), None) => {
            if let Err(error) = ClientJwks::parse(jwks.to_string().as_bytes()) {
                say("jwks", error.to_string());
            }
        }
        (None, Some(uri)) if !is_plain_https(uri) => {
            say("jwks_uri", "Use an address that begins with https://.".into());
        }
        (None, _) => {}
    }
    faults
}

fn is_plain_https(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    })
}
