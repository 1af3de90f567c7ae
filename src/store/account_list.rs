//! The list of accounts: filtered, sorted and paged by key.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::account::Status;
use crate::model::account_list::{After, Order};

/// The filter of a list. An account is listed if it meets every condition that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The stored status; `None` lists every account except deleted ones.
    pub status: Option<Status>,
    /// Active accounts that were last seen at this time or later.
    pub awake_since: Option<Time>,
    /// Active accounts that were last seen before this time, or never.
    pub dormant_since: Option<Time>,
    /// Last seen before this time.
    pub seen_before: Option<Time>,
    /// Last seen after this time.
    pub seen_after: Option<Time>,
    /// Directly granted this instance role.
    pub role: Option<String>,
    /// Together with `role`: members of the root team match too.
    pub or_root: bool,
    /// A member of the team with this slug.
    pub team: Option<String>,
    /// A direct member of the group with this folded name.
    pub group: Option<String>,
    /// A `LIKE` pattern for the folded username, name and addresses, with `!` as its escape character.
    pub text: Option<String>,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountListRow {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: i64,
    /// Its username.
    pub username: String,
    /// The folded username, which is the sort key.
    pub username_key: String,
    /// The full name; may be empty.
    pub name: String,
    /// The stored status.
    pub status: Status,
    /// When it was created.
    pub created_at: Time,
    /// When it was last seen.
    pub last_seen_at: Option<Time>,
    /// Its primary e-mail address.
    pub email: Option<String>,
    /// The first of its instance roles by name.
    pub role: Option<String>,
    /// How many instance roles are granted to it.
    pub roles: i64,
    /// Whether it is in the root team.
    pub in_root_team: bool,
}

from_row!(AccountListRow {
    id,
    number,
    username,
    username_key,
    name,
    status,
    created_at,
    last_seen_at,
    email,
    role,
    roles,
    in_root_team
});

impl From<&AccountListRow> for After {
    /// The position after this row.
    fn from(row: &AccountListRow) -> Self {
        Self {
            number: row.number,
            username: row.username_key.clone(),
            seen: row.last_seen_at.map_or(0, |seen| seen.0),
        }
    }
}

/// A statement over the accounts that meet the [`Conditions`]. Its first eleven parameters are now and the
/// conditions.
macro_rules! filtered {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            // PostgreSQL cannot infer the type of a parameter that is only tested for NULL.
            " FROM accounts a WHERE ((CAST($2 AS TEXT) IS NULL AND a.status <> 'deleted') OR a.status = $2) \
             AND (CAST($3 AS BIGINT) IS NULL OR (a.status = 'active' AND a.last_seen_at >= $3)) \
             AND (CAST($4 AS BIGINT) IS NULL \
             OR (a.status = 'active' AND (a.last_seen_at IS NULL OR a.last_seen_at < $4))) \
             AND (CAST($5 AS BIGINT) IS NULL OR a.last_seen_at < $5) \
             AND (CAST($6 AS BIGINT) IS NULL OR a.last_seen_at > $6) \
             AND (CAST($7 AS TEXT) IS NULL OR a.id IN (SELECT r.account_id FROM role_grants r WHERE r.role = $7 \
             AND r.level = 'instance' AND (r.expires_at IS NULL OR r.expires_at > $1)) \
             OR ($8 AND a.id IN (SELECT m.account_id FROM memberships m JOIN teams t ON t.id = m.team_id \
             WHERE t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $1)))) \
             AND (CAST($9 AS TEXT) IS NULL OR a.id IN (SELECT m.account_id FROM memberships m \
             JOIN teams t ON t.id = m.team_id WHERE t.slug = $9 AND (m.expires_at IS NULL OR m.expires_at > $1))) \
             AND (CAST($10 AS TEXT) IS NULL OR a.id IN (SELECT g.account_id FROM group_members g \
             JOIN groups n ON n.id = g.group_id WHERE n.name_key = $10)) \
             AND (CAST($11 AS TEXT) IS NULL OR a.search LIKE $11 ESCAPE '!')",
            $rest
        )
    };
}

