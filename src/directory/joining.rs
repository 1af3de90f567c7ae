//! Accepting an invitation: what its link leads to, and joining by it, once.

use std::sync::Arc;

use serde_json::json;

use super::accounts::{self, NewAccount, NewPassword};
use super::authority::Authority;
use super::invitations::{Offer, Place, ended};
use super::power::Power;
use super::{Actor, ChangeError, Who, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::crypto::Token;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::invitation::Invitation;
use crate::model::permission::Permission;
use crate::model::scheme::Scheme;
use crate::model::settings::Registration;
use crate::model::team::Team;
use crate::store::instance;
use crate::store::invitations as store;
use crate::store::{Conn, Db, Tx, accounts as people, passwords, teams};

/// An invitation that can be accepted now, for the person who holds its link.
#[derive(Debug)]
pub struct Open {
    /// The invitation.
    pub invitation: Invitation,
    /// The team that it leads into.
    pub team: Option<Team>,
    /// The account that waits for its first password.
    pub account: Option<Account>,
    /// The name of who invites, if it is a person.
    pub inviter: Option<String>,
    /// Whether it may lead to an account that is not there yet.
    pub may_make_account: bool,
}

/// What a link leads to.
///
/// # Errors
/// When it leads nowhere any more.
pub async fn open(
    conn: &mut Conn,
    scheme: &Arc<Scheme>,
    token: &Token,
    now: Time,
) -> Result<Open, ChangeError> {
    let found = store::by_token(conn, &token.hash()).await?;
    let invitation = found
        .filter(|found| found.ended_at.is_none() && found.expires_at > now)
        .ok_or_else(ended)?;
    // Who invites must be able to still do it at this moment, or a link would outlive their rights.
    let inviter = inviter_of(&invitation);
    let person = match inviter.account_id() {
        Some(id) => people::by_id(conn, id).await?,
        None => None,
    };
    let is_gone =
        inviter.account_id().is_some() && !person.as_ref().is_some_and(|person| person.is_usable(now));
    if is_gone {
        return Err(ended());
    }
    let account = match &invitation.account_id {
        Some(id) => people::by_id(conn, id).await?,
        None => None,
    };
    let power = Power::of(&inviter, conn, scheme, now).await?;
    if let Some(account) = &account {
        // The link stands for the account's password, so it is worth nothing to whoever may not touch the account.
        let theirs = Authority::load(conn, scheme.clone(), &account.id, now).await?;
        let may = power
            .require(Permission::AccountCreate)
            .and(power.require_over(&theirs));
        may.map_err(|_| ended())?;
    }
    let mut team = None;
    if account.is_none() {
        let offer = Offer {
            team: invitation.team_id.clone(),
            role: Some(invitation.role.clone()).filter(|role| !role.is_empty()),
        };
        let place = Place::open(conn, &inviter, scheme, &offer, now).await;
        team = place
            .map_err(|error| match error {
                ChangeError::Database(_) => error,
                _ => ended(),
            })?
            .team;
    }
    let is_closed = instance::get(conn).await?.registration == Registration::Closed;
    let inviter = person.map(|person| {
        if person.name.is_empty() {
            person.username
        } else {
            person.name
        }
    });
    Ok(Open {
        may_make_account: !is_closed || power.require(Permission::AccountCreate).is_ok(),
        invitation,
        team,
        account,
        inviter,
    })
}

fn inviter_of(invitation: &Invitation) -> Actor {
    match invitation.invited_by.as_str() {
        "host" => Actor::HOST,
        id => Actor::new(Who::Account(AccountId(id.to_owned())), ""),
    }
}

/// Accepts an invitation into a team as the person one is.
///
/// # Errors
/// When it leads nowhere any more, or to no team.
pub async fn accept(db: &Db, actor: Actor, token: Token, now: Time) -> Result<Team, ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let open = open(tx, &scheme, &token, now).await?;
            let (Some(team), Some(me)) = (open.team, actor.account_id().cloned()) else {
                return Err(ChangeError::Refused("You have an account already."));
            };
            if !store::end(tx, &open.invitation.id, Some(&me), now).await? {
                return Err(ended());
            }
            join(tx, &actor, &team, &me, &open.invitation.role, now).await?;
            Ok(team)
        })
    })
    .await
}

async fn join(
    tx: &mut Tx,
    actor: &Actor,
    team: &Team,
    account: &AccountId,
    role: &str,
    now: Time,
) -> Result<(), ChangeError> {
    if teams::has_member(tx, &team.id, account, now).await? {
        return Err(ChangeError::Refused("You are in this team already."));
    }
    // One that has ended may still be there.
    teams::remove_member(tx, &team.id, account).await?;
    teams::add_member(tx, &team.id, account, role, None, now).await?;
    let detail = json!({ "team": team.slug, "role": role });
    actor
        .record(tx, "invitation.accept", account.as_str(), &detail, now)
        .await?;
    Ok(())
}

/// Accepts an invitation with a new account, or gives the account that waits for it its first password.
///
/// # Errors
/// When it leads nowhere any more, something is wrong with the account, or registration is closed to it.
pub async fn accept_anew(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    token: Token,
    mut new: NewAccount,
    now: Time,
) -> Result<AccountId, ChangeError> {
    let scheme = schemes::active(db).await?;
    let found = open(&mut db.read().await?, &scheme, &token, now).await?;
    if let Some(waiting) = found.account {
        let typed = match new.password {
            Some(NewPassword::Typed(typed)) => typed.expose().clone(),
            _ => String::new(),
        };
        return first_password(db, pool, actor, token, waiting, typed, now).await;
    }
    if !found.may_make_account {
        return Err(ChangeError::Forbidden(
            "Registration is closed. Sign in with the account that you have, then open the link again.",
        ));
    }
    if !found.invitation.email.is_empty() {
        new.email = Some(found.invitation.email);
    }
    if found.team.is_none() {
        new.role = Some(found.invitation.role).filter(|role| !role.is_empty());
    }
    let checked = accounts::check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let open = open(tx, &scheme, &token, now).await?;
            let account = accounts::add(tx, &actor, &scheme, checked, now).await?;
            if !store::end(tx, &open.invitation.id, Some(&account.id), now).await? {
                return Err(ended());
            }
            if let Some(team) = &open.team {
                join(tx, &actor, team, &account.id, &open.invitation.role, now).await?;
            }
            Ok(account.id)
        })
    })
    .await
}

async fn first_password(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    token: Token,
    account: Account,
    password: String,
    now: Time,
) -> Result<AccountId, ChangeError> {
    let scheme = schemes::active(db).await?;
    let own = [account.username.as_str(), account.name.as_str()];
    let faults = accounts::password_faults(&scheme, &password, &own);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = pool.hash(&password).await.map_err(|_| ChangeError::Busy)?;
    db.write(move |tx| {
        Box::pin(async move {
            let id = account.id;
            let open = open(tx, &scheme, &token, now).await?;
            if !store::end(tx, &open.invitation.id, Some(&id), now).await?
                || !people::activate_invited(tx, &id, now).await?
            {
                return Err(ended());
            }
            passwords::set(tx, &id, &phc.into_string(), now).await?;
            actor
                .record(tx, "invitation.accept", id.as_str(), &json!({}), now)
                .await?;
            Ok(id)
        })
    })
    .await
}
