//! The roles and permissions of an account, read from the database on each use, and the comparison of two
//! accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Time;
use crate::model::client::Client;
use crate::model::permission::{Permission, Permissions};
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::{RoleDefinition, Scheme};
use crate::model::session::{SessionLimit, SessionLimits};
use crate::model::team::{Membership, TeamKind};
use crate::model::{AccountId, ClientId, TeamId};
use crate::store::roles;
use crate::store::sessions::FoundSession;
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
    teams: BTreeMap<TeamId, (TeamKind, Held)>,
    apps: BTreeMap<ClientId, Held>,
}

/// The roles held in one team or for one app, including implied ones, with their permissions.
#[derive(Clone, Debug, Default)]
struct Held {
    roles: Vec<String>,
    permissions: Permissions,
}

impl Authority {
    /// Reads the current authority of an account.
    pub async fn load(
        conn: &mut Conn,
        scheme: Arc<Scheme>,
        account: &AccountId,
        now: Time,
    ) -> Result<Self, Error> {
        let granted = roles::held(conn, account, now).await?;
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
        let apps = by_app
            .into_iter()
            .map(|(app, held)| (app, resolved(&scheme, RoleLevel::App, &held)))
            .collect();
        let in_root = memberships.iter().any(|held| held.kind == TeamKind::Root);
        let on_instance = instance_roles(&scheme, direct, in_root);
        Self {
            account: account.clone(),
            roles: on_instance.roles,
            instance: on_instance.permissions,
            teams: team_roles(&scheme, memberships),
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
        let here = self.teams.get(team);
        self.may(permission) || here.is_some_and(|(_, held)| held.permissions.allows(permission))
    }

    /// The teams in which it has a permission by a role there.
    pub fn teams_with(&self, permission: Permission) -> impl Iterator<Item = &TeamId> {
        let teams = self.teams.iter();
        teams.filter_map(move |(team, (_, held))| held.permissions.allows(permission).then_some(team))
    }

    /// Whether it has a permission for an app: by a role on the instance, in the team that owns the app or for the app.
    #[must_use]
    pub fn may_for_app(&self, app: &Client, permission: Permission) -> bool {
        let by_team = app
            .team
            .as_ref()
            .is_some_and(|team| self.may_in_team(team, permission));
        let for_app = self.apps.get(&app.id);
        self.may(permission) || by_team || for_app.is_some_and(|held| held.permissions.allows(permission))
    }

    /// Whether it has a permission for at least one app, and so needs the console's pages about apps.
    #[must_use]
    pub fn administers_apps(&self) -> bool {
        let in_shared_teams = self
            .teams
            .values()
            .filter(|(kind, _)| *kind != TeamKind::Personal);
        let mut in_teams = in_shared_teams.map(|(_, held)| held);
        let manages = |held: &Held| held.permissions.allows(Permission::AppManage);
        self.may(Permission::AppRead)
            || in_teams.any(manages)
            || self
                .apps
                .values()
                .any(|held| held.permissions.enforced().next().is_some())
    }

    /// Whether it is a member of a team.
    #[must_use]
    pub fn is_in_team(&self, team: &TeamId) -> bool {
        self.teams.contains_key(team)
    }

    /// Whether it has any permission on the instance.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.instance.enforced().next().is_some()
    }

    /// How long the account's sessions last.
    #[must_use]
    pub fn session_limit(&self, limits: SessionLimits) -> SessionLimit {
        if self.is_staff() {
            limits.staff
        } else {
            limits.people
        }
    }

