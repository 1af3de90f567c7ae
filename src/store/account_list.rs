//! The list of accounts: filtered, sorted and paged by key.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::account::Status;
use crate::model::account_list::{Order, Position};

/// The filter of a list. An account is listed if it meets every condition that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The stored status; `None` lists every account except deleted ones.
    pub status: Option<Status>,
    /// Usable accounts that were last seen at this time or later.
    pub not_dormant_since: Option<Time>,
    /// Usable accounts that were last seen before this time, or never.
    pub dormant_since: Option<Time>,
    /// Active accounts whose validity has ended.
    pub expired: bool,
    /// Active accounts whose validity has not begun.
    pub upcoming: bool,
    /// Last seen before this time.
    pub seen_before: Option<Time>,
    /// Last seen after this time.
    pub seen_after: Option<Time>,
    /// How accounts hold an instance role.
    pub role: Option<RoleSources>,
    /// A member of the team with this slug.
    pub team: Option<String>,
    /// A member of the group with this folded name or of a group inside it.
    pub group: Option<String>,
    /// A `LIKE` pattern for the folded username, name and addresses, with `!` as its escape character.
    pub text: Option<String>,
    /// Together with `text`: the account with this id matches too.
    pub id: Option<String>,
    /// Together with `text`: the account with this number matches too.
    pub number: Option<i64>,
}

/// How accounts hold an instance role. The lists of roles are packed by [`pack`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSources {
    /// By a grant of one of these roles.
    pub granted: String,
    /// As members of the root team.
    pub root_team: bool,
    /// By the default role, which everybody holds except those who hold one of `instead`.
    pub default: bool,
    /// The roles that replace the default role.
    pub instead: String,
    /// Whether membership of the root team replaces the default role too.
    pub root_team_instead: bool,
}

/// Packs a list of roles into one text, since the two databases have no common way to bind an array.
#[must_use]
pub fn pack<'r>(roles: impl Iterator<Item = &'r str>) -> String {
    roles.fold(",".to_owned(), |packed, role| packed + role + ",")
}

read_row! {
    /// One row of the list.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AccountListRow {
        /// Its id.
        id: AccountId,
        /// Its number.
        number: i64,
        /// Its username.
        username: String,
        /// The folded username, which is the sort key.
        username_key: String,
        /// The full name; may be empty.
        name: String,
        /// The stored status.
        status: Status,
        /// When it was created.
        created_at: Time,
        /// When it was last seen.
        last_seen_at: Option<Time>,
        /// The beginning of its validity.
        valid_from: Option<Time>,
        /// The end of its validity.
        valid_until: Option<Time>,
        /// Its primary e-mail address.
        email: Option<String>,
        /// The first of its instance roles by name.
        role: Option<String>,
        /// How many instance roles are granted to it.
        roles: i64,
        /// Whether it is in the root team.
        in_root_team: bool,
    }
}

impl From<&AccountListRow> for Position {
    fn from(row: &AccountListRow) -> Self {
        Self {
            number: row.number,
            username: row.username_key.clone(),
            seen: row.last_seen_at.map_or(0, |seen| seen.0),
        }
    }
}

/// The accounts with a current grant of one of the packed roles `$roles`.
macro_rules! granted {
    ($roles:literal) => {
        concat!(
            "(SELECT r.account_id FROM role_grants r WHERE r.level = 'instance' AND REPLACE(CAST(",
            $roles,
            " AS TEXT), ',' || r.role || ',', '') <> ",
            $roles,
            " AND (r.expires_at IS NULL OR r.expires_at > $1))"
        )
    };
}

/// The members of the root team.
macro_rules! in_root_team {
    () => {
        "(SELECT m.account_id FROM memberships m JOIN teams t ON t.id = m.team_id \
         WHERE t.kind = 'root' AND (m.expires_at IS NULL OR m.expires_at > $1))"
    };
}

