//! Reading one account with everything that belongs to it, for administrators and for its owner.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AccountRef, find, may, password_policy};
use crate::auth::throttle;
use crate::clock::Time;
use crate::directory::audit::{self, AuditEntry};
use crate::directory::authority::Authority;
use crate::directory::devices::{self, DeviceView};
use crate::directory::filter::State;
use crate::directory::resets::{self, ResetWay};
use crate::directory::roles::escalates;
use crate::directory::second_factor_policy::requirements;
use crate::directory::second_factors::SecondFactors;
use crate::directory::{Caller, Failure, ReadContext, operation};
use crate::model::account::{Account, AccountAction, LOCAL, Profile, Status};
use crate::model::email::Email;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::{RoleDefinition, Scheme};
use crate::model::second_factor::Requirement;
use crate::model::session::{SessionLimit, SessionLimits};
use crate::model::team::{Membership, TeamKind, TeamMember};
use crate::model::{AccountId, ClientId, SessionId};
use crate::store::sessions::SessionSummary;
use crate::store::{accounts, emails, grants, groups, roles, sessions, teams};

/// How many audit entries of an account are shown.
const HISTORY: i64 = 25;

operation! {
    /// Reads an account.
    read GetAccount {
        account: AccountRef,
        /// How long sessions last.
        limits: SessionLimits,
    } -> AccountDetail, requires AccountRead;
}

/// The part of an account that its owner and administrators see alike.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: i64,
    /// Its username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Profile,
    /// When its claims last changed; a change passes this value to detect conflicts.
    pub updated_at: Time,
    /// Its e-mail addresses, the primary one first.
    pub emails: Vec<AccountEmail>,
    /// Its roles on the instance, including implied ones.
    pub roles: Vec<String>,
    /// The granted roles that end.
    pub role_ends: Vec<RoleEnd>,
    /// Its roles for apps.
    pub app_roles: Vec<AppRole>,
    /// Its teams; for its owner, the personal one only if the instance shows personal teams.
    pub teams: Vec<AccountTeam>,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// Its second factors.
    pub second_factors: SecondFactors,
    /// The rules that require a second factor of it, in the order in which they begin.
    pub required: Vec<Requirement>,
    /// Its open sessions, most recently used first.
    pub sessions: Vec<AccountSession>,
    /// How long they last.
    pub session_limit: SessionLimit,
    /// The browsers in which its owner has signed in, the latest sign-in first.
    pub devices: Vec<DeviceView>,
}

/// An account with the actions that the caller may take on it.
#[derive(Clone, Debug, Serialize)]
pub struct AccountDetail {
    /// What its owner sees too.
    #[serde(flatten)]
    pub view: AccountView,
    /// Its displayed state.
    pub state: State,
    /// Whether it is the caller's own account.
    pub own: bool,
    /// The reason for the status, if an administrator gave one.
    pub status_reason: Option<String>,
    /// The directory that manages its name and password, or [`LOCAL`].
    pub source: String,
    /// When it was created.
    pub created_at: Time,
    /// When it was last seen.
    pub last_seen_at: Option<Time>,
    /// The beginning of its validity.
    pub valid_from: Option<Time>,
    /// The end of its validity.
    pub valid_until: Option<Time>,
    /// The roles that the caller may revoke from it.
    pub revocable: Vec<String>,
    /// The roles that the caller may grant to it.
    pub grantable: Vec<RoleChoice>,
    /// The roles whose holders could gain permissions that they were not granted.
    pub escalating: Vec<String>,
    /// How many apps have access to it.
    pub apps: usize,
    /// Its latest audit entries, for a caller who may read the audit log.
    pub history: Option<Vec<AuditEntry>>,
    /// The actions that the caller may take on it.
    pub may: Vec<AccountAction>,
    /// When its temporary password stops working, if it has one.
    pub temporary_password_until: Option<Time>,
    /// Whether failed sign-ins have disabled its password, except in the browsers that it knows.
    pub password_disabled: bool,
    /// The ways in which the caller may reset its password, the usual one first.
    pub resets: Vec<ResetWay>,
    /// The minimum length of a new password.
    pub min_password: usize,
    /// The shared teams that nobody could manage without it, for a caller who may suspend or delete it.
    pub sole_manager_of: Vec<SolelyManagedTeam>,
}

