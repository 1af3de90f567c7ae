//! Invitations: links that somebody can accept once.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::invitation::Invitation;
use crate::model::{AccountId, TeamId};

/// The invitation whose link carries this token.
pub async fn by_token(conn: &mut Conn, token: &TokenHash) -> Result<Option<Invitation>, Error> {
    query_opt!(
        conn,
        Invitation,
        select!(invitation_columns, "FROM invitations i WHERE i.token_hash = $1"),
        token
    )
}

/// The invitation with this id.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Invitation>, Error> {
    query_opt!(
        conn,
        Invitation,
        select!(invitation_columns, "FROM invitations i WHERE i.id = $1"),
        id
    )
}

read_row! {
    /// An invitation with the slug of its team.
    #[derive(Clone, Debug, PartialEq, Eq)]
    ListedInvitation {
        /// The invitation.
        invitation flatten: Invitation,
        /// The slug of the team that it invites to.
        team: Option<String>,
    }
}

/// A page of all invitations, newest first, older than the id `before`.
pub async fn page(conn: &mut Conn, before: &str, limit: i64) -> Result<Vec<ListedInvitation>, Error> {
    query_all!(
        conn,
        ListedInvitation,
        select!(
            invitation_columns,
            ", t.slug AS team FROM invitations i LEFT JOIN teams t ON t.id = i.team_id WHERE i.id < $1 \
             ORDER BY i.id DESC LIMIT $2"
        ),
        before,
        limit
    )
}

/// A team's pending invitations, newest first, at most `limit`.
pub async fn pending_of_team(
    conn: &mut Conn,
    team: &TeamId,
    limit: i64,
    now: Time,
) -> Result<Vec<Invitation>, Error> {
    query_all!(
        conn,
        Invitation,
        select!(
            invitation_columns,
            "FROM invitations i WHERE i.team_id = $1 AND i.ended_at IS NULL AND i.expires_at > $3 \
             ORDER BY i.id DESC LIMIT $2"
        ),
        team,
        limit,
        now
    )
}

/// Adds an invitation.
pub async fn insert(
    tx: &mut Tx,
    invitation: &Invitation,
    token: &TokenHash,
    email_key: &str,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO invitations (id, token_hash, email, email_key, team_id, account_id, role, invited_by, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &invitation.id,
        token,
        &invitation.email,
        email_key,
        invitation.team_id.as_ref(),
        invitation.account_id.as_ref(),
        &invitation.role,
        &invitation.invited_by,
        invitation.created_at,
        invitation.expires_at
    )
}

/// Ends a pending invitation; yields false if it had ended or expired.
pub async fn end(tx: &mut Tx, id: &str, accepted_by: Option<&AccountId>, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE invitations SET ended_at = $2, accepted_by = $3 \
         WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now,
        accepted_by
    )
}

/// Ends the pending invitations of this address to the same team, which a new one replaces; yields how many.
pub async fn replace(tx: &mut Tx, email_key: &str, team: Option<&TeamId>, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE invitations SET ended_at = $3 WHERE email_key = $1 AND ended_at IS NULL AND account_id IS NULL \
         AND COALESCE(team_id, '') = COALESCE($2, '')",
        email_key,
        team,
        now
    )
}

/// Ends the pending invitations to a team; yields how many.
pub async fn end_for_team(tx: &mut Tx, team: &TeamId, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE invitations SET ended_at = $2 WHERE team_id = $1 AND ended_at IS NULL",
        team,
        now
    )
}

/// Ends the pending first-password links of an account; yields how many.
pub async fn end_for_account(tx: &mut Tx, account: &AccountId, now: Time) -> Result<u64, Error> {
    rows_affected!(
        tx,
        "UPDATE invitations SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL",
        account,
        now
    )
}
