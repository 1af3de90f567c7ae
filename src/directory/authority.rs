//! The roles and permissions of an account, read from the database on each use, and the comparison of two
//! accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Time;
use crate::model::permission::{Permission, Permissions};
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::{RoleDefinition, Scheme};
use crate::model::team::{Membership, TeamKind};
use crate::model::{AccountId, ClientId, TeamId};
use crate::store::roles;
use crate::store::teams;
use crate::store::{Conn, Error};

/// The roles and permissions of an account.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The account.
    pub account: AccountId,
    /// Its instance roles, including implied ones, in the scheme's order.
    pub roles: Vec<String>,
    scheme: Arc<Scheme>,
    instance: Permissions,
    teams: BTreeMap<TeamId, Permissions>,
    apps: BTreeMap<ClientId, (Vec<String>, Permissions)>,
}

impl Authority {
    /// Reads the current authority of an account.
    pub async fn load(
        conn: &mut Conn,
        scheme: Arc<Scheme>,
        account: &AccountId,
        now: Time,
    ) -> Result<Self, Error> {
        let granted = roles::granted(conn, account, now).await?;
        let memberships = teams::of_account(conn, account, now).await?;
        Ok(Self::of(scheme, account, granted, &memberships))
    }

    /// The authority that these current roles and memberships yield.
    #[must_use]
    pub fn of(
        scheme: Arc<Scheme>,
        account: &AccountId,
        granted: Vec<RoleGrant>,
        memberships: &[Membership],
    ) -> Self {
        let mut direct = BTreeSet::new();
        let mut by_app: BTreeMap<ClientId, BTreeSet<String>> = BTreeMap::new();
        for grant in granted {
            match grant.level {
                RoleLevel::Instance => {
                    direct.insert(grant.role);
                }
                RoleLevel::App => {
                    let held = by_app.entry(ClientId(grant.target)).or_default();
                    held.insert(grant.role);
                }
                RoleLevel::Team => {}
            }
        }
        let apps = by_app.into_iter().map(|(app, held)| {
            let (names, permissions) = resolved(&scheme, RoleLevel::App, &held);
            (app, (names, permissions))
        });
        let apps = apps.collect();
        let (roles, instance) = instance_roles(&scheme, direct, memberships);
        Self {
            account: account.clone(),
            roles,
            instance,
            teams: team_permissions(&scheme, memberships),
            apps,
            scheme,
        }
    }

    /// Whether it has a permission on the instance.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.instance.allows(permission)
    }

    /// Whether it has a permission in a team, by a role there or on the instance.
    #[must_use]
    pub fn may_in_team(&self, team: &TeamId, permission: Permission) -> bool {
        self.may(permission) || self.teams.get(team).is_some_and(|held| held.allows(permission))
    }

    /// Whether it is a member of a team.
    #[must_use]
    pub fn is_in_team(&self, team: &TeamId) -> bool {
        self.teams.contains_key(team)
    }

    /// Whether it has all of these permissions in a team; only those on teams matter there.
    #[must_use]
    pub fn covers_in_team(&self, team: &TeamId, permissions: &Permissions) -> bool {
        permissions
            .enforced()
            .filter(|permission| permission.as_str().starts_with("team."))
            .all(|permission| self.may_in_team(team, permission))
    }

    /// Whether it has any permission on the instance.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.instance.enforced().next().is_some()
    }

    /// The subset guard: whether it has every permission on the instance that the other one has.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.instance.covers(&other.instance)
    }

    /// Whether it may grant this instance role to others and revoke it.
    #[must_use]
    pub fn may_change_role(&self, role: &str) -> bool {
        self.may(Permission::RoleGrant) && self.lists(role, |definition| &definition.may_change_role)
    }

    /// Whether it may create accounts with this instance role.
    #[must_use]
    pub fn may_create_as(&self, role: &str) -> bool {
        self.may(Permission::AccountCreate) && self.lists(role, |definition| &definition.may_create_as)
    }

    /// Whether one of its roles lists this role, and it has every permission of the role.
    fn lists(&self, role: &str, list: impl Fn(&RoleDefinition) -> &Vec<String>) -> bool {
        let listed = self.roles.iter().any(|held| {
            let definition = self.scheme.role(RoleLevel::Instance, held);
            definition
                .is_some_and(|definition| list(definition).iter().any(|other| other == "*" || other == role))
        });
        listed
            && self
                .instance
                .covers(&self.scheme.permissions_of(RoleLevel::Instance, role))
    }

    /// The roles that an app receives: instance roles and roles for the app.
    #[must_use]
    pub fn roles_for(&self, app: &ClientId) -> Vec<String> {
        let for_app = self.apps.get(app).into_iter().flat_map(|(names, _)| names);
        let more = for_app.filter(|name| !self.roles.contains(name));
        self.roles.iter().chain(more).cloned().collect()
    }

    /// The declared permissions that an app receives; a holder of every permission has all that the scheme
    /// declares.
    #[must_use]
    pub fn declared_for(&self, app: &ClientId) -> Vec<String> {
        let mut held = self.instance.clone();
        if let Some((_, permissions)) = self.apps.get(app) {
            held.merge(permissions);
        }
        if held.is_everything() {
            return self.scheme.declared().into_iter().collect();
        }
        held.declared().map(str::to_owned).collect()
    }
}

fn resolved(scheme: &Scheme, level: RoleLevel, held: &BTreeSet<String>) -> (Vec<String>, Permissions) {
    let mut permissions = Permissions::default();
    let mut names = Vec::new();
    for role in scheme.closed(level, held) {
        permissions.extend(&role.permissions);
        names.push(role.name.clone());
    }
    (names, permissions)
}

/// Adds to the granted roles the top role for members of the root team, and the default role unless it is
/// exclusive and another exclusive role is held.
fn instance_roles(
    scheme: &Scheme,
    mut held: BTreeSet<String>,
    memberships: &[Membership],
) -> (Vec<String>, Permissions) {
    if memberships
        .iter()
        .any(|membership| membership.kind == TeamKind::Root)
    {
        held.insert(scheme.top_role().to_owned());
    }
    let is_exclusive = |name: &String| {
        scheme
            .role(RoleLevel::Instance, name)
            .is_some_and(|role| role.exclusive)
    };
    if let Some(default) = &scheme.default_role
        && !(is_exclusive(default) && held.iter().any(is_exclusive))
    {
        held.insert(default.clone());
    }
    resolved(scheme, RoleLevel::Instance, &held)
}

fn team_permissions(scheme: &Scheme, memberships: &[Membership]) -> BTreeMap<TeamId, Permissions> {
    let mut by_team: BTreeMap<TeamId, BTreeSet<String>> = BTreeMap::new();
    for membership in memberships {
        by_team
            .entry(membership.id.clone())
            .or_default()
            .insert(membership.role.clone());
    }
    by_team
        .into_iter()
        .map(|(team, held)| (team, resolved(scheme, RoleLevel::Team, &held).1))
        .collect()
}