/// A team with only one owner, and who could be the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SolelyManagedTeam {
    /// The team's slug.
    pub slug: String,
    /// The team's name.
    pub name: String,
    /// The role of its owners.
    pub owner_role: String,
    /// The active members except the owner, if the caller may change their roles.
    pub successors: Vec<TeamMember>,
}

/// An e-mail address of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountEmail {
    /// The address.
    pub address: String,
    /// Whether it is verified.
    pub verified: bool,
    /// Whether it is the address that apps receive.
    pub primary: bool,
}

impl From<Email> for AccountEmail {
    fn from(email: Email) -> Self {
        Self {
            address: email.address,
            verified: email.verified,
            primary: email.is_primary,
        }
    }
}

/// A granted role on the instance that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleEnd {
    /// The role.
    pub role: String,
    /// When it ends.
    pub until: Time,
}

/// A role for an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRole {
    /// The app.
    pub app: ClientId,
    /// The role.
    pub role: String,
    /// When it ends.
    pub until: Option<Time>,
}

/// A team of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountTeam {
    /// The team's name.
    pub name: String,
    /// The team's slug.
    pub slug: String,
    /// The account's roles in it.
    pub roles: Vec<String>,
    /// Whether it is the account's personal team.
    pub personal: bool,
}

/// An open session of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountSession {
    /// Its id.
    pub id: SessionId,
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// The browser's IP address.
    pub client_address: String,
    /// When it began.
    pub created_at: Time,
    /// When it was last used, accurate to a few minutes.
    pub seen_at: Time,
}

impl From<SessionSummary> for AccountSession {
    fn from(session: SessionSummary) -> Self {
        Self {
            id: session.id,
            user_agent: session.user_agent,
            client_address: session.client_address,
            created_at: session.created_at,
            seen_at: session.seen_at,
        }
    }
}

/// A role that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleChoice {
    /// Its name.
    pub name: String,
    /// The name shown to people.
    pub title: String,
}

impl AccountView {
    async fn of(
        context: &mut ReadContext<'_>,
        account: &Account,
        theirs: &Authority,
        limit: SessionLimit,
    ) -> Result<Self, Failure> {
        let (id, now, settings) = (&account.id, context.now, context.settings.clone());
        let conn = context.conn();
        let emails = emails::of_account(conn, id).await?;
        let memberships = teams::of_account(conn, id, now).await?;
        let groups = groups::of_account(conn, id).await?;
        let granted = roles::granted(conn, id, now).await?;
        let second_factors = SecondFactors::of(conn, id).await?;
        let required = requirements(conn, &settings, theirs, now).await?;
        let sessions = sessions::open_of(conn, id, limit, now).await?;
        let devices = devices::of_account(conn, id, now).await?;
        Ok(Self {
            id: id.clone(),
            number: account.number,
            username: account.username.clone(),
            name: account.name.clone(),
            profile: account.profile.clone(),
            updated_at: account.updated_at,
            emails: emails.into_iter().map(AccountEmail::from).collect(),
            roles: theirs.roles.clone(),
            role_ends: role_ends(&granted, &memberships, &context.scheme),
            app_roles: app_roles(granted),
            teams: teams_of(&memberships),
            groups,
            second_factors,
            required,
            sessions: sessions.into_iter().map(AccountSession::from).collect(),
            session_limit: limit,
            devices,
        })
    }
}