/// A statement over the accounts that meet the [`Conditions`]. Its first 18 parameters are the current time and the
/// conditions.
macro_rules! filtered {
    ($what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $what,
            // PostgreSQL cannot infer the type of a parameter that is only tested for NULL.
            " FROM accounts a WHERE ((CAST($2 AS TEXT) IS NULL AND a.status <> 'deleted') OR a.status = $2) \
             AND (CAST($3 AS BIGINT) IS NULL OR (a.last_seen_at >= $3 AND ",
            account_usable!("$1"),
            ")) AND (CAST($4 AS BIGINT) IS NULL OR ((a.last_seen_at IS NULL OR a.last_seen_at < $4) AND ",
            account_usable!("$1"),
            ")) AND (NOT $17 OR (a.status = 'active' AND a.valid_until <= $1)) \
             AND (NOT $18 OR (a.status = 'active' AND a.valid_from > $1)) \
             AND (CAST($5 AS BIGINT) IS NULL OR a.last_seen_at < $5) \
             AND (CAST($6 AS BIGINT) IS NULL OR a.last_seen_at > $6) \
             AND (CAST($7 AS TEXT) IS NULL OR a.id IN ",
            granted!("$7"),
            " OR ($8 AND a.id IN ",
            in_root_team!(),
            ") OR ($9 AND a.id NOT IN ",
            granted!("$10"),
            " AND NOT ($11 AND a.id IN ",
            in_root_team!(),
            "))) AND (CAST($12 AS TEXT) IS NULL OR a.id IN (SELECT m.account_id FROM memberships m \
             JOIN teams t ON t.id = m.team_id WHERE t.slug = $12 AND t.deleted_at IS NULL \
             AND (m.expires_at IS NULL OR m.expires_at > $1))) \
             AND (CAST($13 AS TEXT) IS NULL OR a.id IN (WITH RECURSIVE n (id) AS (SELECT o.id FROM groups o \
             WHERE o.name_key = $13 UNION SELECT i.inner_id FROM group_groups i JOIN n ON n.id = i.group_id) \
             SELECT g.account_id FROM group_members g JOIN n ON n.id = g.group_id)) \
             AND (CAST($14 AS TEXT) IS NULL OR a.search LIKE $14 ESCAPE '!' OR a.id = $15 OR a.number = $16)",
            $rest
        )
    };
}

macro_rules! listed {
    ($rest:literal) => {
        filtered!(
            "a.id, a.number, a.username, a.username_key, a.name, a.status, a.created_at, a.last_seen_at, a.valid_from, a.valid_until, \
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
const SCAN_LIMIT: i64 = 500;

// Each order has two statements: one that follows the index, and one whose sort expression no index covers,
// for short lists.
const NEWEST: [&str; 2] = [
    listed!(" AND a.number < $19 ORDER BY a.number DESC LIMIT $20"),
    listed!(" AND a.number + 0 < $19 ORDER BY a.number + 0 DESC LIMIT $20"),
];
const OLDEST: [&str; 2] = [
    listed!(" AND a.number > $19 ORDER BY a.number LIMIT $20"),
    listed!(" AND a.number + 0 > $19 ORDER BY a.number + 0 LIMIT $20"),
];
const BY_NAME: [&str; 2] = [
    listed!(" AND a.username_key > $19 ORDER BY a.username_key LIMIT $20"),
    listed!(" AND a.username_key || '' > $19 ORDER BY a.username_key || '' LIMIT $20"),
];
// Without a position, a text that sorts after every username in any collation bounds the list.
const BY_NAME_REVERSED: [&str; 2] = [
    listed!(
        " AND a.username_key < COALESCE($19, (SELECT MAX(l.username_key) || 'x' FROM accounts l)) \
         ORDER BY a.username_key DESC LIMIT $20"
    ),
    listed!(
        " AND a.username_key || '' < COALESCE($19, (SELECT MAX(l.username_key) || 'x' FROM accounts l)) \
         ORDER BY a.username_key || '' DESC LIMIT $20"
    ),
];
const BY_SEEN: [&str; 2] = [
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) < $21 OR (COALESCE(a.last_seen_at, 0) = $21 AND a.number < $19)) \
         ORDER BY COALESCE(a.last_seen_at, 0) DESC, a.number DESC LIMIT $20"
    ),
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) + 0 < $21 OR (COALESCE(a.last_seen_at, 0) + 0 = $21 AND a.number < $19)) \
         ORDER BY COALESCE(a.last_seen_at, 0) + 0 DESC, a.number DESC LIMIT $20"
    ),
];
const BY_SEEN_REVERSED: [&str; 2] = [
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) > $21 OR (COALESCE(a.last_seen_at, 0) = $21 AND a.number > $19)) \
         ORDER BY COALESCE(a.last_seen_at, 0), a.number LIMIT $20"
    ),
    listed!(
        " AND (COALESCE(a.last_seen_at, 0) + 0 > $21 OR (COALESCE(a.last_seen_at, 0) + 0 = $21 AND a.number > $19)) \
         ORDER BY COALESCE(a.last_seen_at, 0) + 0, a.number LIMIT $20"
    ),
];
const COUNT: &str = filtered!("COUNT(*)", "");