    /// The subset guard: whether it dominates every role of the other one on the instance, in shared teams, in
    /// the root team and for apps. Roles in personal teams do not count.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        let counting = other
            .teams
            .iter()
            .filter(|(_, (kind, _))| *kind != TeamKind::Personal);
        self.dominates_roles(RoleLevel::Instance, None, &other.roles)
            && counting.into_iter().all(|(team, (_, theirs))| {
                self.dominates_roles(RoleLevel::Team, self.held_in(team), &theirs.roles)
            })
            && other
                .apps
                .iter()
                .all(|(app, theirs)| self.dominates_roles(RoleLevel::App, self.apps.get(app), &theirs.roles))
    }

    /// Whether it dominates a role, with the roles that it implies, in a team.
    #[must_use]
    pub fn dominates_in_team(&self, team: &TeamId, role: &str) -> bool {
        let theirs = resolved(&self.scheme, RoleLevel::Team, &BTreeSet::from([role.to_owned()]));
        self.dominates_roles(RoleLevel::Team, self.held_in(team), &theirs.roles)
    }

    fn held_in(&self, team: &TeamId) -> Option<&Held> {
        self.teams.get(team).map(|(_, held)| held)
    }

    /// Whether it dominates each of these roles in the place where it holds `here`: it has the role's permissions there
    /// or on the instance, or may manage the role's holders.
    fn dominates_roles(&self, level: RoleLevel, here: Option<&Held>, roles: &[String]) -> bool {
        let mut held = self.instance.clone();
        if let Some(here) = here {
            held.merge(&here.permissions);
        }
        let defined = roles.iter().filter_map(|role| self.scheme.role(level, role));
        let mut theirs = defined.into_iter();
        theirs.all(|role| {
            held.covers(&role.permissions.iter().map(String::as_str).collect())
                || (!role.is_everything() && self.manages(level, here, role))
        })
    }

    /// Whether a role that it holds, on the instance or in this place, lists `role` in its `may_manage`.
    fn manages(&self, level: RoleLevel, here: Option<&Held>, role: &RoleDefinition) -> bool {
        let reference = role.reference();
        let lists = |level, held: &String| {
            let definition = self.scheme.role(level, held);
            definition.is_some_and(|definition| definition.may_manage.contains(&reference))
        };
        self.roles.iter().any(|held| lists(RoleLevel::Instance, held))
            || here.is_some_and(|here| here.roles.iter().any(|held| lists(level, held)))
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

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The roles held for an app, including implied ones.
    #[must_use]
    pub fn roles_at(&self, app: &ClientId) -> &[String] {
        self.apps.get(app).map_or(&[], |held| &held.roles)
    }

    /// The roles that an app receives: instance roles, unless its settings leave them out, and roles for the app.
    #[must_use]
    pub fn roles_for(&self, app: &Client) -> Vec<String> {
        let for_app = self.roles_at(&app.id).iter();
        let on_instance: &[String] = if app.settings.names_instance_roles() {
            &self.roles
        } else {
            &[]
        };
        let more = for_app.filter(|name| !on_instance.contains(name));
        on_instance.iter().chain(more).cloned().collect()
    }

    /// The declared permissions that an app receives: those that the scheme names and that a role on the instance or
    /// for the app covers.
    #[must_use]
    pub fn declared_for(&self, app: &ClientId) -> Vec<String> {
        let mut held = self.instance.clone();
        if let Some(for_app) = self.apps.get(app) {
            held.merge(&for_app.permissions);
        }
        let declared = self.scheme.declared().into_iter();
        declared.filter(|name| held.matches(name)).collect()
    }
}

fn resolved(scheme: &Scheme, level: RoleLevel, held: &BTreeSet<String>) -> Held {
    let mut resolved = Held::default();
    for role in scheme.with_implied(level, held) {
        resolved.permissions.extend(&role.permissions);
        resolved.roles.push(role.name.clone());
    }
    resolved
}

/// How long a session lasts, decided by the roles of its user that were read with it.
#[must_use]
pub fn limit_of(scheme: &Scheme, found: &FoundSession, limits: SessionLimits) -> SessionLimit {
    let granted = found.granted_roles.iter().flat_map(|roles| roles.split(' '));
    let held = instance_roles(scheme, granted.map(str::to_owned).collect(), found.in_root_team);
    if held.permissions.enforced().next().is_some() {
        limits.staff
    } else {
        limits.people
    }
}

/// The granted roles, with the top role for a member of the root team, and with the default role, unless that is
/// exclusive and the account holds another exclusive role.
fn instance_roles(scheme: &Scheme, mut held: BTreeSet<String>, in_root: bool) -> Held {
    if in_root {
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

fn team_roles(scheme: &Scheme, memberships: &[Membership]) -> BTreeMap<TeamId, (TeamKind, Held)> {
    let mut by_team: BTreeMap<TeamId, (TeamKind, BTreeSet<String>)> = BTreeMap::new();
    for membership in memberships {
        let of_team = by_team.entry(membership.id.clone());
        let (_, held) = of_team.or_insert_with(|| (membership.kind, BTreeSet::new()));
        held.insert(membership.role.clone());
    }
    by_team
        .into_iter()
        .map(|(team, (kind, held))| (team, (kind, resolved(scheme, RoleLevel::Team, &held))))
        .collect()
}
