//! Grants of instance and app roles. Team roles are memberships; the scheme defines the roles themselves.

use super::shared_roles::holds_shared_role;
use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::account::Account;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::{AccountId, ClientId};

/// The current instance and app roles of an account.
pub async fn granted(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<RoleGrant>, Error> {
    query_all!(
        conn,
        RoleGrant,
        select!(
            role_grant_columns,
            "FROM role_grants r \
         WHERE r.account_id = $1 AND (r.expires_at IS NULL OR r.expires_at > $2) ORDER BY r.level, r.target, r.role"
        ),
        account,
        now
    )
}

/// The current instance and app roles of an account, and those for apps that it holds as a member of a group or a team.
pub async fn held(conn: &mut Conn, account: &AccountId, now: Time) -> Result<Vec<RoleGrant>, Error> {
    query_all!(
        conn,
        RoleGrant,
        concat!(
            select!(
                role_grant_columns,
                "FROM role_grants r \
         WHERE r.account_id = $1 AND (r.expires_at IS NULL OR r.expires_at > $2) "
            ),
            "UNION ALL SELECT 'app', x.role, x.client_id, x.expires_at FROM shared_roles x WHERE ",
            holds_shared_role!("$1")
        ),
        account,
        now
    )
}

/// The roles of people for an app, with usernames and numbers, by username.
pub async fn of_app(
    conn: &mut Conn,
    app: &ClientId,
    limit: i64,
    now: Time,
) -> Result<Vec<(String, i64, String, Option<Time>)>, Error> {
    query_all!(
        conn,
        (String, i64, String, Option<Time>),
        "SELECT a.username, a.number, r.role, r.expires_at FROM role_grants r JOIN accounts a ON a.id = r.account_id \
         WHERE r.level = 'app' AND r.target = $1 AND a.status <> 'deleted' \
         AND (r.expires_at IS NULL OR r.expires_at > $2) ORDER BY a.username, r.role LIMIT $3",
        app,
        now,
        limit
    )
}

/// Grants a role on the instance (`target` is empty) or for an app (`target` is its client ID), or changes when it
/// expires.
pub async fn grant(tx: &mut Tx, account: &AccountId, grant: &RoleGrant, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO role_grants (account_id, level, role, target, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (account_id, level, role, target) DO UPDATE SET expires_at = excluded.expires_at",
        account,
        grant.level,
        &grant.role,
        &grant.target,
        grant.expires_at,
        now
    )
}

/// Revokes a role; yields whether it was granted.
pub async fn revoke(
    tx: &mut Tx,
    account: &AccountId,
    level: RoleLevel,
    role: &str,
    target: &str,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM role_grants WHERE account_id = $1 AND level = $2 AND role = $3 AND target = $4",
        account,
        level,
        role,
        target
    )
}

/// Revokes an instance role from everybody who also holds another one, by a grant or, if `or_root`, as a member of the
/// root team.
pub async fn revoke_beside(
    tx: &mut Tx,
    role: &str,
    other: &str,
    or_root: bool,
    now: Time,
) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM role_grants WHERE level = 'instance' AND role = $1 AND (account_id IN (SELECT r.account_id \
         FROM role_grants r WHERE r.level = 'instance' AND r.role = $2 \
         AND (r.expires_at IS NULL OR r.expires_at > $4)) \
         OR ($3 AND account_id IN (SELECT m.account_id FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $4))))",
        role,
        other,
        or_root,
        now
    )
}

/// Revokes every role for an app.
pub async fn revoke_all_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM role_grants WHERE level = $1 AND target = $2",
        RoleLevel::App,
        app
    )
}

/// Counts the accounts that can sign in now and indefinitely, and hold this instance role without an end date, by a
/// grant or as members of the root team.
pub async fn permanent_holders(tx: &mut Tx, role: &str, now: Time) -> Result<i64, Error> {
    query_one!(
        tx,
        (i64,),
        concat!(
            "SELECT COUNT(*) FROM accounts a WHERE ",
            account_permanent!("$2"),
            " AND (a.id IN (SELECT r.account_id \
         FROM role_grants r WHERE r.level = 'instance' AND r.role = $1 AND r.expires_at IS NULL) \
         OR a.id IN (SELECT m.account_id FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE t.kind = 'root' AND m.expires_at IS NULL))"
        ),
        role,
        now
    )
    .map(|(count,)| count)
}

/// The accounts that hold an instance role now, by a grant or in the root team, and can sign in.
pub async fn holders(conn: &mut Conn, role: &str, now: Time) -> Result<Vec<Account>, Error> {
    query_all!(
        conn,
        Account,
        select!(
            account_columns,
            "FROM accounts a WHERE a.status = 'active' AND (a.valid_from IS NULL OR a.valid_from <= $2) \
             AND (a.valid_until IS NULL OR a.valid_until > $2) AND (a.id IN (SELECT r.account_id FROM role_grants r \
             WHERE r.level = 'instance' AND r.role = $1 AND (r.expires_at IS NULL OR r.expires_at > $2)) \
             OR a.id IN (SELECT m.account_id FROM memberships m JOIN teams t ON t.id = m.team_id \
             WHERE t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $2))) ORDER BY a.number"
        ),
        role,
        now
    )
}

/// Every role on the instance or for an app that is granted now to an account that is not deleted: the username, the
/// level, the role and the app.
pub async fn granted_to_all(
    conn: &mut Conn,
    now: Time,
) -> Result<Vec<(String, RoleLevel, String, String)>, Error> {
    query_all!(
        conn,
        (String, RoleLevel, String, String),
        "SELECT a.username, r.level, r.role, r.target FROM role_grants r JOIN accounts a ON a.id = r.account_id \
         WHERE a.status <> 'deleted' AND (r.expires_at IS NULL OR r.expires_at > $1) ORDER BY a.username",
        now
    )
}

/// Counts the current holders of each role, by level and name. Deleted accounts count, since they can be restored with
/// their roles.
pub async fn counts(conn: &mut Conn, now: Time) -> Result<Vec<(RoleLevel, String, i64)>, Error> {
    query_all!(
        conn,
        (RoleLevel, String, i64),
        "SELECT level, role, COUNT(DISTINCT account_id) FROM role_grants \
         WHERE expires_at IS NULL OR expires_at > $1 GROUP BY level, role \
         UNION ALL SELECT 'team', role, COUNT(DISTINCT account_id) FROM memberships \
         WHERE expires_at IS NULL OR expires_at > $1 GROUP BY role",
        now
    )
}

/// Renames a role in every grant; where an account has both already, one of them is deleted.
pub async fn rename(tx: &mut Tx, level: RoleLevel, from: &str, to: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM role_grants WHERE level = $1 AND role = $2 AND EXISTS (SELECT 1 FROM role_grants o \
         WHERE o.account_id = role_grants.account_id AND o.level = $1 AND o.role = $3 \
         AND o.target = role_grants.target)",
        level,
        from,
        to
    )?;
    execute!(
        tx,
        "UPDATE role_grants SET role = $3 WHERE level = $1 AND role = $2",
        level,
        from,
        to
    )
}

/// Revokes a role from everybody.
pub async fn revoke_from_all(tx: &mut Tx, level: RoleLevel, role: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM role_grants WHERE level = $1 AND role = $2",
        level,
        role
    )
}
