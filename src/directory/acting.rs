//! Acting as somebody else, and one-time sign-ins for an owner who has lost every other way to sign in.

use std::time::Duration;

use serde_json::json;

use super::accounts::{AccountRef, find};
use super::{Actor, Authorization, ChangeContext, Failure, Who, operation, schemes};
use crate::clock::Time;
use crate::crypto::{HumanCode, Secret};
use crate::events::emit;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::mail::Event;
use crate::model::one_time::{Acting, OneTimeKind, OneTimeSecret};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::session::Session;
use crate::model::{AccountId, new_id};
use crate::store::one_time as store;
use crate::store::{Conn, accounts, roles, sessions};

/// A secret that signs in once.
#[derive(Debug)]
pub struct NewOneTimeSecret {
    /// The username with which it signs in.
    pub username: String,
    /// The secret, which cannot be read again.
    pub secret: Secret<String>,
    /// When it expires.
    pub until: Time,
}

/// How long the secret of an owner works.
const OWNER_SECRET: Duration = Duration::from_mins(15);

operation! {
    /// Makes a secret with which an owner signs in once, without any second factor. Every owner is told.
    change MakeOwnerSignIn {
        /// Which owner; not needed if there is only one.
        account: Option<AccountRef>,
    } -> NewOneTimeSecret;
}

impl MakeOwnerSignIn {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<NewOneTimeSecret, Failure> {
        require_host(context)?;
        let (scheme, now) = (context.scheme.clone(), context.now);
        let owners = roles::holders(context.tx(), scheme.top_role(), now).await?;
        let account = match (self.account, owners.as_slice()) {
            (Some(account), _) => find(context.tx(), &account).await?.ok_or(Code::AccountNotFound)?,
            (None, [only]) => only.clone(),
            (None, _) => return Err(Code::OwnerAmbiguous.into()),
        };
        if !owners.iter().any(|owner| owner.id == account.id) {
            return Err(Code::NotAnOwner.into());
        }
        let made = make(context, &account, OneTimeKind::Owner, now + OWNER_SECRET).await?;
        let username = account.username.clone();
        for owner in &owners {
            let event = Event::OwnerSignIn {
                owner: username.clone(),
            };
            emit(context.tx(), owner, event, now).await?;
        }
        context
            .record(Action::OwnerSignIn, account.id.as_str(), &json!({}))
            .await?;
        Ok(made)
    }
}

operation! {
    /// Revokes every unused secret of an owner; yields how many.
    change RevokeOwnerSignIns -> u64;
}

impl RevokeOwnerSignIns {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<u64, Failure> {
        require_host(context)?;
        let (tx, now) = context.tx_now();
        Ok(store::revoke_kind(tx, OneTimeKind::Owner, now).await?)
    }
}

fn require_host(context: &ChangeContext<'_>) -> Result<(), Failure> {
    if *context.actor.who() == Who::Host {
        return Ok(());
    }
    Err(Code::PermissionMissing.into())
}

operation! {
    /// Makes a secret with which the actor signs in once as the owner of an account, for a limited time. The owner is
    /// told.
    change ActAs {
        account: AccountRef,
        /// The reason, which the owner of the account is told.
        reason: String,
        /// For how long.
        lifetime: Duration,
    } -> NewOneTimeSecret, requires AccountImpersonate;
}

/// The longest reason, in characters.
const MAX_REASON: usize = 200;

