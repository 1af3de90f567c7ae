//! Who may sign in to an app, and why. Every check, list and explanation asks [`decide`].

use std::sync::Arc;

use super::authority::Authority;
use crate::clock::Time;
use crate::model::access::{Decision, Ground, Obstacle};
use crate::model::client::{Client, Login};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::{AccountId, GroupId};
use crate::store::claim_data::ClaimsRow;
use crate::store::{Db, Error, groups};

/// Decides whether somebody with this authority, in these groups, may sign in to an app.
#[must_use]
pub fn decide(app: &Client, authority: &Authority, groups: &[GroupId]) -> Decision {
    if let Some(obstacle) = obstacle_for_all(app) {
        return Decision::Refused(obstacle);
    }
    let grounds = grounds(app, authority, groups);
    if !grounds.is_empty() {
        Decision::Allowed(grounds)
    } else if authority.enters_every_app() {
        Decision::Override
    } else if !is_in_owner(app, authority) {
        Decision::Refused(Obstacle::NotInTeam)
    } else if app.settings.access.is_closed() {
        Decision::Refused(Obstacle::Closed)
    } else {
        Decision::Refused(Obstacle::NotChosen)
    }
}

/// Whether somebody is in the team that owns an app; always if the instance owns it.
fn is_in_owner(app: &Client, authority: &Authority) -> bool {
    app.team.as_ref().is_none_or(|team| authority.is_in_team(team))
}

/// The parts of the app's access rule that name somebody; none for whoever is not in the team that owns it.
fn grounds(app: &Client, authority: &Authority, groups: &[GroupId]) -> Vec<Ground> {
    if !is_in_owner(app, authority) {
        return Vec::new();
    }
    let rule = &app.settings.access;
    let everyone = rule.everyone.then_some(Ground::Everyone);
    let in_groups = rule.groups.iter().filter(|id| groups.contains(id));
    let in_teams = rule.teams.iter().filter(|id| authority.is_in_team(id));
    let with_roles = rule.roles.iter().filter(|role| has_role(app, authority, role));
    everyone
        .into_iter()
        .chain(in_groups.cloned().map(Ground::Group))
        .chain(in_teams.cloned().map(Ground::Team))
        .chain(with_roles.cloned().map(Ground::Role))
        .collect()
}

/// Whether somebody sees the link to an app to which nobody signs in with an account here.
#[must_use]
pub fn sees(app: &Client, authority: &Authority, groups: &[GroupId]) -> bool {
    let is_link = !app.settings.login.is_here();
    is_link && !app.disabled && !grounds(app, authority, groups).is_empty()
}

/// Why nobody at all may sign in to an app.
const fn obstacle_for_all(app: &Client) -> Option<Obstacle> {
    match app.settings.login {
        _ if app.disabled => Some(Obstacle::Disabled),
        Login::AppManaged | Login::Link => Some(Obstacle::NoSignIn),
        Login::Directory | Login::Proxy => None,
    }
}

/// Whether somebody has the role that a rule names, on the instance or for the app.
fn has_role(app: &Client, authority: &Authority, reference: &str) -> bool {
    match reference.strip_prefix(APP_ROLE) {
        Some(role) => authority.roles_at(&app.id).iter().any(|held| held == role),
        None => authority.roles.iter().any(|held| held == reference),
    }
}

const APP_ROLE: &str = "app:";

/// The level and the name of the role that a rule names.
#[must_use]
pub fn role_of(reference: &str) -> (RoleLevel, &str) {
    match reference.strip_prefix(APP_ROLE) {
        Some(role) => (RoleLevel::App, role),
        None => (RoleLevel::Instance, reference),
    }
}

/// Decides whether an account may sign in to an app. It reads the account's groups, roles and teams only if they
/// matter.
pub async fn of_account(
    db: &Db,
    app: &Client,
    scheme: Arc<Scheme>,
    account: &AccountId,
    now: Time,
) -> Result<Decision, Error> {
    if let Some(known) = regardless_of_the_account(app) {
        return Ok(known);
    }
    let conn = &mut db.read().await?;
    let authority = Authority::load(conn, scheme, account, now).await?;
    let groups = groups::ids_of_account(conn, account).await?;
    Ok(decide(app, &authority, &groups))
}

/// As [`of_account`], with the groups, roles and teams that were read for a token.
///
/// # Errors
/// When the row is malformed.
pub fn of_row(
    app: &Client,
    row: &ClaimsRow,
    scheme: &Arc<Scheme>,
    account: &AccountId,
) -> Result<Decision, Error> {
    if let Some(known) = regardless_of_the_account(app) {
        return Ok(known);
    }
    let authority = authority_of_row(row, scheme, account)?;
    Ok(decide(app, &authority, &row.group_ids()))
}

/// The authority of an account by the roles and teams that were read for a token.
///
/// # Errors
/// When the row is malformed.
pub fn authority_of_row(
    row: &ClaimsRow,
    scheme: &Arc<Scheme>,
    account: &AccountId,
) -> Result<Authority, Error> {
    let granted = row.roles()?.unwrap_or_default();
    Ok(Authority::of(scheme.clone(), account, granted, &row.teams()?))
}

/// The decision, if it is the same for everyone.
fn regardless_of_the_account(app: &Client) -> Option<Decision> {
    match obstacle_for_all(app) {
        Some(obstacle) => Some(Decision::Refused(obstacle)),
        None if !app.is_restricted() => Some(Decision::Allowed(vec![Ground::Everyone])),
        None => None,
    }
}

impl Authority {
    /// Whether it may sign in to every app: by the permission, in a scheme that lets it count.
    #[must_use]
    pub fn enters_every_app(&self) -> bool {
        self.scheme().login_any && self.may(Permission::AppLoginAny)
    }
}
