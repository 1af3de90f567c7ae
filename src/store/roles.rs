//! Role definitions, and who holds which instance or app role.

use super::values::text_enum;
use super::{AccountId, AppId, Conn, Error, Json, Tx};
use crate::clock::Time;

text_enum! {
    /// Where a role is held.
    Scope {
        /// On the whole instance.
        Instance = "instance",
        /// In one team.
        Team = "team",
        /// For one app.
        App = "app",
    }
}

/// The permissions of a role, or `None` if there is no such role.
///
/// # Errors
/// When the database fails.
pub async fn permissions(conn: &mut Conn, scope: Scope, name: &str) -> Result<Option<Vec<String>>, Error> {
    Ok(query_opt!(
        conn,
        (Json<Vec<String>>,),
        "SELECT permissions FROM roles WHERE scope = $1 AND name = $2",
        scope,
        name
    )?
    .map(|(permissions,)| permissions.0))
}

/// Defines a role, or changes its permissions.
///
/// # Errors
/// When the database fails.
pub async fn define(
    tx: &mut Tx,
    scope: Scope,
    name: &str,
    permissions: &[&str],
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO roles (scope, name, permissions, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (scope, name) DO UPDATE SET permissions = excluded.permissions",
        scope,
        name,
        Json(permissions),
        now
    )
    .map(|_| ())
}

/// The instance roles of a person and, if an app is named, those for that app; sorted, each once.
///
/// # Errors
/// When the database fails.
pub async fn of_account(
    conn: &mut Conn,
    account: &AccountId,
    app: Option<&AppId>,
    now: Time,
) -> Result<Vec<String>, Error> {
    let rows = query_all!(
        conn,
        (String,),
        "SELECT DISTINCT role FROM role_grants WHERE account_id = $1 AND (expires_at IS NULL OR expires_at > $3) \
         AND (scope = 'instance' OR (scope = 'app' AND target = $2)) ORDER BY role",
        account,
        app.map(AppId::as_str),
        now
    )?;
    Ok(rows.into_iter().map(|(role,)| role).collect())
}

/// Gives a person a role on the instance (`target` is empty) or for an app (`target` is its client id).
///
/// # Errors
/// When the database fails.
pub async fn grant(
    tx: &mut Tx,
    account: &AccountId,
    scope: Scope,
    role: &str,
    target: &str,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO role_grants (account_id, scope, role, target, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_id, scope, role, target) DO NOTHING",
        account,
        scope,
        role,
        target,
        now
    )
    .map(|_| ())
}
