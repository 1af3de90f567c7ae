//! Resets that the owner of an account completes: with a link, or with a code on the sign-in page.

use std::time::Duration;

use serde_json::json;

use super::guard::{ResetWay, check, is_host_only, require_reset};
use super::temporary::finish_reset;
use crate::clock::Time;
use crate::crypto::{HumanCode, MasterKey, Secret, Token, TokenHash};
use crate::directory::accounts::{AccountRef, NewPassword};
use crate::directory::{
    Actor, Authorization, Change, ChangeContext, Failure, Preparation, ReadContext, Who, names, operation,
};
use crate::events::emit;
use crate::model::account::{Account, LOCAL};
use crate::model::action::Action;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::reset::{Reset, ResetKind};
use crate::model::{AccountId, new_id};
use crate::store::accounts;
use crate::store::resets as store;

/// A reset that was just made.
#[derive(Debug)]
pub struct MadeReset<T> {
    /// The token of the link, or the code. It cannot be read again.
    pub secret: T,
    /// When the reset expires.
    pub until: Time,
    /// To how many addresses the link is mailed.
    pub mailed: usize,
}

/// The token of a reset's link. It follows from the id, so that queued mail contains no secret.
#[must_use]
pub fn link_token(master: &MasterKey, reset: &str) -> Token {
    Token::from_bytes(&master.mac("reset", &[reset.as_bytes()]))
}

/// Makes a link by which the owner of an account chooses a password, in place of other resets. It is mailed too, where
/// there is a mail server and a verified address.
pub struct MakeResetLink {
    account: AccountRef,
    id: String,
    token: Token,
}

impl MakeResetLink {
    /// A new link for an account.
    #[must_use]
    pub fn new(account: AccountRef, master: &MasterKey, now: Time) -> Self {
        let id = new_id(now);
        let token = link_token(master, &id);
        Self { account, id, token }
    }
}

impl Change for MakeResetLink {
    type Output = MadeReset<Token>;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<MadeReset<Token>, Failure> {
        let account = require_reset(context, &self.account, ResetWay::Link).await?;
        let hash = self.token.hash();
        let until = make(context, &account, self.id.clone(), ResetKind::Link, &hash).await?;
        let reset = self.id;
        let (tx, now) = context.tx_now();
        Ok(MadeReset {
            secret: self.token,
            until,
            mailed: emit(tx, &account, Event::ResetOffered { reset, until }, now).await?,
        })
    }
}

operation! {
    /// Makes a code with which the owner of an account chooses a password on the sign-in page, in place of other
    /// resets. Until the reset ends, the old password does not sign in.
    change MakeResetCode { account: AccountRef } -> MadeReset<Secret<String>>;
}

impl MakeResetCode {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<MadeReset<Secret<String>>, Failure> {
        let account = require_reset(context, &self.account, ResetWay::Code).await?;
        let code = HumanCode::long();
        let hash = HumanCode::hash_of(code.as_str());
        let id = new_id(context.now);
        let until = make(context, &account, id, ResetKind::Code, &hash).await?;
        Ok(MadeReset {
            secret: code.as_str().to_owned().into(),
            until,
            mailed: 0,
        })
    }
}

/// How long an account gets no second mail with a requested link, so that strangers cannot fill its owner's mailbox.
const PAUSE: Duration = Duration::from_mins(5);

/// Mails a link to choose a password to the account with a username or a verified address, if there is one that can
/// receive it. Nobody learns whether there is.
pub struct RequestReset {
    name: String,
    id: String,
    token: Token,
}

impl RequestReset {
    /// A new link for whoever has this name.
    #[must_use]
    pub fn new(name: String, master: &MasterKey, now: Time) -> Self {
        let id = new_id(now);
        let token = link_token(master, &id);
        Self { name, id, token }
    }
}

impl Change for RequestReset {
    type Output = ();

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let until = context.now + context.scheme.reset_lifetime();
        let (tx, now) = context.tx_now();
        let found = accounts::by_sign_in_name(tx, &names::folded(&self.name)).await?;
        let can_receive = |account: &Account| account.source == LOCAL && account.is_usable(now);
        let Some(account) = found.filter(can_receive) else {
            return Ok(());
        };
        // A concurrent request waits here, and then finds this one.
        context.locked_account(&account.id).await?;
        if store::link_requested_since(context.tx(), &account.id, now - PAUSE).await? {
            return Ok(());
        }
        let theirs = context.authority_of(&account.id).await?;
        if is_host_only(&context.scheme, &theirs) {
            return Ok(());
        }
        let reset = Reset {
            id: self.id.clone(),
            account_id: account.id.clone(),
            kind: ResetKind::Link,
            made_by: account.id.to_string(),
            created_at: now,
            expires_at: until,
        };
        let offered = Event::ResetOffered {
            reset: self.id,
            until,
        };
        let tx = context.tx();
        if emit(tx, &account, offered, now).await? == 0 {
            return Ok(());
        }
        store::insert(tx, &reset, &self.token.hash()).await?;
        let detail = json!({ "way": ResetKind::Link.as_str() });
        context
            .record(Action::ResetMake, account.id.as_str(), &detail)
            .await
    }
}

