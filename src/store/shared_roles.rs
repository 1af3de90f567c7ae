//! Roles for an app that the members of a group or a team hold.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::role::SharedRole;
use crate::model::{ClientId, GroupId, TeamId};

/// The condition that the account with the id `$account` holds the shared role `x`. `$2` is the current time.
macro_rules! holds_shared_role {
    ($account:literal) => {
        concat!(
            "((x.expires_at IS NULL OR x.expires_at > $2) AND ((x.kind = 'team' AND x.holder IN (SELECT m.team_id FROM memberships m JOIN teams i ON i.id = m.team_id \
             WHERE m.account_id = ",
            $account,
            " AND i.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > $2))) OR (x.kind = 'group' \
             AND x.holder IN (WITH RECURSIVE held(id) AS (SELECT m.group_id FROM group_members m WHERE m.account_id = ",
            $account,
            " UNION SELECT n.group_id FROM group_groups n JOIN held h ON n.inner_id = h.id) SELECT id FROM held))))"
        )
    };
}
pub(super) use holds_shared_role;

/// The current shared roles for an app.
pub async fn of_app(conn: &mut Conn, app: &ClientId, now: Time) -> Result<Vec<SharedRole>, Error> {
    query_all!(
        conn,
        SharedRole,
        "SELECT x.kind, x.holder, x.role, x.expires_at FROM shared_roles x WHERE x.client_id = $1 \
         AND (x.expires_at IS NULL OR x.expires_at > $2) ORDER BY x.kind, x.role, x.holder",
        app,
        now
    )
}

/// Whether a role for some app is shared with a team.
pub async fn has_team(conn: &mut Conn, team: &TeamId, now: Time) -> Result<bool, Error> {
    query_one!(
        conn,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM shared_roles x WHERE x.kind = 'team' AND x.holder = $1 \
         AND (x.expires_at IS NULL OR x.expires_at > $2))",
        team,
        now
    )
    .map(|(found,)| found)
}

/// Shares a role for an app with the members of a group or a team, or changes when it ends.
pub async fn insert(tx: &mut Tx, app: &ClientId, shared: &SharedRole, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO shared_roles (client_id, kind, holder, role, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, kind, holder, role) \
         DO UPDATE SET expires_at = excluded.expires_at",
        app,
        shared.kind,
        &shared.holder,
        &shared.role,
        now,
        shared.expires_at
    )
}

/// Revokes a shared role; yields whether it was shared.
pub async fn delete(tx: &mut Tx, app: &ClientId, shared: &SharedRole) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM shared_roles WHERE client_id = $1 AND kind = $2 AND holder = $3 AND role = $4",
        app,
        shared.kind,
        &shared.holder,
        &shared.role
    )
}

/// Revokes every shared role for an app.
pub async fn delete_for_app(tx: &mut Tx, app: &ClientId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM shared_roles WHERE client_id = $1", app)
}

/// Revokes every role that is shared with a group.
pub async fn delete_of_group(tx: &mut Tx, group: &GroupId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM shared_roles WHERE kind = 'group' AND holder = $1",
        group
    )
}

/// Revokes every role that is shared with a team.
pub async fn delete_of_team(tx: &mut Tx, team: &TeamId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM shared_roles WHERE kind = 'team' AND holder = $1",
        team
    )
}

/// Renames a role wherever it is shared; where the role `to` is shared already, one of the two is deleted.
pub async fn rename(tx: &mut Tx, from: &str, to: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM shared_roles WHERE role = $1 AND EXISTS (SELECT 1 FROM shared_roles o WHERE o.role = $2 \
         AND o.client_id = shared_roles.client_id AND o.kind = shared_roles.kind AND o.holder = shared_roles.holder)",
        from,
        to
    )?;
    execute!(tx, "UPDATE shared_roles SET role = $2 WHERE role = $1", from, to)
}

/// Revokes a role from every group and team with which it is shared.
pub async fn delete_role(tx: &mut Tx, role: &str) -> Result<(), Error> {
    execute!(tx, "DELETE FROM shared_roles WHERE role = $1", role)
}