/// The ends of the roles on the instance: a role that is held in several ways ends with the last of them.
fn role_ends(granted: &[RoleGrant], memberships: &[Membership], scheme: &Scheme) -> Vec<RoleEnd> {
    let grants = granted.iter().filter(|grant| grant.level == RoleLevel::Instance);
    let grants = grants.map(|grant| (grant.role.as_str(), grant.expires_at));
    let in_root = memberships.iter().filter(|held| held.kind == TeamKind::Root);
    let in_root = in_root.map(|held| (scheme.top_role(), held.expires_at));
    let mut ends: BTreeMap<&str, Option<Time>> = BTreeMap::new();
    for (role, until) in grants.chain(in_root) {
        let end = ends.entry(role).or_insert(until);
        *end = end.zip(until).map(|(one, other)| one.max(other));
    }
    let ends = ends.into_iter().filter_map(|(role, until)| {
        let (role, until) = (role.to_owned(), until?);
        Some(RoleEnd { role, until })
    });
    ends.collect()
}

fn app_roles(granted: Vec<RoleGrant>) -> Vec<AppRole> {
    let for_apps = granted.into_iter().filter(|grant| grant.level == RoleLevel::App);
    let roles = for_apps.map(|grant| AppRole {
        app: ClientId(grant.target),
        role: grant.role,
        until: grant.expires_at,
    });
    roles.collect()
}

fn teams_of(memberships: &[Membership]) -> Vec<AccountTeam> {
    let teams = memberships.chunk_by(|a, b| a.id == b.id).filter_map(|rows| {
        let team = rows.first()?;
        Some(AccountTeam {
            name: team.name.clone(),
            slug: team.slug.clone(),
            roles: rows.iter().map(|row| row.role.clone()).collect(),
            personal: team.kind == TeamKind::Personal,
        })
    });
    teams.collect()
}