/// Stores a reset in place of others; yields when it expires.
async fn make(
    context: &mut ChangeContext<'_>,
    account: &Account,
    id: String,
    kind: ResetKind,
    secret: &TokenHash,
) -> Result<Time, Failure> {
    let expires_at = context.now + context.scheme.reset_lifetime();
    let made_by = context.actor.as_str().to_owned();
    let (tx, now) = context.tx_now();
    let reset = Reset {
        id,
        account_id: account.id.clone(),
        kind,
        made_by,
        created_at: now,
        expires_at,
    };
    store::end_all_of(tx, &account.id, now).await?;
    store::insert(tx, &reset, secret).await?;
    let detail = json!({ "way": kind.as_str() });
    context
        .record(Action::ResetMake, account.id.as_str(), &detail)
        .await?;
    Ok(expires_at)
}

/// A pending reset, with the account that it is for.
struct Pending {
    reset: Reset,
    account: Account,
}

/// The pending reset with this secret, unless its maker may no longer reset the account.
async fn pending(
    context: &mut ReadContext<'_>,
    secret: &TokenHash,
    kind: ResetKind,
) -> Result<Pending, Failure> {
    let now = context.now;
    let reset = store::pending(context.conn(), secret, kind, now).await?;
    let reset = reset.ok_or(Code::ResetEnded)?;
    let account = accounts::by_id(context.conn(), &reset.account_id).await?;
    let account = account.filter(|account| account.is_usable(now));
    let account = account.ok_or(Code::ResetEnded)?;
    ensure_maker_may(context, &reset).await.map_err(as_ended)?;
    Ok(Pending { reset, account })
}

/// Hides from the holder of a link why its maker may no longer reset the account.
fn as_ended(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(_) => Code::ResetEnded.into(),
        Failure::Database(_) => failure,
    }
}

/// Requires that whoever made a reset may still do so, or a link would outlive their permissions.
async fn ensure_maker_may(context: &mut ReadContext<'_>, reset: &Reset) -> Result<(), Failure> {
    let maker = reset.made_by.as_str();
    if maker == Actor::HOST.as_str() {
        return Ok(());
    }
    let (scheme, now) = (context.scheme.clone(), context.now);
    let theirs = context.authority_of(&reset.account_id).await?;
    if maker == reset.account_id.as_str() {
        if is_host_only(&scheme, &theirs) {
            return Err(Code::ResetOnHostOnly.into());
        }
        return Ok(());
    }
    let maker = AccountId(maker.to_owned());
    let person = accounts::by_id(context.conn(), &maker).await?;
    if !person.is_some_and(|person| person.is_usable(now)) {
        return Err(Code::ResetEnded.into());
    }
    let maker = Actor::new(Who::Account(maker), "");
    let authorization = Authorization::of(&maker, context.conn(), &scheme, now).await?;
    check(&authorization, &scheme, &theirs)
}

/// A pending reset as the holder of its link sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedReset {
    /// The username of the account.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
}

operation! {
    /// Reads the reset of a link.
    read GetReset { token: Token } -> OfferedReset;
}

impl GetReset {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<OfferedReset, Failure> {
        let pending = pending(context, &self.token.hash(), ResetKind::Link).await?;
        Ok(OfferedReset {
            username: pending.account.username,
            name: pending.account.name,
        })
    }
}

operation! {
    /// Sets the password of the account that a link is for, and ends the reset. Whoever has the link is authorized.
    change CompleteReset { token: Token, password: NewPassword } -> AccountId, prepared by check_and_hash;
}

impl CompleteReset {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        prepare(
            preparation,
            &self.token.hash(),
            ResetKind::Link,
            &mut self.password,
        )
        .await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountId, Failure> {
        complete(context, &self.token.hash(), ResetKind::Link, &self.password).await
    }
}

operation! {
    /// Sets the password of the account that a code is for, and ends the reset. Whoever has the code is authorized.
    change CompleteCodeReset {
        /// The code as typed.
        code: String,
        /// The account whose username was typed.
        account: AccountId,
        password: NewPassword,
    } -> AccountId, prepared by check_and_hash;
}

impl CompleteCodeReset {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let hash = HumanCode::hash_of(&self.code);
        let mut reader = preparation.reader().await?;
        let pending = pending(&mut reader.context(), &hash, ResetKind::Code).await?;
        drop(reader);
        if pending.account.id != self.account {
            return Err(Code::ResetEnded.into());
        }
        prepare(preparation, &hash, ResetKind::Code, &mut self.password).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountId, Failure> {
        let hash = HumanCode::hash_of(&self.code);
        complete(context, &hash, ResetKind::Code, &self.password).await
    }
}

async fn prepare(
    preparation: &Preparation<'_>,
    secret: &TokenHash,
    kind: ResetKind,
    password: &mut NewPassword,
) -> Result<(), Failure> {
    let mut reader = preparation.reader().await?;
    let scheme = reader.caller().scheme.clone();
    let pending = pending(&mut reader.context(), secret, kind).await?;
    drop(reader);
    password.prepare_for(&pending.account, &scheme, preparation).await
}

async fn complete(
    context: &mut ChangeContext<'_>,
    secret: &TokenHash,
    kind: ResetKind,
    password: &NewPassword,
) -> Result<AccountId, Failure> {
    let now = context.now;
    let found = store::pending(context.tx(), secret, kind, now).await?;
    let id = found.ok_or(Code::ResetEnded)?.account_id;
    // Locked before the guard is checked, so that no role can be granted in between.
    context.locked_account(&id).await?;
    let pending = pending(&mut context.reading(), secret, kind).await?;
    if !store::complete(context.tx(), &pending.reset.id, now).await? {
        return Err(Code::ResetEnded.into());
    }
    password.store(context, &id).await?;
    finish_reset(context, &pending.account, Action::AccountSetOwnPassword).await?;
    Ok(id)
}
