//! Accounts: who people are to the apps.

use serde::{Deserialize, Serialize};

use super::values::text_enum;
use super::{AccountId, Conn, Error, Json, Tx};
use crate::clock::Time;

text_enum! {
    /// Whether an account may be used.
    Status {
        /// Asked to join, and not yet done so.
        Invited = "invited",
        /// Registered, and waiting for an administrator's approval.
        Pending = "pending",
        /// In use.
        Active = "active",
        /// Locked by an administrator; nothing of it is lost.
        Suspended = "suspended",
        /// Removed, and restorable for a time.
        Deleted = "deleted",
    }
}

/// A postal address (OIDC Core section 5.1.1); every part is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The whole address, ready to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house number and what else stands above the town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State, province or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// The standard claims of a person beyond name, user name and e-mail (OIDC Core section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is the claim of its name in OIDC Core section 5.1"
)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// Its id, and its `sub` where subjects are public.
    pub id: AccountId,
    /// Counted from 0 in the order of creation.
    pub number: i64,
    /// As typed when it was made.
    pub username: String,
    /// Whether it may be used.
    pub status: Status,
    /// Why it may not.
    pub status_reason: Option<String>,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Json<Profile>,
    /// When it was made.
    pub created_at: Time,
    /// When what apps see of it last changed.
    pub updated_at: Time,
    /// When it was last seen, give or take a few minutes.
    pub last_seen_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
    /// From when on it may be used.
    pub valid_from: Option<Time>,
    /// Until when it may be used.
    pub valid_until: Option<Time>,
    /// Who keeps its name and password: [`LOCAL`], or the directory that it comes from.
    pub source: String,
}

/// The source of accounts that are kept here.
pub const LOCAL: &str = "local";

impl Account {
    /// Whether its owner may sign in at this moment.
    #[must_use]
    pub fn is_usable(&self, now: Time) -> bool {
        self.status == Status::Active
            && self.valid_from.is_none_or(|from| from <= now)
            && self.valid_until.is_none_or(|until| until > now)
    }
}

/// The account with this id.
///
/// # Errors
/// When the database fails.
pub async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        "SELECT id, number, username, status, status_reason, name, profile, created_at, updated_at, \
         last_seen_at, deleted_at, valid_from, valid_until, source FROM accounts WHERE id = $1",
        id
    )
}

/// The account with this number.
///
/// # Errors
/// When the database fails.
pub async fn by_number(conn: &mut Conn, number: i64) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        "SELECT id, number, username, status, status_reason, name, profile, created_at, updated_at, \
         last_seen_at, deleted_at, valid_from, valid_until, source FROM accounts WHERE number = $1",
        number
    )
}

/// The account that signs in as this folded user name or e-mail address.
///
/// # Errors
/// When the database fails.
pub async fn by_sign_in_name(conn: &mut Conn, key: &str) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        "SELECT id, number, username, status, status_reason, name, profile, created_at, updated_at, \
         last_seen_at, deleted_at, valid_from, valid_until, source FROM accounts WHERE username_key = $1 \
         OR id = (SELECT account_id FROM emails WHERE address_key = $1 AND verified)",
        key
    )
}

/// Every account, by number.
///
/// # Errors
/// When the database fails.
pub async fn page(conn: &mut Conn, after_number: i64, limit: i64) -> Result<Vec<Account>, Error> {
    query_all!(
        conn,
        Account,
        "SELECT id, number, username, status, status_reason, name, profile, created_at, updated_at, \
         last_seen_at, deleted_at, valid_from, valid_until, source FROM accounts WHERE number > $1 ORDER BY number LIMIT $2",
        after_number,
        limit
    )
}

/// Whether there is any account yet.
///
/// # Errors
/// When the database fails.
pub async fn any(conn: &mut Conn) -> Result<bool, Error> {
    Ok(query_opt!(conn, (i64,), "SELECT number FROM accounts LIMIT 1")?.is_some())
}

/// The number of the next account; others who ask wait until this transaction has ended.
///
/// # Errors
/// When the database fails.
pub async fn next_number(tx: &mut Tx) -> Result<i64, Error> {
    super::counters::next(tx, "numbers").await?;
    query_one!(tx, (i64,), "SELECT COALESCE(MAX(number) + 1, 0) FROM accounts").map(|(number,)| number)
}

