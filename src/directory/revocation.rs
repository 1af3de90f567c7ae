//! Ends sessions and grants; nothing else does. Ending all sessions of an account, or all but one, also ends the trust
//! in its devices.
//!
//! Redeeming a code, rotating a refresh token and deleting expired rows do not count as ending. The functions
//! take a transaction, so that sign-ins and endpoints can call them in their own transactions.

use super::context::TxNow;
use super::{ChangeContext, Failure, logouts};
use crate::model::session::EndReason;
use crate::model::{AccountId, ClientId, GrantId, SessionId};
use crate::store::grants::OfflineGrant;
use crate::store::{
    Error, Tx, app_sessions, device_codes, devices, grants, logouts as receipts, one_time, sessions, tokens,
};

/// Ends every session and every grant of an account.
pub async fn end_all((tx, now): TxNow<'_>, account: &AccountId, reason: EndReason) -> Result<(), Error> {
    sessions::end_all(tx, account, reason, now).await?;
    devices::distrust_all(tx, account).await?;
    let offline = grants::offline(tx, account, None, now).await?;
    grants::revoke_all(tx, account, now).await?;
    end_acted_by((tx, now), account, offline).await
}

/// Ends every session of an account except one, and every grant that was not issued in that one.
pub async fn end_others(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    kept: &SessionId,
    reason: EndReason,
) -> Result<(), Error> {
    let offline = grants::offline(tx, account, Some(kept), now).await?;
    grants::revoke_others(tx, account, kept, now).await?;
    end_sessions_but((tx, now), account, (kept, reason), offline).await
}

/// Ends every session of an account except one; grants stay.
pub async fn end_other_sessions(
    tx_now: TxNow<'_>,
    account: &AccountId,
    kept: &SessionId,
    reason: EndReason,
) -> Result<(), Error> {
    end_sessions_but(tx_now, account, (kept, reason), Vec::new()).await
}

async fn end_sessions_but(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    (kept, reason): (&SessionId, EndReason),
    offline: Vec<OfflineGrant>,
) -> Result<(), Error> {
    sessions::end_others(tx, account, kept, reason, now).await?;
    devices::distrust_all(tx, account).await?;
    end_acted_by((tx, now), account, offline).await
}

/// Ends what somebody may no longer do after they have lost a role or left a group or a team: acting as somebody else,
/// and being signed in to apps that do not let them in any more. Their own sessions here stay.
pub(super) async fn end_lost_rights(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
) -> Result<(), Failure> {
    end_acting(context.tx_now(), account).await?;
    logouts::queue_for_account(context, account).await
}

/// Ends every session in which an account acts as somebody else, and its secrets for that.
pub async fn end_acting((tx, now): TxNow<'_>, account: &AccountId) -> Result<(), Error> {
    end_acted_by((tx, now), account, Vec::new()).await
}

/// Ends every session in which another account acts as the owner of this one, who gets more rights and may then have
/// more than the other. Whoever still may begins again.
pub async fn end_acted_as((tx, now): TxNow<'_>, account: &AccountId) -> Result<(), Error> {
    sessions::end_acted_as(tx, account, now).await?;
    let ended = app_sessions::take_ended(tx, account).await?;
    logouts::queue((tx, now), ended, Vec::new()).await
}

/// As [`end_acting`]. Then it tells the apps of the account's ended sessions and of these ended grants.
async fn end_acted_by(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    offline: Vec<OfflineGrant>,
) -> Result<(), Error> {
    one_time::revoke_made_by(tx, account, now).await?;
    sessions::end_acted_by(tx, account, now).await?;
    let ended = app_sessions::take_ended(tx, account).await?;
    logouts::queue((tx, now), ended, offline).await
}

/// Ends a session if it belongs to this account; yields whether it was open.
pub async fn end_session_of(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    session: &SessionId,
    reason: EndReason,
) -> Result<bool, Error> {
    let was_open = sessions::end_one(tx, account, session, reason, now).await?;
    if was_open {
        end_acted_since((tx, now), session).await?;
    }
    Ok(was_open)
}

/// Ends a session; yields whether it was open.
pub async fn end_session(
    (tx, now): TxNow<'_>,
    session: &SessionId,
    reason: EndReason,
) -> Result<bool, Error> {
    let was_open = sessions::end(tx, session, reason, now).await?;
    end_acted_since((tx, now), session).await?;
    Ok(was_open)
}

/// Ends a session that another one of the same account replaces in its browser. The user stays signed in to the apps,
/// which are told when the new session ends.
pub async fn replace_session((tx, now): TxNow<'_>, old: &SessionId, new: &SessionId) -> Result<(), Error> {
    app_sessions::hand_over(tx, old, new).await?;
    end_session((tx, now), old, EndReason::Replaced).await?;
    Ok(())
}

/// Ends what somebody began in a session by acting as somebody else. Then it tells the apps of every session that
/// ended.
async fn end_acted_since((tx, now): TxNow<'_>, session: &SessionId) -> Result<(), Error> {
    one_time::revoke_made_in(tx, session, now).await?;
    sessions::end_acted_since(tx, session, now).await?;
    let ended = app_sessions::take_ended_in(tx, session).await?;
    logouts::queue((tx, now), ended, Vec::new()).await
}

/// Revokes a grant with every token that was issued from it.
pub async fn end_grant((tx, now): TxNow<'_>, grant: &GrantId) -> Result<(), Error> {
    grants::revoke(tx, grant, now).await
}

/// Revokes every grant of an account to an app; yields how many.
pub async fn end_grants_of_client(
    (tx, now): TxNow<'_>,
    account: &AccountId,
    client: &ClientId,
) -> Result<u64, Error> {
    grants::revoke_for_app(tx, account, client, now).await
}

/// Deletes everything that an app was granted: device codes, grants, sessions and tokens; and the receipts of sign-outs
/// from it.
pub async fn delete_grants_of_client(tx: &mut Tx, client: &ClientId) -> Result<(), Error> {
    device_codes::delete_for_app(tx, client).await?;
    grants::delete_for_app(tx, client).await?;
    app_sessions::delete_for_app(tx, client).await?;
    receipts::delete_for_app(tx, client).await?;
    tokens::delete_for_app(tx, client).await
}