macro_rules! listed {
    ($rest:literal) => {
        filtered!(
            "a.id, a.number, a.username, a.username_key, a.name, a.status, a.created_at, a.last_seen_at, \
             (SELECT e.address FROM emails e WHERE e.account_id = a.id AND e.is_primary) AS email, \
             (SELECT MIN(r.role) FROM role_grants r WHERE r.account_id = a.id AND r.level = 'instance' \
             AND (r.expires_at IS NULL OR r.expires_at > $1)) AS role, \
             (SELECT COUNT(*) FROM role_grants r WHERE r.account_id = a.id AND r.level = 'instance' \
             AND (r.expires_at IS NULL OR r.expires_at > $1)) AS roles, \
             EXISTS (SELECT 1 FROM memberships m JOIN teams t ON t.id = m.team_id WHERE m.account_id = a.id \
             AND t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $1)) AS in_root_team",
            $rest
        )
    };
}

/// A list of at most this many accounts is read with a full scan and a sort. For so few matches, walking the
/// sort index would fetch nearly every account in random order only to skip it.
const FEW: i64 = 500;

// Each order has two statements: one that follows the index, and one whose sort expression no index covers,
// for short lists.
const NEWEST: [&str; 2] = [
    listed!(" AND a.number < $12 ORDER BY a.number DESC LIMIT $13"),
    listed!(" AND a.number + 0 < $12 ORDER BY a.number + 0 DESC LIMIT $13"),
];
const BY_NAME: [&str; 2] = [
    listed!(" AND a.username_key > $12 ORDER BY a.username_key LIMIT $13"),
    listed!(" AND a.username_key || '' > $12 ORDER BY a.username_key || '' LIMIT $13"),
];
const BY_SEEN: [&str; 2] = [
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) < $14 OR (COALESCE(a.last_seen_at, 0) = $14 AND a.number < $12)) \
         ORDER BY COALESCE(a.last_seen_at, 0) DESC, a.number DESC LIMIT $13"
    ),
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) + 0 < $14 OR (COALESCE(a.last_seen_at, 0) + 0 = $14 AND a.number < $12)) \
         ORDER BY COALESCE(a.last_seen_at, 0) + 0 DESC, a.number DESC LIMIT $13"
    ),
];
const COUNT: &str = filtered!("COUNT(*)", "");

/// Runs a statement with the conditions as its first parameters.
macro_rules! with_conditions {
    ($run:ident, $conn:expr, $row:ty, $sql:expr, $conditions:expr, $now:expr $(, $bind:expr)*) => {{
        let c = $conditions;
        $run!(
            $conn, $row, $sql, $now, c.status, c.awake_since, c.dormant_since, c.seen_before, c.seen_after,
            c.role.as_deref(), c.or_root, c.team.as_deref(), c.group.as_deref(), c.text.as_deref() $(, $bind)*
        )
    }};
}

/// One page of the list, the first if `after` is `None`; `all` is the size of the whole list, from [`count`].
pub async fn page(
    conn: &mut Conn,
    wanted: &Conditions,
    all: i64,
    order: Order,
    after: Option<&After>,
    limit: i64,
    now: Time,
) -> Result<Vec<AccountListRow>, Error> {
    type Row = AccountListRow;
    let way = usize::from(all <= FEW);
    let number = after.map_or(i64::MAX, |after| after.number);
    match order {
        Order::Newest => {
            with_conditions!(query_all, conn, Row, NEWEST[way], wanted, now, number, limit)
        }
        Order::Username => {
            let name = after.map_or("", |after| &after.username);
            with_conditions!(query_all, conn, Row, BY_NAME[way], wanted, now, name, limit)
        }
        Order::LastSeen => {
            let seen = after.map_or(i64::MAX, |after| after.seen);
            with_conditions!(
                query_all,
                conn,
                Row,
                BY_SEEN[way],
                wanted,
                now,
                number,
                limit,
                seen
            )
        }
    }
}

/// Counts the accounts that meet the conditions.
pub async fn count(conn: &mut Conn, conditions: &Conditions, now: Time) -> Result<i64, Error> {
    with_conditions!(query_one, conn, (i64,), COUNT, conditions, now).map(|(count,)| count)
}

/// Sets the text that the `text` condition searches.
pub async fn set_search(tx: &mut Tx, id: &AccountId, text: &str) -> Result<(), Error> {
    execute!(tx, "UPDATE accounts SET search = $2 WHERE id = $1", id, text)
}