/// Adds an account; yields whether it was added, which it is not when the folded user name is taken.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, account: &Account, username_key: &str) -> Result<bool, Error> {
    let added = execute!(
        tx,
        "INSERT INTO accounts (id, number, username, username_key, status, status_reason, name, profile, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (username_key) DO NOTHING",
        &account.id,
        account.number,
        &account.username,
        username_key,
        account.status,
        &account.status_reason,
        &account.name,
        &account.profile,
        account.created_at,
        account.updated_at,
    )?;
    Ok(added == 1)
}

/// Changes whether an account may be used.
///
/// # Errors
/// When the database fails.
pub async fn set_status(
    tx: &mut Tx,
    id: &AccountId,
    status: Status,
    reason: Option<&str>,
    now: Time,
) -> Result<bool, Error> {
    let changed = execute!(
        tx,
        "UPDATE accounts SET status = $2, status_reason = $3, updated_at = $4 WHERE id = $1",
        id,
        status,
        reason,
        now
    )?;
    Ok(changed == 1)
}

/// Changes the name and the other standard claims of an account; yields whether there is one.
///
/// # Errors
/// When the database fails.
pub async fn set_profile(
    tx: &mut Tx,
    id: &AccountId,
    name: &str,
    profile: &Json<Profile>,
    now: Time,
) -> Result<bool, Error> {
    let changed = execute!(
        tx,
        "UPDATE accounts SET name = $2, profile = $3, updated_at = $4 WHERE id = $1",
        id,
        name,
        profile,
        now
    )?;
    Ok(changed == 1)
}

/// Frees the user name of an account that is deleted.
///
/// # Errors
/// When the database fails.
pub async fn free_name(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET username_key = 'deleted ' || id || ' ' || username_key, deleted_at = $2 WHERE id = $1",
        id,
        now
    )
    .map(|_| ())
}

/// Gives a deleted account its user name again; yields false if another one has it now.
///
/// # Errors
/// When the database fails.
pub async fn take_name_again(tx: &mut Tx, id: &AccountId) -> Result<bool, Error> {
    let taken = execute!(
        tx,
        "UPDATE accounts SET username_key = SUBSTR(username_key, LENGTH(id) + 10), deleted_at = NULL WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.username_key = SUBSTR(accounts.username_key, \
         LENGTH(accounts.id) + 10))",
        id
    )?;
    Ok(taken == 1)
}

/// Notes that an account was seen, if the last note is older than `before`.
///
/// # Errors
/// When the database fails.
pub async fn seen(tx: &mut Tx, id: &AccountId, before: Time, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET last_seen_at = $3 WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at <= $2)",
        id,
        before,
        now
    )
    .map(|_| ())
}

/// The number and the user name of each of these ids that is an account's.
///
/// # Errors
/// When the database fails.
pub async fn named(conn: &mut Conn, mut ids: Vec<&str>) -> Result<Vec<(AccountId, i64, String)>, Error> {
    const LENGTH: usize = 36;
    ids.retain(|id| id.len() == LENGTH && id.is_ascii());
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // One statement for all of them, cut from one text.
    query_all!(
        conn,
        (AccountId, i64, String),
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
         SELECT a.id, a.number, a.username FROM n JOIN accounts a ON a.id = substr($2, n.i * 36 + 1, 36)",
        i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids.concat()
    )
}

/// Puts an account that waited for its first password into use; yields whether it still waited.
///
/// # Errors
/// When the database fails.
pub async fn activate_invited(tx: &mut Tx, id: &AccountId, now: Time) -> Result<bool, Error> {
    let changed = execute!(
        tx,
        "UPDATE accounts SET status = 'active', updated_at = $2 WHERE id = $1 AND status = 'invited'",
        id,
        now
    )?;
    Ok(changed == 1)
}

/// Sets from when and until when an account may be used.
///
/// # Errors
/// When the database fails.
pub async fn set_validity(
    tx: &mut Tx,
    id: &AccountId,
    from: Option<Time>,
    until: Option<Time>,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET valid_from = $2, valid_until = $3 WHERE id = $1",
        id,
        from,
        until
    )
    .map(|_| ())
}

/// Notes that what apps see of an account has changed.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(tx, "UPDATE accounts SET updated_at = $2 WHERE id = $1", id, now).map(|_| ())
}
