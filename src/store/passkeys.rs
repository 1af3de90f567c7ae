//! Passkeys: second factors that can also sign in alone.

use super::second_factors::refresh;
use super::{Conn, Error, Tx};
use crate::clock::Time;
use crate::model::second_factor::Passkey;
use crate::model::{AccountId, PasskeyId};

/// The passkeys of an account, the oldest first.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<Passkey>, Error> {
    query_all!(
        conn,
        Passkey,
        select!(
            passkey_columns,
            "FROM passkeys k WHERE k.account_id = $1 ORDER BY k.id"
        ),
        account
    )
}

read_row! {
    /// A passkey with what verifies its signatures.
    #[derive(Clone, Debug)]
    StoredPasskey {
        /// Its id here.
        id: PasskeyId,
        /// Whose it is.
        account_id: AccountId,
        /// The public key, the signature counter and the flags, as JSON.
        credential: String,
    }
}

/// The passkey with this credential id.
pub async fn by_credential_id(conn: &mut Conn, credential_id: &[u8]) -> Result<Option<StoredPasskey>, Error> {
    query_opt!(
        conn,
        StoredPasskey,
        "SELECT id, account_id, credential FROM passkeys WHERE credential_id = $1",
        credential_id
    )
}

/// Stores a passkey; yields false if anybody has one with its credential id.
pub async fn add(
    tx: &mut Tx,
    account: &AccountId,
    passkey: &Passkey,
    credential: &str,
) -> Result<bool, Error> {
    let added = any_affected!(
        tx,
        "INSERT INTO passkeys (id, account_id, credential_id, credential, name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        &passkey.id,
        account,
        passkey.credential_id.as_slice(),
        credential,
        &passkey.name,
        passkey.created_at
    )?;
    refresh(tx, account).await?;
    Ok(added)
}

/// Renames a passkey of an account; yields false if there is none with this id.
pub async fn rename(tx: &mut Tx, account: &AccountId, id: &PasskeyId, name: &str) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE passkeys SET name = $3 WHERE id = $1 AND account_id = $2",
        id,
        account,
        name
    )
}

/// Removes a passkey of an account; yields false if there is none with this id.
pub async fn remove(tx: &mut Tx, account: &AccountId, id: &PasskeyId) -> Result<bool, Error> {
    let removed = any_affected!(
        tx,
        "DELETE FROM passkeys WHERE id = $1 AND account_id = $2",
        id,
        account
    )?;
    refresh(tx, account).await?;
    Ok(removed)
}

/// Stores the credential after a signature; yields false if the passkey was removed or used meanwhile.
pub async fn mark_used(tx: &mut Tx, old: &StoredPasskey, credential: &str, now: Time) -> Result<bool, Error> {
    any_affected!(
        tx,
        "UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE id = $1 AND credential = $2",
        &old.id,
        &old.credential,
        credential,
        now
    )
}
