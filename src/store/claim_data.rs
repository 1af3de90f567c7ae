//! Reads a token or a code together with its grant and the user's claims, in one row.
//!
//! A round trip costs more than what the query reads, so one statement reads everything. Groups, roles, teams
//! and the e-mail address are looked up only if the columns `wants_*` of the grant or token say so.

use super::grants::RefreshToken;
use super::shared_roles::holds_shared_role;
use super::tokens::{AccessToken, access_token_columns};
use super::{Conn, Error, Json};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::account::Profile;
use crate::model::grant::Grant;
use crate::model::role::RoleGrant;
use crate::model::session::Session;
use crate::model::team::{Membership, TeamKind};
use crate::model::{AccountId, ClientId, GroupId, TeamId};

/// Separates the entries of a list.
const RECORD: char = '\u{1e}';
/// Separates the fields of an entry.
const UNIT: char = '\u{1f}';

/// The data that a user's claims are made from. Lists are aggregated to text, since the two databases share
/// no way to nest rows, and unsorted, since `SQLite` would sort in a temporary table.
#[derive(Clone, Debug)]
pub struct ClaimsRow {
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Json<Profile>,
    /// When the claims last changed.
    pub updated_at: Time,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Whether that address is verified.
    pub email_verified: Option<bool>,
    group_list: Option<String>,
    role_grants: Option<String>,
    team_roles: Option<String>,
}

from_row!(ClaimsRow {
    username,
    name,
    profile,
    updated_at,
    email,
    email_verified,
    group_list,
    role_grants,
    team_roles
});

impl ClaimsRow {
    /// The scopes whose memberships and roles were read, whether there are any or not.
    pub fn read_scopes(&self) -> impl Iterator<Item = &'static str> {
        let read = [
            ("groups", self.group_list.is_some()),
            ("roles", self.role_grants.is_some()),
            ("teams", self.team_roles.is_some()),
        ];
        read.into_iter()
            .filter(|(_, is_read)| *is_read)
            .map(|(scope, _)| scope)
    }

    /// The names of the groups, sorted.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .id_and_name_of_groups()
            .map(|(_, name)| name.to_owned())
            .collect();
        names.sort_unstable();
        names
    }

    /// The ids of the groups.
    #[must_use]
    pub fn group_ids(&self) -> Vec<GroupId> {
        let all = self.id_and_name_of_groups();
        all.map(|(id, _)| GroupId(id.to_owned())).collect()
    }

    fn id_and_name_of_groups(&self) -> impl Iterator<Item = (&str, &str)> {
        entries(self.group_list.as_deref()).filter_map(|entry| entry.split_once(UNIT))
    }

    /// The current roles on the instance and for the app; `None` if they were not requested.
    ///
    /// # Errors
    /// When the text is malformed.
    pub fn roles(&self) -> Result<Option<Vec<RoleGrant>>, Error> {
        let Some(list) = &self.role_grants else {
            return Ok(None);
        };
        let granted = entries(Some(list)).map(|entry| {
            let fields: Vec<&str> = entry.split(UNIT).collect();
            let &[level, target, role] = fields.as_slice() else {
                return Err(broken());
            };
            Ok(RoleGrant {
                level: level.parse().map_err(|_| broken())?,
                role: role.to_owned(),
                target: target.to_owned(),
                expires_at: None,
            })
        });
        granted.collect::<Result<_, _>>().map(Some)
    }

    /// The current memberships, by team number, one for each role in a team.
    ///
    /// # Errors
    /// When the text is malformed.
    pub fn teams(&self) -> Result<Vec<Membership>, Error> {
        let mut memberships = Vec::new();
        for entry in entries(self.team_roles.as_deref()) {
            let fields: Vec<&str> = entry.split(UNIT).collect();
            let &[number, id, slug, name, kind, role] = fields.as_slice() else {
                return Err(broken());
            };
            let membership = Membership {
                id: TeamId(id.to_owned()),
                number: number.parse().map_err(|_| broken())?,
                slug: slug.to_owned(),
                name: name.to_owned(),
                kind: kind.parse::<TeamKind>().map_err(|_| broken())?,
                role: role.to_owned(),
                expires_at: None,
            };
            memberships.push(membership);
        }
        memberships.sort_unstable_by(|a, b| (a.number, &a.role).cmp(&(b.number, &b.role)));
        Ok(memberships)
    }
}

fn broken() -> Error {
    Error::Decode("a list in a row of claims is malformed".into())
}

fn entries(list: Option<&str>) -> impl Iterator<Item = &str> {
    let all = list.into_iter().flat_map(|list| list.split(RECORD));
    all.filter(|entry| !entry.is_empty())
}

