//! Reading, changing and explaining who may sign in to an app.

use serde::Serialize;
use serde_json::json;

use super::guard::{MANAGE, READ, find, find_for_change};
use crate::directory::accounts::{AccountRef, AccountSummary, find as find_account};
use crate::directory::groups::{self, GroupRef};
use crate::directory::teams::{self, TeamRef};
use crate::directory::{ChangeContext, Failure, ReadContext, access, logouts, operation};
use crate::model::access::{AccessRule, Decision, Ground, NamedRule, NamedTeam, Obstacle, Reason};
use crate::model::action::Action;
use crate::model::client::{Client, ClientSettings};
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::{RoleDefinition, Scheme};
use crate::model::{ClientId, GroupId, TeamId};
use crate::store;
use crate::store::{Conn, clients};

/// A rule with the names of its groups and teams.
pub(in crate::directory) async fn named(
    conn: &mut Conn,
    rule: &AccessRule,
) -> Result<NamedRule, store::Error> {
    let mut named = NamedRule {
        everyone: rule.everyone,
        roles: rule.roles.clone(),
        second_factor: rule.second_factor,
        ..NamedRule::default()
    };
    for id in &rule.groups {
        named.groups.extend(store::groups::by_id(conn, id).await?);
    }
    for id in &rule.teams {
        let team = store::teams::by_id(conn, id).await?;
        named.teams.extend(team.map(|team| NamedTeam {
            id: team.id,
            slug: team.slug,
            name: team.name,
        }));
    }
    Ok(named)
}

/// The team that owns an app, with its names.
pub(in crate::directory) async fn named_team(
    conn: &mut Conn,
    team: Option<&TeamId>,
) -> Result<Option<NamedTeam>, store::Error> {
    let Some(team) = team else {
        return Ok(None);
    };
    let found = store::teams::by_id(conn, team).await?;
    Ok(found.map(|team| NamedTeam {
        id: team.id,
        slug: team.slug,
        name: team.name,
    }))
}

operation! {
    /// Makes an access rule from references to groups, teams and roles.
    read FindAccessRule {
        everyone: bool,
        groups: Vec<GroupRef>,
        teams: Vec<TeamRef>,
        /// Roles, written as in [`AccessRule`].
        roles: Vec<String>,
    } -> AccessRule, requires AppManage;
}

impl FindAccessRule {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AccessRule, Failure> {
        let mut rule = AccessRule {
            everyone: self.everyone,
            ..AccessRule::default()
        };
        for group in &self.groups {
            rule.groups
                .push(groups::existing(context.conn(), group).await?.id);
        }
        for team in &self.teams {
            add(&mut rule.teams, team_id(context.conn(), team).await?);
        }
        for role in self.roles {
            ensure_role(&context.scheme, &role)?;
            add(&mut rule.roles, role);
        }
        Ok(rule)
    }
}

fn ensure_role(scheme: &Scheme, reference: &str) -> Result<(), Failure> {
    let (level, name) = access::role_of(reference);
    if scheme.role(level, name).is_some() {
        return Ok(());
    }
    let known = [RoleLevel::Instance, RoleLevel::App];
    let known = known.into_iter().flat_map(|level| scheme.roles_of(level));
    let known: Vec<String> = known.map(RoleDefinition::reference).collect();
    Err(Code::UnknownRole
        .at("name")
        .with("roles", known.join(", "))
        .into())
}

operation! {
    /// Changes who may sign in to an app. Whether it requires a second factor stays.
    change SetAccessRule { id: ClientId, rule: AccessRule } -> ();
}

impl SetAccessRule {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let before = find_for_change(context, &self.id, MANAGE).await?;
        let (tx, now) = context.tx_now();
        let names = (
            named(tx, &before.settings.access).await?,
            named(tx, &self.rule).await?,
        );
        let access = AccessRule {
            second_factor: before.settings.access.second_factor,
            ..self.rule
        };
        let settings = ClientSettings {
            access,
            ..before.settings
        };
        clients::update(tx, &self.id, &settings, now).await?;
        logouts::queue_for_app(context, &self.id).await?;
        let detail = json!({ "before": in_short(&names.0), "after": in_short(&names.1) });
        context
            .record(Action::AppSetAccess, self.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Starts or stops requiring a second factor of whoever signs in to an app.
    change SetAppSecondFactor { id: ClientId, required: bool } -> ();
}

impl SetAppSecondFactor {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let mut settings = find_for_change(context, &self.id, MANAGE).await?.settings;
        let detail = json!({ "before": settings.access.second_factor, "after": self.required });
        settings.access.second_factor = self.required;
        let (tx, now) = context.tx_now();
        clients::update(tx, &self.id, &settings, now).await?;
        context
            .record(Action::AppSecondFactor, self.id.as_str(), &detail)
            .await
    }
}

/// Everyone, or a part of an access rule: whom [`LetIn`] adds and [`ShutOut`] removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrant {
    /// Everyone.
    Everyone,
    /// A group.
    Group(GroupRef),
    /// A team.
    Team(TeamRef),
    /// A role, written as in [`AccessRule`].
    Role(String),
}

