//! Accounts: who people are to the apps.

use crate::model::account::{Account, Profile, Status};

use super::{Conn, Error, Json, Tx};
use crate::clock::Time;
use crate::model::AccountId;

/// The account with this id.
pub async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1"),
        id
    )
}

/// Counts the version of an account up and reads it; whoever else does so waits until this transaction has ended.
pub async fn next_version(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, Error> {
    let known = execute!(tx, "UPDATE accounts SET version = version + 1 WHERE id = $1", id)?;
    if known == 0 { Ok(None) } else { by_id(tx, id).await }
}

/// The account with this number.
pub async fn by_number(conn: &mut Conn, number: i64) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.number = $1"
        ),
        number
    )
}

/// The account that signs in as this folded user name or e-mail address.
pub async fn by_sign_in_name(conn: &mut Conn, key: &str) -> Result<Option<Account>, Error> {
    query_opt!(
        conn,
        Account,
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.username_key = $1 \
         OR a.id = (SELECT account_id FROM emails WHERE address_key = $1 AND verified)"
        ),
        key
    )
}

/// Every account, by number.
pub async fn page(conn: &mut Conn, after_number: i64, limit: i64) -> Result<Vec<Account>, Error> {
    query_all!(
        conn,
        Account,
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.number > $1 ORDER BY a.number LIMIT $2"
        ),
        after_number,
        limit
    )
}

/// Whether there is any account yet.
pub async fn any(conn: &mut Conn) -> Result<bool, Error> {
    Ok(query_opt!(conn, (i64,), "SELECT number FROM accounts LIMIT 1")?.is_some())
}

/// The number of the next account; others who ask wait until this transaction has ended.
pub async fn next_number(tx: &mut Tx) -> Result<i64, Error> {
    super::counters::next(tx, super::counters::NUMBERS).await?;
    query_one!(tx, (i64,), "SELECT COALESCE(MAX(number) + 1, 0) FROM accounts").map(|(number,)| number)
}

/// Adds an account; yields whether it was added, which it is not when the folded user name is taken.
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
        Json(&account.profile),
        account.created_at,
        account.updated_at,
    )?;
    Ok(added == 1)
}

/// Changes whether an account may be used.
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
pub async fn set_profile(
    tx: &mut Tx,
    id: &AccountId,
    name: &str,
    profile: &Profile,
    now: Time,
) -> Result<bool, Error> {
    let changed = execute!(
        tx,
        "UPDATE accounts SET name = $2, profile = $3, updated_at = $4 WHERE id = $1",
        id,
        name,
        Json(profile),
        now
    )?;
    Ok(changed == 1)
}

/// Frees the user name of an account that is deleted.
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
pub async fn touch(tx: &mut Tx, id: &AccountId, now: Time) -> Result<(), Error> {
    execute!(tx, "UPDATE accounts SET updated_at = $2 WHERE id = $1", id, now).map(|_| ())
}
