//! Invitations: links that let somebody join the instance or a team, each once, while the one who invites could still
//! do it by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::accounts::{self, NewAccount};
use super::power::{self, Power};
use super::roles::no_such_role;
use super::{Actor, ChangeError, names, schemes};
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::crypto::Token;
use crate::model::account::{Account, Status};
use crate::model::invitation::Invitation;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::team::Team;
use crate::model::{AccountId, TeamId, new_id};
use crate::store::instance;
use crate::store::invitations as store;
use crate::store::{Conn, Db, Tx, accounts as people, emails, teams};

/// The most addresses in one go.
pub const MOST: usize = 500;

const DAY: Duration = Duration::from_hours(24);

/// What people are invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The team, or none for the instance alone.
    pub team: Option<TeamId>,
    /// The role in the team or on the instance; none for what everybody has.
    pub role: Option<String>,
}

/// What became of one address.
#[derive(Debug)]
pub struct Made {
    /// The address, as typed; empty for a link that is for anybody.
    pub address: String,
    /// What the link holds, for the only time; or why there is none.
    pub token: Result<Token, String>,
}

pub(super) fn ended() -> ChangeError {
    ChangeError::Refused(
        "This invitation was used, revoked or replaced, or its time is over. Ask for a new one.",
    )
}

/// The addresses in a pasted text, each once, in their order; separated by whatever lists of them are.
#[must_use]
pub fn addresses(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    text.split([',', ';', '\n', '\r', '\t', ' '])
        .map(|part| part.trim_matches(['<', '>', '"', '\'']))
        .filter(|part| !part.is_empty() && seen.insert(names::key(part)))
        .map(str::to_owned)
        .collect()
}

/// Makes an invitation for each address, or one for anybody when there is none. An open one for the same address and
/// place is replaced.
///
/// # Errors
/// When the actor may not invite to this, or there are too many; what is wrong with one address stands in its row.
pub async fn invite(
    db: &Db,
    actor: Actor,
    offer: Offer,
    addresses: Vec<String>,
    now: Time,
) -> Result<Vec<Made>, ChangeError> {
    if addresses.len() > MOST {
        return Err(ChangeError::at("addresses", "Invite at most 500 people at once."));
    }
    let scheme = schemes::active(db).await?;
    let wanted = if addresses.is_empty() {
        vec![String::new()]
    } else {
        addresses
    };
    db.write(move |tx| {
        Box::pin(async move {
            let place = Place::open(tx, &actor, &scheme, &offer, now).await?;
            let days = instance::get(tx).await?.invitation_days;
            let mut made = Vec::with_capacity(wanted.len());
            for address in wanted {
                let outcome = fault_of(tx, &place, &address, now).await?;
                let token = match outcome {
                    Some(fault) => Err(fault),
                    None => Ok(make(tx, &actor, &place, &address, now + DAY * days, now).await?),
                };
                made.push(Made { address, token });
            }
            Ok(made)
        })
    })
    .await
}

/// Where an invitation leads, once the actor may lead there.
pub(super) struct Place {
    pub(super) team: Option<Team>,
    role: String,
}

impl Place {
    /// What is offered, if the actor may offer it.
    pub(super) async fn open(
        conn: &mut Conn,
        actor: &Actor,
        scheme: &Arc<Scheme>,
        offer: &Offer,
        now: Time,
    ) -> Result<Self, ChangeError> {
        let power = Power::of(actor, conn, scheme, now).await?;
        let Some(id) = &offer.team else {
            let role = offer.role.clone().or_else(|| scheme.default_role.clone());
            power.require(Permission::AccountCreate)?;
            if let Some(role) = &role {
                if scheme.role(RoleLevel::Instance, role).is_none() {
                    return Err(no_such_role(scheme, RoleLevel::Instance));
                }
                power.require_create_as(role)?;
            }
            return Ok(Self {
                team: None,
                role: offer.role.clone().unwrap_or_default(),
            });
        };
        let team = teams::by_id(conn, id).await?;
        let team = team.ok_or(ChangeError::NotFound("There is no such team."))?;
        let role = offer
            .role
            .clone()
            .unwrap_or_else(|| scheme.team_member_role.clone());
        power.require_in_team(&team, Permission::TeamInvite)?;
        power.require_for_root(&team, scheme)?;
        if scheme.role(RoleLevel::Team, &role).is_none() {
            return Err(no_such_role(scheme, RoleLevel::Team));
        }
        power.require_team_role(&team, scheme, &role)?;
        Ok(Self {
            team: Some(team),
            role,
        })
    }
}

/// What keeps an address from being invited.
async fn fault_of(
    tx: &mut Tx,
    place: &Place,
    address: &str,
    now: Time,
) -> Result<Option<String>, ChangeError> {
    if address.is_empty() {
        return Ok(None);
    }
    if let Err(message) = names::check_email(address) {
        return Ok(Some(message));
    }
    let is_known = emails::owner(tx, &names::key(address)).await?;
    Ok(match (is_known, &place.team) {
        (Some(_), None) => Some("This address belongs to an account already.".to_owned()),
        (Some(account), Some(team)) if teams::has_member(tx, &team.id, &account, now).await? => {
            Some("This person is in the team already.".to_owned())
        }
        _ => None,
    })
}