operation! {
    /// Lists the first hundred groups, the first hundred teams and the roles that a rule can name, each as its kind and
    /// its name.
    read ListEntrants -> Vec<(&'static str, String)>, requires AppManage;
}

impl ListEntrants {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<(&'static str, String)>, Failure> {
        let now = context.now;
        let groups = store::groups::page(context.conn(), "", "%", MAX_NAMES).await?;
        let teams = store::teams::list(context.conn(), -1, "%", false, MAX_NAMES, now).await?;
        let mut all: Vec<_> = groups.into_iter().map(|group| ("Group", group.name)).collect();
        all.extend(teams.into_iter().map(|team| ("Team", team.slug)));
        let roles = [RoleLevel::Instance, RoleLevel::App];
        let roles = roles.into_iter().flat_map(|level| context.scheme.roles_of(level));
        all.extend(roles.map(|role| ("Role", role.reference())));
        Ok(all)
    }
}

const MAX_NAMES: i64 = 100;

operation! {
    /// Lets in everyone, or whoever a part of the rule names.
    change LetIn { id: ClientId, who: Entrant } -> ();
}

impl LetIn {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let mut rule = find_for_change(context, &self.id, MANAGE).await?.settings.access;
        match self.who {
            Entrant::Everyone => rule.everyone = true,
            Entrant::Group(group) => add(&mut rule.groups, group_id(context.tx(), &group).await?),
            Entrant::Team(team) => add(&mut rule.teams, team_id(context.tx(), &team).await?),
            Entrant::Role(named) => {
                ensure_role(&context.scheme, &named)?;
                add(&mut rule.roles, named);
            }
        }
        let id = self.id;
        SetAccessRule { id, rule }.perform(context).await
    }
}

operation! {
    /// Removes everyone, or a part of the rule, from those who may sign in to an app.
    change ShutOut { id: ClientId, who: Entrant } -> ();
}

impl ShutOut {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let mut rule = find_for_change(context, &self.id, MANAGE).await?.settings.access;
        match self.who {
            Entrant::Everyone => rule.everyone = false,
            Entrant::Group(group) => {
                let id = group_id(context.tx(), &group).await?;
                rule.groups.retain(|other| *other != id);
            }
            Entrant::Team(team) => {
                let id = team_id(context.tx(), &team).await?;
                rule.teams.retain(|other| *other != id);
            }
            Entrant::Role(named) => rule.roles.retain(|other| *other != named),
        }
        let id = self.id;
        SetAccessRule { id, rule }.perform(context).await
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

async fn group_id(conn: &mut Conn, group: &GroupRef) -> Result<GroupId, Failure> {
    Ok(groups::existing(conn, group).await?.id)
}

async fn team_id(conn: &mut Conn, team: &TeamRef) -> Result<TeamId, Failure> {
    Ok(teams::named(conn, team).await?.id)
}

/// The parts of a rule, as the audit log writes them.
fn in_short(rule: &NamedRule) -> Vec<String> {
    let everyone = rule.everyone.then(|| "everyone".to_owned());
    let groups = rule.groups.iter().map(|group| format!("group {}", group.name));
    let teams = rule.teams.iter().map(|team| format!("team {}", team.slug));
    let roles = rule.roles.iter().map(|role| format!("role {role}"));
    everyone
        .into_iter()
        .chain(groups)
        .chain(teams)
        .chain(roles)
        .collect()
}

/// Whether somebody may sign in to an app, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The person.
    pub account: AccountSummary,
    /// The app's name.
    pub app: String,
    /// Whether they may sign in.
    pub allowed: bool,
    /// Every reason.
    pub reasons: Vec<Reason>,
}

operation! {
    /// Explains whether somebody may sign in to an app.
    read ExplainAccess { account: AccountRef, app: ClientId } -> Explanation, requires AccountRead;
}

impl ExplainAccess {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Explanation, Failure> {
        let app = find(context, &self.app, READ).await?;
        let account = find_account(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let authority = context.authority_of(&account.id).await?;
        let groups = store::groups::ids_of_account(context.conn(), &account.id).await?;
        let decision = access::decide(&app, &authority, &groups);
        let is_usable = account.is_usable(context.now);
        let allowed = is_usable && decision.is_allowed();
        let mut reasons = reasons(context.conn(), &app, decision).await?;
        if !is_usable {
            reasons = vec![Reason::AccountUnusable];
        }
        Ok(Explanation {
            account: account.into(),
            app: app.name,
            allowed,
            reasons,
        })
    }
}

async fn reasons(conn: &mut Conn, app: &Client, decision: Decision) -> Result<Vec<Reason>, store::Error> {
    let grounds = match decision {
        Decision::Allowed(grounds) => grounds,
        Decision::Override => return Ok(vec![Reason::EveryApp]),
        Decision::Refused(Obstacle::Disabled) => return Ok(vec![Reason::Disabled]),
        Decision::Refused(Obstacle::NoSignIn) => return Ok(vec![Reason::NoSignIn]),
        Decision::Refused(Obstacle::NotInTeam) => {
            let team = named_team(conn, app.team.as_ref()).await?;
            return Ok(team
                .map(|team| Reason::NotInTeam(team.name))
                .into_iter()
                .collect());
        }
        Decision::Refused(Obstacle::Closed) => return Ok(vec![Reason::Closed]),
        Decision::Refused(Obstacle::NotChosen) => {
            return Ok(vec![Reason::NotChosen(named(conn, &app.settings.access).await?)]);
        }
    };
    let mut all = Vec::new();
    for ground in grounds {
        all.extend(match ground {
            Ground::Everyone => Some(Reason::Everyone),
            Ground::Role(held) => Some(Reason::Role(held)),
            Ground::Group(id) => store::groups::by_id(conn, &id)
                .await?
                .map(|group| Reason::Group(group.name)),
            Ground::Team(id) => store::teams::by_id(conn, &id)
                .await?
                .map(|team| Reason::Team(team.name)),
        });
    }
    Ok(all)
}
