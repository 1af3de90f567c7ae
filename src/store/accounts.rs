//! Accounts: their identity, status, profile and validity.

use crate::model::account::{Account, Profile};

use super::{Conn, Error, Json, Tx};
use crate::clock::Time;
use crate::model::AccountId;

/// The account with this id.
pub async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        select!(account_columns, "FROM accounts a WHERE a.id = $1"),
        id
    )
}

/// Increments an account's version and reads the account. Any other transaction that does the same waits
/// until this one ends.
pub async fn next_version(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, Error> {
    let known = rows_affected!(tx, "UPDATE accounts SET version = version + 1 WHERE id = $1", id)?;
    if known == 0 { Ok(None) } else { by_id(tx, id).await }
}

/// The account with this number.
pub async fn by_number(conn: &mut Conn, number: i64) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        select!(account_columns, "FROM accounts a WHERE a.number = $1"),
        number
    )
}

/// The account with this folded username or verified e-mail address.
pub async fn by_sign_in_name(conn: &mut Conn, key: &str) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        select!(
            account_columns,
            "FROM accounts a WHERE a.username_key = $1 \
         OR a.id = (SELECT account_id FROM emails WHERE address_key = $1 AND verified)"
        ),
        key
    )
}

/// A page of all accounts, by number, after `after_number`.
pub async fn page(conn: &mut Conn, after_number: i64, limit: i64) -> Result<Vec<Account>, Error> {
    query_all!(
        conn,
        Account,
        select!(
            account_columns,
            "FROM accounts a WHERE a.number > $1 ORDER BY a.number LIMIT $2"
        ),
        after_number,
        limit
    )
}

/// Whether there is any account yet.
pub async fn any(conn: &mut Conn) -> Result<bool, Error> {
    Ok(query_opt!(conn, (i64,), "SELECT number FROM accounts LIMIT 1")?.is_some())
}

/// Whether an account has this folded username.
pub async fn has_username(conn: &mut Conn, key: &str) -> Result<bool, Error> {
    let found = query_opt!(
        conn,
        (i64,),
        "SELECT number FROM accounts WHERE username_key = $1",
        key
    )?;
    Ok(found.is_some())
}

/// The number of the next account. Other transactions that need one wait until this one ends.
pub async fn next_number(tx: &mut Tx) -> Result<i64, Error> {
    super::counters::next(tx, super::counters::NUMBERS).await?;
    query_one!(tx, (i64,), "SELECT COALESCE(MAX(number) + 1, 0) FROM accounts").map(|(number,)| number)
}

/// Adds an account; yields false if its folded username is taken.
pub async fn insert(tx: &mut Tx, account: &Account, username_key: &str) -> Result<bool, Error> {
    any_affected!(
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
        Json(&account.profile),
        account.created_at,
        account.updated_at,
    )
}

/// Stores the client network of a registration, until the account is approved.
pub async fn set_registered_from(tx: &mut Tx, id: &AccountId, network: &str) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET registered_from = $2 WHERE id = $1",
        id,
        network
    )
}

/// The client network from which a pending account was registered.
pub async fn registered_from(tx: &mut Tx, id: &AccountId) -> Result<Option<String>, Error> {
    let found = query_opt!(
        tx,
        (Option<String>,),
        "SELECT registered_from FROM accounts WHERE id = $1",
        id
    )?;
    Ok(found.and_then(|(network,)| network))
}

/// Approves a pending account.
pub async fn approve(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET status = 'active', registered_from = NULL, updated_at = $2 \
         WHERE id = $1 AND status = 'pending'",
        id,
        now
    )
}

/// Sets an account's name and its other standard claims; yields whether the account exists.
pub async fn set_profile(
    tx: &mut Tx,
    id: &AccountId,
    name: &str,
    profile: &Profile,
    now: Time,
) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE accounts SET name = $2, profile = $3, updated_at = $4 WHERE id = $1",
        id,
        name,
        Json(profile),
        now
    )
}

/// Suspends an account; [`lift_suspension`] restores its status.
pub async fn suspend(tx: &mut Tx, id: &AccountId, reason: &str, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET status_before_suspension = status, status = 'suspended', status_reason = $2, \
         updated_at = $3 WHERE id = $1",
        id,
        reason,
        now
    )
}

/// Gives a suspended account the status that it had before.
pub async fn lift_suspension(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET status = COALESCE(status_before_suspension, 'active'), status_before_suspension = NULL, \
         status_reason = NULL, updated_at = $2 WHERE id = $1 AND status = 'suspended'",
        id,
        now
    )
}

/// Marks an account as deleted and releases its username; [`restore`] undoes both.
pub async fn delete(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET status_before_deletion = status, status = 'deleted', updated_at = $2, deleted_at = $2, \
         username_key = 'deleted ' || id || ' ' || username_key WHERE id = $1",
        id,
        now
    )
}

/// Restores a deleted account with the username and the status that it had before; yields false if another
/// account uses the username now.
pub async fn restore(tx: &mut Tx, id: &AccountId, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE accounts SET status = COALESCE(status_before_deletion, 'active'), status_before_deletion = NULL, updated_at = $2, \
         deleted_at = NULL, username_key = SUBSTR(username_key, LENGTH(id) + 10) \
         WHERE id = $1 AND status = 'deleted' \
         AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.username_key = SUBSTR(accounts.username_key, \
         LENGTH(accounts.id) + 10))",
        id,
        now
    )
}

/// Updates when an account was last seen, if the stored time is not later than `before`.
pub async fn mark_seen(tx: &mut Tx, id: &AccountId, before: Time, now: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE accounts SET last_seen_at = $3 WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at <= $2)",
        id,
        before,
        now
    )
}

/// The numbers and usernames of the accounts among these ids.
pub async fn usernames(conn: &mut Conn, mut ids: Vec<&str>) -> Result<Vec<(AccountId, i64, String)>, Error> {
    const LENGTH: usize = 36;
    ids.retain(|id| id.len() == LENGTH && id.is_ascii());
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // The two databases have no common way to bind an array, so one text carries all ids, 36 characters each.
    query_all!(
        conn,
        (AccountId, i64, String),
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
         SELECT a.id, a.number, a.username FROM n JOIN accounts a ON a.id = substr($2, n.i * 36 + 1, 36)",
        i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids.concat()
    )
}

/// Activates an invited account; yields false if its status is another one by now.
pub async fn activate_invited(tx: &mut Tx, id: &AccountId, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE accounts SET status = 'active', updated_at = $2 WHERE id = $1 AND status = 'invited'",
        id,
        now
    )
}

/// Sets the validity dates of an account.
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
}

/// Updates `updated_at`, which apps receive as a claim.
pub async fn touch(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(tx, "UPDATE accounts SET updated_at = $2 WHERE id = $1", id, now)
}
