//! Apps: the relying parties, with their settings and the hashes of their secrets.

use std::collections::HashMap;

use crate::model::client::{Client, ClientSecret, ClientSettings, Proposal};

use super::counters::invalidate_cache;
use super::{Conn, Error, Json, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::new_id;
use crate::model::{ClientId, TeamId};

struct AppRow {
    id: ClientId,
    name: String,
    settings: Json<ClientSettings>,
    team_id: Option<TeamId>,
    disabled: bool,
    updated_at: Time,
    proposal: Option<String>,
    logo: Option<String>,
}

from_row!(AppRow {
    id,
    name,
    settings,
    team_id,
    disabled,
    updated_at,
    proposal,
    logo
});

impl AppRow {
    fn with(self, secrets: Vec<ClientSecret>) -> Client {
        Client {
            id: self.id,
            name: self.name,
            settings: self.settings.0,
            team: self.team_id,
            disabled: self.disabled,
            updated_at: self.updated_at,
            proposal: self.proposal.and_then(|text| serde_json::from_str(&text).ok()),
            logo: self.logo,
            secrets,
        }
    }
}

/// The app with this client ID, read from the database; [`super::Db::app`] caches it.
pub async fn by_id(conn: &mut Conn, id: &ClientId) -> Result<Option<Client>, Error> {
    let Some(row) = query_opt!(
        conn,
        AppRow,
        "SELECT c.id, c.name, c.settings, c.team_id, c.disabled, c.updated_at, c.proposal, l.version AS logo FROM clients c \
         LEFT JOIN app_logos l ON l.client_id = c.id WHERE c.id = $1",
        id
    )?
    else {
        return Ok(None);
    };
    let secrets = query_all!(
        conn,
        (TokenHash, Time, Option<Time>),
        "SELECT secret_hash, created_at, expires_at FROM client_secrets WHERE client_id = $1 ORDER BY created_at, id",
        id
    )?;
    Ok(Some(row.with(secrets.into_iter().map(secret).collect())))
}

fn secret((hash, created_at, expires_at): (TokenHash, Time, Option<Time>)) -> ClientSecret {
    ClientSecret {
        hash,
        created_at,
        expires_at,
    }
}

/// The names of the apps that a team owns.
pub async fn names_of_team(conn: &mut Conn, team: &TeamId) -> Result<Vec<String>, Error> {
    let rows = query_all!(
        conn,
        (String,),
        "SELECT name FROM clients WHERE team_id = $1 ORDER BY name, id",
        team
    )?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Every app, by name.
pub async fn list(conn: &mut Conn) -> Result<Vec<Client>, Error> {
    let rows = query_all!(
        conn,
        AppRow,
        "SELECT c.id, c.name, c.settings, c.team_id, c.disabled, c.updated_at, c.proposal, l.version AS logo FROM clients c \
         LEFT JOIN app_logos l ON l.client_id = c.id ORDER BY c.name, c.id"
    )?;
    let secrets = query_all!(
        conn,
        (ClientId, TokenHash, Time, Option<Time>),
        "SELECT client_id, secret_hash, created_at, expires_at FROM client_secrets ORDER BY created_at, id"
    )?;
    let mut of_app: HashMap<ClientId, Vec<ClientSecret>> = HashMap::new();
    for (id, hash, created_at, expires_at) in secrets {
        let secrets = of_app.entry(id).or_default();
        secrets.push(secret((hash, created_at, expires_at)));
    }
    let apps = rows.into_iter().map(|row| {
        let secrets = of_app.remove(&row.id).unwrap_or_default();
        row.with(secrets)
    });
    Ok(apps.collect())
}

/// Adds an app; yields false if the client ID is taken.
pub async fn insert(
    tx: &mut Tx,
    id: &ClientId,
    name: &str,
    settings: &ClientSettings,
    team: Option<&TeamId>,
    now: Time,
) -> Result<bool, Error> {
    invalidate_cache(tx).await?;
    any_affected!(
        tx,
        "INSERT INTO clients (id, name, settings, team_id, disabled, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, FALSE, $5, $5) ON CONFLICT (id) DO NOTHING",
        id,
        name,
        Json(settings),
        team,
        now
    )
}

/// Renames an app.
pub async fn rename(tx: &mut Tx, id: &ClientId, name: &str) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    execute!(tx, "UPDATE clients SET name = $2 WHERE id = $1", id, name)
}

/// Stores or clears the redirect URIs of an app that wait for approval.
pub async fn set_proposal(tx: &mut Tx, id: &ClientId, proposal: Option<&Proposal>) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    execute!(
        tx,
        "UPDATE clients SET proposal = $2 WHERE id = $1",
        id,
        proposal.map(Json)
    )
}

/// How many people have granted an app access that is still valid.
pub async fn people(conn: &mut Conn, id: &ClientId, now: Time) -> Result<i64, Error> {
    let (people,) = query_one!(
        conn,
        (i64,),
        "SELECT COUNT(DISTINCT account_id) FROM grants WHERE client_id = $1 AND redeemed_at IS NOT NULL \
         AND revoked_at IS NULL AND expires_at > $2",
        id,
        now
    )?;
    Ok(people)
}

/// Replaces an app's settings; yields whether the app exists.
pub async fn update(tx: &mut Tx, id: &ClientId, settings: &ClientSettings, now: Time) -> Result<bool, Error> {
    invalidate_cache(tx).await?;
    any_affected!(
        tx,
        "UPDATE clients SET settings = $2, updated_at = $3 WHERE id = $1",
        id,
        Json(settings),
        now
    )
}

/// Disables or enables an app; yields whether the app exists.
pub async fn set_disabled(tx: &mut Tx, id: &ClientId, disabled: bool, now: Time) -> Result<bool, Error> {
    invalidate_cache(tx).await?;
    any_affected!(
        tx,
        "UPDATE clients SET disabled = $2, updated_at = $3 WHERE id = $1",
        id,
        disabled,
        now
    )
}

/// Deletes an app with its secrets and its logo; nothing else may refer to it.
pub async fn delete(tx: &mut Tx, id: &ClientId) -> Result<(), Error> {
    invalidate_cache(tx).await?;
    execute!(tx, "DELETE FROM client_secrets WHERE client_id = $1", id)?;
    execute!(tx, "DELETE FROM app_logos WHERE client_id = $1", id)?;
    execute!(tx, "DELETE FROM clients WHERE id = $1", id)
}

/// Adds a secret and deletes those that have expired; yields false if the app already has two valid ones.
pub async fn add_secret(
    tx: &mut Tx,
    id: &ClientId,
    hash: &TokenHash,
    expires_at: Option<Time>,
    now: Time,
) -> Result<bool, Error> {
    invalidate_cache(tx).await?;
    execute!(
        tx,
        "DELETE FROM client_secrets WHERE client_id = $1 AND expires_at <= $2",
        id,
        now
    )?;
    any_affected!(
        tx,
        "INSERT INTO client_secrets (id, client_id, secret_hash, created_at, expires_at) \
         SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM client_secrets WHERE client_id = $2) < 2",
        new_id(now),
        id,
        hash,
        now,
        expires_at
    )
}

/// Deletes every secret of an app except the newest that works; yields how many.
pub async fn drop_old_secrets(tx: &mut Tx, id: &ClientId, now: Time) -> Result<u64, Error> {
    invalidate_cache(tx).await?;
    rows_affected!(
        tx,
        "DELETE FROM client_secrets WHERE client_id = $1 \
         AND id <> (SELECT MAX(id) FROM client_secrets WHERE client_id = $1 \
         AND (expires_at IS NULL OR expires_at > $2))",
        id,
        now
    )
}
