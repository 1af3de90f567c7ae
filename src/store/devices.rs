//! Devices: the browsers in which people have signed in, each for one account.

use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::device::{Device, MAX_DEVICES};
use crate::model::{AccountId, DeviceId};

/// How many devices of an account are kept, the ones that signed in last.
const KEPT: i64 = 20;

/// The devices with these tokens, all of one browser.
pub async fn by_tokens(conn: &mut Conn, tokens: &[TokenHash; MAX_DEVICES]) -> Result<Vec<Device>, Error> {
    let [first, second, third, fourth, fifth] = tokens;
    query_all!(
        conn,
        Device,
        select!(
            device_columns,
            "FROM devices d WHERE d.token_hash IN ($1, $2, $3, $4, $5)"
        ),
        first,
        second,
        third,
        fourth,
        fifth
    )
}

read_row! {
    /// A device as its owner or an administrator sees it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    DeviceSummary {
        /// Its id.
        id: DeviceId,
        /// When it first signed in.
        created_at: Time,
        /// When it last signed in.
        seen_at: Time,
        /// The browser's IP address at that time.
        client_address: String,
        /// The browser's `User-Agent` at that time.
        user_agent: String,
        /// Until when its owner trusts it, if they do or did.
        trusted_until: Option<Time>,
    }
}

/// The devices of an account, the one that signed in last first.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<DeviceSummary>, Error> {
    query_all!(
        conn,
        DeviceSummary,
        "SELECT id, created_at, seen_at, client_address, user_agent, trusted_until FROM devices \
         WHERE account_id = $1 ORDER BY seen_at DESC, id DESC",
        account
    )
}

/// A sign-in of an account in a browser.
pub struct SignIn<'a> {
    /// The account.
    pub account_id: &'a AccountId,
    /// The browser's IP address.
    pub client_address: &'a str,
    /// The browser's `User-Agent`.
    pub user_agent: &'a str,
    /// When it happens.
    pub at: Time,
    /// Until when the owner of the account trusts the browser, if they choose to.
    pub trusted_until: Option<Time>,
}

/// Stores a device that signs in for the first time, and deletes those beyond the number that is kept.
pub async fn insert(
    tx: &mut Tx,
    id: &DeviceId,
    token: &TokenHash,
    sign_in: &SignIn<'_>,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO devices (id, account_id, token_hash, created_at, seen_at, client_address, user_agent, \
         trusted_until) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
        id,
        sign_in.account_id,
        token,
        sign_in.at,
        sign_in.client_address,
        sign_in.user_agent,
        sign_in.trusted_until
    )?;
    execute!(
        tx,
        "DELETE FROM devices WHERE account_id = $1 AND id NOT IN (SELECT id FROM devices WHERE account_id = $1 \
         ORDER BY seen_at DESC, id DESC LIMIT $2)",
        sign_in.account_id,
        KEPT
    )
}

/// Records that a device has signed in again.
pub async fn mark_seen(tx: &mut Tx, id: &DeviceId, sign_in: &SignIn<'_>) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE devices SET seen_at = $2, client_address = $3, user_agent = $4 WHERE id = $1",
        id,
        sign_in.at,
        sign_in.client_address,
        sign_in.user_agent
    )
}

/// Trusts a device and gives it a new token.
pub async fn trust(tx: &mut Tx, id: &DeviceId, token: &TokenHash, until: Time) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE devices SET token_hash = $2, trusted_until = $3 WHERE id = $1",
        id,
        token,
        until
    )
}

/// Stops trusting the devices of an account.
pub async fn distrust_all(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE devices SET trusted_until = NULL WHERE account_id = $1 AND trusted_until IS NOT NULL",
        account
    )
}

/// Deletes a device of this account; yields false if there is none.
pub async fn delete(tx: &mut Tx, account: &AccountId, id: &DeviceId) -> Result<bool, Error> {
    any_affected!(
        tx,
        "DELETE FROM devices WHERE id = $2 AND account_id = $1",
        account,
        id
    )
}