/// The columns of [`ClaimsRow`] for the account `a` of the grant `g`. The table `$of` has the columns `wants_*`, to
/// which `$or` may add a condition; `$2` is the current time. Only a team's name may contain the separators, so they
/// are replaced in it. The recursion over groups runs only if one of the user's groups is inside another: it makes
/// `SQLite` create tables, which costs as much as the rest of the query.
macro_rules! claims_columns {
    ($of:literal, $or:literal) => {
        concat!(
            "a.username, a.name, a.profile, a.updated_at, e.address AS email, e.verified AS email_verified, \
             CASE WHEN ",
            $of,
            ".wants_groups",
            $or,
            " THEN COALESCE(CASE WHEN EXISTS (SELECT 1 \
             FROM group_members m JOIN group_groups n ON n.inner_id = m.group_id WHERE m.account_id = a.id) THEN \
             (WITH RECURSIVE held(id) AS (SELECT m.group_id FROM group_members m WHERE m.account_id = a.id \
             UNION SELECT n.group_id FROM group_groups n JOIN held h ON n.inner_id = h.id) \
             SELECT string_agg(o.id || '\u{1f}' || o.name, '\u{1e}') FROM groups o JOIN held h ON h.id = o.id) ELSE \
             (SELECT string_agg(o.id || '\u{1f}' || o.name, '\u{1e}') FROM group_members m JOIN groups o ON o.id = m.group_id \
             WHERE m.account_id = a.id) END, '') END AS group_list, \
             CASE WHEN ",
            $of,
            ".wants_roles",
            $or,
            " THEN \
             COALESCE((SELECT string_agg(h.level || '\u{1f}' || h.target || '\u{1f}' || h.role, '\u{1e}') \
             FROM role_grants h WHERE h.account_id = a.id AND (h.expires_at IS NULL OR h.expires_at > $2) \
             AND (h.level = 'instance' OR (h.level = 'app' AND h.target = g.client_id))), '') || \
             COALESCE((SELECT '\u{1e}' || string_agg('app\u{1f}' || x.client_id || '\u{1f}' || x.role, '\u{1e}') \
             FROM shared_roles x WHERE x.client_id = g.client_id AND ",
            holds_shared_role!("a.id"),
            "), '') END AS role_grants, \
             CASE WHEN ",
            $of,
            ".wants_teams",
            $or,
            " THEN COALESCE(\
             (SELECT string_agg(CAST(i.number AS TEXT) || '\u{1f}' || i.id || '\u{1f}' || i.slug || '\u{1f}' || \
             replace(replace(i.name, '\u{1e}', ' '), '\u{1f}', ' ') || '\u{1f}' || i.kind || '\u{1f}' || m.role, \
             '\u{1e}') FROM memberships m JOIN teams i ON i.id = m.team_id \
             WHERE m.account_id = a.id AND i.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > $2)), '') END \
             AS team_roles"
        )
    };
}

/// The joins that [`claims_columns`] needs. An unverified address is left out if another account has it verified, so
/// that an app that ignores `email_verified` does not take one user for the other.
macro_rules! claims_joins {
    ($of:literal) => {
        concat!(
            " JOIN accounts a ON a.id = g.account_id LEFT JOIN emails e ON e.account_id = a.id AND e.is_primary AND ",
            $of,
            ".wants_email AND (e.verified OR NOT EXISTS (SELECT 1 FROM emails v WHERE v.address_key = e.address_key \
             AND v.verified))"
        )
    };
}

/// The columns of [`Bounds`].
macro_rules! bounds_columns {
    () => {
        "a.valid_until, (SELECT MIN(m.expires_at) FROM memberships m WHERE m.account_id = a.id \
         AND m.expires_at > $2) AS membership_ends, (SELECT MIN(h.expires_at) FROM role_grants h \
         WHERE h.account_id = a.id AND h.expires_at > $2) AS role_ends, (SELECT MIN(x.expires_at) FROM shared_roles x \
         WHERE x.client_id = g.client_id AND x.expires_at > $2) AS shared_role_ends, "
    };
}

const BY_ACCESS_TOKEN: &str = concat!(
    "SELECT ",
    access_token_columns!(),
    ", g.account_id, g.claims, g.act, a.last_seen_at, ",
    claims_columns!("t", ""),
    " FROM access_tokens t JOIN grants g ON g.id = t.grant_id",
    claims_joins!("t"),
    " LEFT JOIN sessions s ON s.id = g.session_id \
     WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL AND ",
    grant_live!("$2")
);

const BY_PROXY_TOKEN: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    claims_columns!("t", ""),
    " FROM access_tokens t JOIN grants g ON g.id = t.grant_id JOIN sessions s ON s.id = g.session_id",
    claims_joins!("t"),
    " WHERE t.token_hash = $1 AND t.client_id = $3 AND t.audience = $4 AND t.expires_at > $2 \
     AND t.revoked_at IS NULL AND ",
    grant_live!("$2")
);

const BY_CODE: &str = concat!(
    "SELECT ",
    grant_columns!(),
    ", ",
    bounds_columns!(),
    claims_columns!("g", " OR $3"),
    " FROM grants g",
    claims_joins!("g"),
    " WHERE g.code_hash = $1"
);