impl GetAccount {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AccountDetail, Failure> {
        let (now, scheme) = (context.now, context.scheme.clone());
        let account = find(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let theirs = context.authority_of(&account.id).await?;
        let apps = grants::newest_per_app(context.conn(), &account.id, now).await?;
        let password_disabled = throttle::is_disabled(context.conn(), &account.id, now).await?;
        let history = history(context, &account).await?;
        let may = may_with(context, &theirs);
        let sole_manager_of = sole_manager_of(context, &account, &may).await?;
        let resets = resets::ways(context, &account, &theirs);
        let limit = theirs.session_limit(self.limits);
        let validity = (account.valid_from, account.valid_until);
        let (seen, dormant_after) = (account.last_seen_at, scheme.dormant_after());
        Ok(AccountDetail {
            view: AccountView::of(context, &account, &theirs, limit).await?,
            state: State::of(account.status, seen, validity, dormant_after, now),
            own: context.actor.is(&account.id),
            status_reason: account.status_reason,
            source: account.source,
            created_at: account.created_at,
            last_seen_at: account.last_seen_at,
            valid_from: account.valid_from,
            valid_until: account.valid_until,
            may,
            temporary_password_until: account.temporary_password_until,
            password_disabled,
            resets,
            min_password: password_policy(&scheme).min_length,
            sole_manager_of,
            revocable: revocable(context, &theirs),
            escalating: escalating(&context.scheme),
            grantable: grantable(context, &theirs),
            apps: apps.len(),
            history,
        })
    }
}

async fn history(
    context: &mut ReadContext<'_>,
    account: &Account,
) -> Result<Option<Vec<AuditEntry>>, Failure> {
    if !context.may(Permission::AuditRead) {
        return Ok(None);
    }
    Ok(Some(audit::history(context.conn(), &account.id, HISTORY).await?))
}

/// How many members of a team are offered as its next owner.
const MAX_SUCCESSORS: i64 = 50;

async fn sole_manager_of(
    context: &mut ReadContext<'_>,
    account: &Account,
    may: &[AccountAction],
) -> Result<Vec<SolelyManagedTeam>, Failure> {
    let ends = [AccountAction::Suspend, AccountAction::Delete];
    if account.status == Status::Deleted || !ends.iter().any(|end| may.contains(end)) {
        return Ok(Vec::new());
    }
    let (scheme, now) = (context.scheme.clone(), context.now);
    let role = &scheme.team_owner_role;
    let teams = teams::sole_manager_of(context.conn(), &account.id, role, now).await?;
    let mut led = Vec::with_capacity(teams.len());
    for team in teams {
        let authorization = &context.authorization;
        let may_hand_over = authorization
            .require_in_team(&team, Permission::TeamMember)
            .is_ok()
            && authorization
                .require_team_role(&team, &scheme.team_owner_role)
                .is_ok();
        let mut successors = if may_hand_over {
            teams::members(context.conn(), &team.id, -1, MAX_SUCCESSORS, now).await?
        } else {
            Vec::new()
        };
        successors.retain(|member| member.id != account.id && member.status == Status::Active);
        led.push(SolelyManagedTeam {
            slug: team.slug,
            name: team.name,
            owner_role: scheme.team_owner_role.clone(),
            successors,
        });
    }
    Ok(led)
}

/// The actions that the caller may take on the account with this authority.
fn may_with(caller: &Caller, theirs: &Authority) -> Vec<AccountAction> {
    if caller.authorization.require_dominates(theirs).is_err() {
        return Vec::new();
    }
    let mut acts = may(caller);
    // Everybody may change their own profile.
    if caller.actor.is(&theirs.account) && !acts.contains(&AccountAction::Update) {
        acts.push(AccountAction::Update);
    }
    acts
}

/// Whether the caller may grant this role to, and revoke it from, the account with this authority.
fn may_change_role(caller: &Caller, theirs: &Authority, role: &str) -> bool {
    let authorization = &caller.authorization;
    authorization.require_dominates(theirs).is_ok() && authorization.require_role_change(role).is_ok()
}

fn revocable(caller: &Caller, theirs: &Authority) -> Vec<String> {
    let default = caller.scheme.default_role.as_deref();
    let held = theirs.roles.iter();
    held.filter(|role| default != Some(role.as_str()) && may_change_role(caller, theirs, role))
        .cloned()
        .collect()
}

fn grantable(caller: &Caller, theirs: &Authority) -> Vec<RoleChoice> {
    let missing = caller
        .scheme
        .roles_of(RoleLevel::Instance)
        .filter(|role| !theirs.roles.contains(&role.name));
    missing
        .filter(|role| may_change_role(caller, theirs, &role.name))
        .map(|role| RoleChoice {
            name: role.name.clone(),
            title: role.title.clone(),
        })
        .collect()
}

/// The instance roles whose holders could gain permissions that they were not granted.
fn escalating(scheme: &Scheme) -> Vec<String> {
    let risky = |role: &&RoleDefinition| escalates(scheme, role.level, &role.name);
    let roles = scheme.roles_of(RoleLevel::Instance).filter(risky);
    roles.map(|role| role.name.clone()).collect()
}

operation! {
    /// Reads the actor's own account.
    read GetOwnAccount {
        /// How long sessions last.
        limits: SessionLimits,
    } -> OwnAccount;
}

/// The actor's own account.
#[derive(Clone, Debug, Serialize)]
pub struct OwnAccount {
    /// What administrators see too.
    #[serde(flatten)]
    pub view: AccountView,
    /// Whether its name and password are managed here and not by another directory.
    pub local: bool,
    /// The minimum length of a new password.
    pub min_password: usize,
    /// Whether its roles have any permission on the instance.
    pub is_staff: bool,
    /// Its latest audit entries.
    pub history: Vec<AuditEntry>,
}

impl GetOwnAccount {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<OwnAccount, Failure> {
        let id = context.own_account()?.clone();
        let account = accounts::by_id(context.conn(), &id).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let authority = context.authority_of(&id).await?;
        let is_staff = authority.is_staff();
        let limit = authority.session_limit(self.limits);
        let mut view = AccountView::of(context, &account, &authority, limit).await?;
        if !context.settings.personal_teams {
            view.teams.retain(|team| !team.personal);
        }
        Ok(OwnAccount {
            view,
            local: account.source == LOCAL,
            min_password: password_policy(&context.scheme).min_length,
            is_staff,
            history: audit::history(context.conn(), &id, HISTORY).await?,
        })
    }
}