/// Runs a statement with the conditions as its first parameters.
macro_rules! with_conditions {
    ($run:ident, $conn:expr, $row:ty, $sql:expr, $conditions:expr, $now:expr $(, $bind:expr)*) => {{
        let c = $conditions;
        let role = c.role.as_ref();
        $run!(
            $conn, $row, $sql, $now, c.status, c.not_dormant_since, c.dormant_since, c.seen_before, c.seen_after,
            role.map(|role| role.granted.as_str()), role.is_some_and(|role| role.root_team),
            role.is_some_and(|role| role.default), role.map_or("", |role| &role.instead),
            role.is_some_and(|role| role.root_team_instead), c.team.as_deref(), c.group.as_deref(), c.text.as_deref(),
            c.id.as_deref(), c.number, c.expired, c.upcoming $(, $bind)*
        )
    }};
}

/// The rows after a position, or the first ones; `all` is the size of the whole list, from [`count`].
#[expect(
    clippy::too_many_lines,
    reason = "each order has a statement and values of its own"
)]
pub async fn page(
    conn: &mut Conn,
    wanted: &Conditions,
    all: i64,
    order: Order,
    after: Option<&Position>,
    limit: i64,
    now: Time,
) -> Result<Vec<AccountListRow>, Error> {
    type Row = AccountListRow;
    let by_scan = usize::from(all <= SCAN_LIMIT);
    let end = match order {
        Order::Newest | Order::LastSeen => i64::MAX,
        _ => i64::MIN,
    };
    let number = after.map_or(end, |after| after.number);
    let seen = after.map_or(end, |after| after.seen);
    let name = after.map(|after| &*after.username);
    match order {
        Order::Newest => with_conditions!(query_all, conn, Row, NEWEST[by_scan], wanted, now, number, limit),
        Order::Oldest => with_conditions!(query_all, conn, Row, OLDEST[by_scan], wanted, now, number, limit),
        Order::Username => {
            let name = name.unwrap_or_default();
            with_conditions!(query_all, conn, Row, BY_NAME[by_scan], wanted, now, name, limit)
        }
        Order::UsernameReversed => {
            with_conditions!(
                query_all,
                conn,
                Row,
                BY_NAME_REVERSED[by_scan],
                wanted,
                now,
                name,
                limit
            )
        }
        Order::LastSeen => {
            with_conditions!(
                query_all,
                conn,
                Row,
                BY_SEEN[by_scan],
                wanted,
                now,
                number,
                limit,
                seen
            )
        }
        Order::LastSeenReversed => {
            with_conditions!(
                query_all,
                conn,
                Row,
                BY_SEEN_REVERSED[by_scan],
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