const BY_REFRESH_TOKEN: &str = concat!(
    "SELECT ",
    grant_columns!(),
    ", ",
    "r.expires_at AS token_expires_at, r.rotated_at, a.last_seen_at, ",
    bounds_columns!(),
    claims_columns!("g", " OR $3"),
    " FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id",
    claims_joins!("g"),
    " WHERE r.token_hash = $1"
);

read_row! {
    /// A valid access token of a user with their claims.
    #[derive(Clone, Debug)]
    TokenGrant {
        /// The token.
        token flatten: AccessToken,
        /// The user.
        account_id: AccountId,
        /// The `claims` parameter of its grant.
        claims: String,
        /// Who acts as the user, as the grant stores it.
        act: Option<String>,
        /// When the user was last seen.
        last_seen_at: Option<Time>,
        /// The user's claims.
        person flatten: ClaimsRow,
    }
}

/// The access token with this hash, if it is a user's, and neither it nor its grant has expired or been revoked.
pub async fn by_access_token(
    conn: &mut Conn,
    token: &TokenHash,
    now: Time,
) -> Result<Option<TokenGrant>, Error> {
    query_opt!(conn, TokenGrant, BY_ACCESS_TOKEN, token, now)
}

read_row! {
    /// A visitor of a website behind a reverse proxy.
    #[derive(Clone, Debug)]
    ProxyVisitor {
        /// Their session here.
        session flatten: Session,
        /// Their claims.
        person flatten: ClaimsRow,
    }
}

/// The visitor with this token in the cookie of an app's website, if neither the token nor its grant has ended. The
/// caller checks the rest of the session, such as its age.
pub async fn by_proxy_token(
    conn: &mut Conn,
    token: &TokenHash,
    app: &ClientId,
    origin: &str,
    now: Time,
) -> Result<Option<ProxyVisitor>, Error> {
    query_opt!(conn, ProxyVisitor, BY_PROXY_TOKEN, token, now, app, origin)
}

/// The times that a new token must not outlive.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    valid_until: Option<Time>,
    membership_ends: Option<Time>,
    role_ends: Option<Time>,
    /// When the first role for the app that is shared with any group or team expires.
    shared_role_ends: Option<Time>,
}

from_row!(Bounds {
    valid_until,
    membership_ends,
    role_ends,
    shared_role_ends
});

impl Bounds {
    /// The earliest of `until` and the ends of the account's validity, memberships and roles.
    #[must_use]
    pub fn cap(self, until: Time) -> Time {
        let bounds = [
            self.valid_until,
            self.membership_ends,
            self.role_ends,
            self.shared_role_ends,
        ];
        bounds.into_iter().flatten().fold(until, Time::min)
    }
}

read_row! {
    /// The grant of an authorization code with its user's claims.
    #[derive(Clone, Debug)]
    CodeGrant {
        /// The grant.
        grant flatten: Grant,
        /// The times that its tokens must not outlive.
        bounds flatten: Bounds,
        /// The user's claims.
        person flatten: ClaimsRow,
    }
}

const OF_ACCOUNT: &str = concat!(
    "SELECT ",
    claims_columns!("g", ""),
    " FROM (SELECT id AS account_id, $3 AS client_id, TRUE AS wants_groups, TRUE AS wants_roles, TRUE AS wants_teams, \
     TRUE AS wants_email FROM accounts WHERE id = $1) g",
    claims_joins!("g"),
);

/// The claims of an account for an app, without a token.
pub async fn of_account(
    conn: &mut Conn,
    account: &AccountId,
    app: &ClientId,
    now: Time,
) -> Result<Option<ClaimsRow>, Error> {
    query_opt!(conn, ClaimsRow, OF_ACCOUNT, account, now, app)
}

/// The grant of an authorization code, in any state. Groups, roles and teams are read too if `with_memberships`, since
/// the app's access rule or its claims need them then.
pub async fn by_code(
    conn: &mut Conn,
    code: &TokenHash,
    with_memberships: bool,
    now: Time,
) -> Result<Option<CodeGrant>, Error> {
    query_opt!(conn, CodeGrant, BY_CODE, code, now, with_memberships)
}

read_row! {
    /// A refresh token with its user's claims.
    #[derive(Clone, Debug)]
    RefreshGrant {
        /// The token with its grant.
        token flatten: RefreshToken,
        /// When the user was last seen.
        last_seen_at: Option<Time>,
        /// The times that its tokens must not outlive.
        bounds flatten: Bounds,
        /// The user's claims.
        person flatten: ClaimsRow,
    }
}

/// The refresh token with this hash and its grant, in any state; `with_memberships` as for [`by_code`].
pub async fn by_refresh_token(
    conn: &mut Conn,
    token: &TokenHash,
    with_memberships: bool,
    now: Time,
) -> Result<Option<RefreshGrant>, Error> {
    query_opt!(conn, RefreshGrant, BY_REFRESH_TOKEN, token, now, with_memberships)
}