async fn make(
    tx: &mut Tx,
    actor: &Actor,
    place: &Place,
    address: &str,
    expires_at: Time,
    now: Time,
) -> Result<Token, ChangeError> {
    let (token, key) = (Token::random(), names::key(address));
    let team = place.team.as_ref().map(|team| team.id.clone());
    if !address.is_empty() {
        store::replace(tx, &key, team.as_ref(), now).await?;
    }
    let invitation = Invitation {
        id: new_id(now),
        email: address.to_owned(),
        team_id: team,
        account_id: None,
        role: place.role.clone(),
        invited_by: actor.as_str().to_owned(),
        created_at: now,
        expires_at,
        ended_at: None,
        accepted_by: None,
    };
    store::insert(tx, &invitation, &token.hash(), &key).await?;
    let slug = place.team.as_ref().map(|team| &team.slug);
    let detail = json!({ "email": address, "team": slug, "role": place.role });
    actor
        .record(tx, "invitation.create", &invitation.id, &detail, now)
        .await?;
    Ok(token)
}

/// Makes a link with which an account that has no password gets its first one; earlier ones end.
///
/// # Errors
/// When the account is not one that waits for it, or the actor may not.
pub async fn invite_account(db: &Db, actor: Actor, id: AccountId, now: Time) -> Result<Made, ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require(Permission::AccountCreate)?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            let account = people::by_id(tx, &id).await?;
            let account = account.filter(|account| account.status == Status::Invited);
            let account = account.ok_or(ChangeError::Refused(
                "Only an invited account can be invited again.",
            ))?;
            first_link(tx, &actor, &account, now).await
        })
    })
    .await
}

/// Makes the link with which an account gets its first password, in place of any other.
async fn first_link(tx: &mut Tx, actor: &Actor, account: &Account, now: Time) -> Result<Made, ChangeError> {
    let id = &account.id;
    let days = instance::get(tx).await?.invitation_days;
    store::end_of_account(tx, id, now).await?;
    let token = Token::random();
    let invitation = Invitation {
        id: new_id(now),
        email: String::new(),
        team_id: None,
        account_id: Some(id.clone()),
        role: String::new(),
        invited_by: actor.as_str().to_owned(),
        created_at: now,
        expires_at: now + DAY * days,
        ended_at: None,
        accepted_by: None,
    };
    store::insert(tx, &invitation, &token.hash(), "").await?;
    let detail = json!({ "id": invitation.id });
    actor
        .record(tx, "invitation.create", id.as_str(), &detail, now)
        .await?;
    Ok(Made {
        address: account.username.clone(),
        token: Ok(token),
    })
}

/// Makes an account whose owner chooses the password by a link.
///
/// # Errors
/// As [`accounts::create`].
pub async fn create_account(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    new: NewAccount,
    now: Time,
) -> Result<(Account, Made), ChangeError> {
    let scheme = schemes::active(db).await?;
    let role = new.role.clone().or_else(|| scheme.default_role.clone());
    let checked = accounts::check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            accounts::require_create(tx, &actor, &scheme, role.as_deref(), now).await?;
            let checked = checked.with_status(Status::Invited);
            let account = accounts::add(tx, &actor, &scheme, checked, now).await?;
            let link = first_link(tx, &actor, &account, now).await?;
            Ok((account, link))
        })
    })
    .await
}

/// Ends an invitation that was not accepted yet.
///
/// # Errors
/// When it has ended already, or the actor may not.
pub async fn revoke(db: &Db, actor: Actor, id: String, now: Time) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let not_found = || ChangeError::NotFound("There is no such invitation.");
            let found = store::by_id(tx, &id).await?.ok_or_else(not_found)?;
            let power = Power::of(&actor, tx, &scheme, now).await?;
            let team = match &found.team_id {
                Some(team) => teams::by_id(tx, team).await?,
                None => None,
            };
            match &team {
                Some(team) => power.require_in_team(team, Permission::TeamInvite)?,
                None => power.require(Permission::AccountCreate)?,
            }
            if !store::end(tx, &id, None, now).await? {
                return Err(ended());
            }
            let detail = json!({ "email": found.email });
            actor.record(tx, "invitation.revoke", &id, &detail, now).await?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_addresses_are_found_once_each_in_their_order() {
        let text = "bob@example.org, <carol@example.org>;\nBOB@example.org\n\"dan@example.org\"\t x";
        let expected = ["bob@example.org", "carol@example.org", "dan@example.org", "x"];
        assert_eq!(addresses(text), expected);
        assert!(addresses(" \n,;").is_empty());
    }
}