impl ActAs {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<NewOneTimeSecret, Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.chars().count() > MAX_REASON {
            let length = Code::Length.at("why").with("min", "1");
            return Err(length.with("max", MAX_REASON.to_string()).into());
        }
        let found = find(context.tx(), &self.account).await?;
        let id = found.ok_or(Code::AccountNotFound)?.id;
        if context.actor.is(&id) {
            return Err(Code::ActingAsSelf.into());
        }
        let account = context.account_for_change(&id).await?;
        let now = context.now;
        if !account.is_usable(now) {
            return Err(Code::AccountStateChanged.into());
        }
        let made = make(context, &account, OneTimeKind::Act, now + self.lifetime).await?;
        let by = match context.actor.account_id().cloned() {
            Some(id) => accounts::by_id(context.tx(), &id)
                .await?
                .map(|by| by.shown_name().to_owned()),
            None => None,
        };
        let event = Event::ActedAs {
            by: by.unwrap_or_else(|| "An administrator of the server".to_owned()),
            reason: reason.to_owned(),
            until: made.until,
        };
        emit(context.tx(), &account, event, now).await?;
        let detail = json!({ "reason": reason, "until": made.until });
        context
            .record(Action::AccountImpersonate, id.as_str(), &detail)
            .await?;
        Ok(made)
    }
}

async fn make(
    context: &mut ChangeContext<'_>,
    account: &Account,
    kind: OneTimeKind,
    until: Time,
) -> Result<NewOneTimeSecret, Failure> {
    let secret = HumanCode::long();
    let one_time = OneTimeSecret {
        id: new_id(context.now),
        account_id: account.id.clone(),
        kind,
        made_by: context.actor.as_str().to_owned(),
        made_in: context.actor.session().cloned(),
        expires_at: until,
    };
    let hash = HumanCode::hash_of(secret.as_str());
    store::insert(context.tx(), &one_time, &hash).await?;
    Ok(NewOneTimeSecret {
        username: account.username.clone(),
        secret: secret.as_str().to_owned().into(),
        until,
    })
}

/// The one-time secret that somebody typed for an account, if it still works.
///
/// # Errors
/// When the database fails.
pub async fn find_one_time(
    conn: &mut Conn,
    db: &crate::store::Db,
    account: &AccountId,
    typed: &str,
    now: Time,
) -> Result<Option<OneTimeSecret>, Failure> {
    let found = store::unused(conn, &HumanCode::hash_of(typed), now).await?;
    let Some(found) = found.filter(|found| found.account_id == *account) else {
        return Ok(None);
    };
    let works = match found.kind {
        OneTimeKind::Owner => true,
        OneTimeKind::Act => {
            let acting = Acting {
                by: found.made_by.clone(),
                since: found.made_in.clone(),
            };
            may_act(conn, db, &acting, account, now).await?
        }
    };
    Ok(works.then_some(found))
}

/// Whether a session may go on: always if its user acts for themselves, else while whoever acts as them still may.
///
/// # Errors
/// When the database fails.
pub async fn may_continue(db: &crate::store::Db, session: &Session, now: Time) -> Result<bool, Failure> {
    let Some(acting) = session.acting() else {
        return Ok(true);
    };
    may_act(&mut db.read().await?, db, &acting, &session.account_id, now).await
}

/// Whether somebody may still act as the owner of an account: they need an open session of their own, a usable account,
/// the permission, and authority over the account.
async fn may_act(
    conn: &mut Conn,
    db: &crate::store::Db,
    acting: &Acting,
    account: &AccountId,
    now: Time,
) -> Result<bool, Failure> {
    if acting.by == Actor::HOST.as_str() {
        return Ok(true);
    }
    let by = AccountId(acting.by.clone());
    let usable = accounts::by_id(conn, &by)
        .await?
        .is_some_and(|by| by.is_usable(now));
    let since = acting.since.as_ref();
    let is_signed_in = match since {
        Some(session) => sessions::is_live(conn, session, now).await?,
        None => false,
    };
    if !usable || !is_signed_in {
        return Ok(false);
    }
    let scheme = schemes::active(db).await?;
    let actor = Actor::new(Who::Account(by), "");
    let authorization = Authorization::of(&actor, conn, &scheme, now).await?;
    let theirs = super::authority::Authority::load(conn, scheme, account, now).await?;
    Ok(authorization.require(Permission::AccountImpersonate).is_ok()
        && authorization.require_dominates(&theirs).is_ok())
}
