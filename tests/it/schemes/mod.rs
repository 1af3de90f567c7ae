//! What each role of each built-in scheme may do, through the operations of `directory`.

mod claims;
mod cloudron;
mod coder;
mod coolify;
mod guards;
mod harbor;
mod pipeline;

use doorward::directory::Failure;
use doorward::directory::accounts::{ActivateAccount, CreateAccount, NewAccount, SuspendAccount};
use doorward::directory::authority::Authority;
use doorward::directory::clients::{
    AddClientSecret, DisableClient, DropOldClientSecrets, EnableClient, GetClient, ListClients,
};
use doorward::directory::groups::{AddGroupMember, AddInnerGroup, CreateGroup};
use doorward::directory::invitations::{InvitationTarget, InvitePeople};
use doorward::directory::roles::{GrantRole, RevokeRole};
use doorward::directory::schemes::{ApplyScheme, PlanScheme};
use doorward::directory::teams::{
    CreateTeam, DeleteTeam, MembershipEnd, RemoveTeamMember, RenameTeam, SetTeamMember,
};
use doorward::directory::{Actor, schemes};
use doorward::model::client::ClientSettings;
use doorward::model::permission::Permission;
use doorward::model::refusal::Kind;
use doorward::model::role::RoleLevel;
use doorward::model::{AccountId, ClientId, TeamId};

use crate::support::{On, TestApp, apply, new_app, new_settings, on_both};

/// Applies a scheme, so that Ann holds its top role.
pub async fn apply_scheme(test: &TestApp, name: &str) {
    let scheme = schemes::built_in().iter().find(|scheme| scheme.name == name);
    let scheme = scheme.unwrap().clone();
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
}

impl TestApp {
    /// Starts a server with a scheme, whose top role Ann holds.
    async fn start_with_scheme(on: On, name: &str) -> Self {
        let test = Self::start(on).await;
        apply_scheme(&test, name).await;
        test
    }

    async fn cloudron(on: On) -> Self {
        Self::start_with_scheme(on, "cloudron").await
    }

    async fn coolify(on: On) -> Self {
        Self::start_with_scheme(on, "coolify").await
    }

    async fn pipeline(on: On) -> Self {
        Self::start_with_scheme(on, "pipeline").await
    }
}

/// Grants a person an instance role.
pub async fn grant_instance_role(test: &TestApp, id: &AccountId, role: &str) {
    let person = Actor::account(id.clone(), "");
    assert_eq!(grant(test, &Actor::HOST, &person, role).await, "yes");
}

/// An account with one instance role, or with only the default one.
pub async fn with_role(test: &TestApp, username: &str, role: &str) -> Actor {
    let id = test.add_person(username).await;
    if !role.is_empty() {
        grant_instance_role(test, &id, role).await;
    }
    Actor::account(id, "")
}

/// Accounts with only the default role.
pub async fn people<const N: usize>(test: &TestApp, usernames: [&str; N]) -> [Actor; N] {
    let mut actors = usernames.map(|_| Actor::HOST);
    for (actor, username) in actors.iter_mut().zip(usernames) {
        *actor = with_role(test, username, "").await;
    }
    actors
}

/// Ann, who has the top role.
pub fn ann(test: &TestApp) -> Actor {
    Actor::account(test.ann.clone(), "")
}

pub async fn authority(test: &TestApp, actor: &Actor) -> Authority {
    let id = actor.account_id().expect("an account");
    let scheme = schemes::active(&test.app.db).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    Authority::load(&mut conn, scheme, id, test.clock.now())
        .await
        .unwrap()
}

pub fn id_of(actor: &Actor) -> AccountId {
    actor.account_id().expect("an account").clone()
}

/// The outcome of an operation: "yes", or the kind of refusal.
pub fn outcome_of<T>(outcome: Result<T, Failure>) -> &'static str {
    let reasons = match outcome {
        Ok(_) => return "yes",
        Err(Failure::Refused(reasons)) => reasons,
        Err(error) => panic!("{error}"),
    };
    match reasons[0].code.kind() {
        Kind::Forbidden => "forbidden",
        Kind::NotFound => "not found",
        Kind::Conflict => "refused",
        Kind::Invalid => "invalid",
        Kind::Busy => "busy",
    }
}

pub async fn create_as(test: &TestApp, actor: &Actor, username: &str, role: Option<&str>) -> &'static str {
    let new = NewAccount {
        username: username.into(),
        role: role.map(str::to_owned),
        ..NewAccount::default()
    };
    outcome_of(test.change(actor, CreateAccount { new }).await)
}

pub async fn suspend(test: &TestApp, actor: &Actor, over: &AccountId) -> &'static str {
    let (id, reason) = (over.clone(), String::new());
    outcome_of(test.change(actor, SuspendAccount { id, reason }).await)
}

pub async fn activate(test: &TestApp, actor: &Actor, over: &AccountId) -> &'static str {
    let id = over.clone();
    outcome_of(test.change(actor, ActivateAccount { id }).await)
}

/// Adds somebody to a team.
pub async fn add_to_team(test: &TestApp, team: &TeamId, who: &Actor, role: &str) {
    let add = SetTeamMember {
        team: team.clone().into(),
        account: id_of(who).into(),
        role: Some(role.into()),
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, add).await.unwrap();
}

pub async fn team(test: &TestApp, actor: &Actor, slug: &str) -> TeamId {
    let create = CreateTeam {
        slug: Some(slug.into()),
        name: slug.into(),
    };
    test.change(actor, create).await.unwrap().id
}

pub async fn join(test: &TestApp, by: &Actor, team: &TeamId, who: &Actor, role: &str) -> &'static str {
    let set = SetTeamMember {
        team: team.clone().into(),
        account: id_of(who).into(),
        role: Some(role.into()),
        end: MembershipEnd::Set(None),
    };
    outcome_of(test.change(by, set).await)
}

pub async fn leave(test: &TestApp, by: &Actor, team: &TeamId, who: &Actor) -> &'static str {
    let (team, account) = (team.clone().into(), id_of(who).into());
    outcome_of(test.change(by, RemoveTeamMember { team, account }).await)
}

pub async fn rename(test: &TestApp, by: &Actor, team: &TeamId) -> &'static str {
    let (team, name) = (team.clone().into(), "Other".into());
    outcome_of(test.change(by, RenameTeam { team, name }).await)
}

pub async fn delete_team(test: &TestApp, by: &Actor, team: &TeamId) -> &'static str {
    let team = team.clone().into();
    outcome_of(test.change(by, DeleteTeam { team }).await)
}

pub async fn grant(test: &TestApp, by: &Actor, to: &Actor, role: &str) -> &'static str {
    let grant = GrantRole {
        account: id_of(to).into(),
        role: role.into(),
        until: None,
    };
    outcome_of(test.change(by, grant).await)
}

pub async fn revoke(test: &TestApp, by: &Actor, from: &Actor, role: &str) -> &'static str {
    let (account, role) = (id_of(from).into(), role.into());
    outcome_of(test.change(by, RevokeRole { account, role }).await)
}

pub async fn make_group(test: &TestApp, by: &Actor, name: &str) -> &'static str {
    outcome_of(test.change(by, CreateGroup { name: name.into() }).await)
}

#[apply(on_both)]
async fn applying_a_scheme_always_leaves_an_owner(test: TestApp) {
    let bob = with_role(&test, "bob", "owner").await;
    let carol = with_role(&test, "carol", "auditor").await;
    let may_update = async |actor| authority(&test, actor).await.may(Permission::SystemUpdate);
    for scheme in schemes::built_in().iter().chain(schemes::built_in()).cloned() {
        let name = scheme.name.clone();
        let steps = async || {
            let scheme = scheme.clone();
            test.read(&Actor::HOST, PlanScheme { scheme }).await.unwrap()
        };
        let plan = steps().await;
        let apply = ApplyScheme {
            scheme: scheme.clone(),
        };
        let applied = test.change(&Actor::HOST, apply).await;
        assert_eq!(applied.unwrap(), plan);
        assert!(may_update(&bob).await, "{name}: {plan:?}");
        assert!(!may_update(&carol).await, "{name}");
        assert_eq!(steps().await, [], "{name}");
    }
}

#[apply(on_both)]
async fn a_scheme_is_planned_and_applied_only_with_permission(test: TestApp) {
    let carol = with_role(&test, "carol", "auditor").await;
    let scheme = schemes::built_in()[0].clone();
    let planned = PlanScheme {
        scheme: scheme.clone(),
    };
    assert_eq!(outcome_of(test.read(&carol, planned).await), "forbidden");
    let denied = test.change(&carol, ApplyScheme { scheme }).await;
    assert_eq!(outcome_of(denied), "forbidden");
}

#[apply(on_both)]
async fn nested_groups_are_resolved_and_never_circular(test: TestApp) {
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let create = CreateGroup { name: name.into() };
        ids.push(test.change(&Actor::HOST, create).await.unwrap());
    }
    let nest = async |outer: usize, inner: usize| {
        let add = AddInnerGroup {
            group: ids[outer].clone().into(),
            inner: ids[inner].clone().into(),
        };
        outcome_of(test.change(&Actor::HOST, add).await)
    };
    assert_eq!(nest(0, 1).await, "yes");
    assert_eq!(nest(1, 2).await, "yes");
    assert_eq!(nest(2, 0).await, "invalid");
    assert_eq!(nest(1, 1).await, "invalid");
    let add = AddGroupMember {
        group: ids[2].clone().into(),
        account: test.ann.clone().into(),
        create: false,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let held = doorward::store::groups::of_account(&mut conn, &test.ann)
        .await
        .unwrap();
    assert_eq!(held, ["a", "b", "c", "engineering"]);
}

/// Adds a team role that may invite and add members and nothing else.
async fn add_role_of_hosts(test: &TestApp) {
    let mut scheme = schemes::built_in()[0].clone();
    scheme.name = "own".into();
    let admin = scheme.roles.iter().find(|role| role.name == "admin");
    let mut host = admin.unwrap().clone();
    host.level = RoleLevel::Team;
    host.name = "host".into();
    host.permissions = ["team.read", "team.invite", "team.member"]
        .map(str::to_owned)
        .to_vec();
    host.may_create_as.clear();
    scheme.roles.push(host);
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
}

#[apply(on_both)]
async fn d10_in_a_team_nobody_grants_or_removes_more_than_their_own_role(test: TestApp) {
    add_role_of_hosts(&test).await;
    let [boss, host, guest] = people(&test, ["boss", "greeter", "grace"]).await;
    let ops = team(&test, &boss, "ops").await;
    for (who, role) in [(&host, "host"), (&guest, "member")] {
        assert_eq!(join(&test, &Actor::HOST, &ops, who, role).await, "yes");
    }
    let invite = async |role: &str| {
        let target = InvitationTarget {
            team: Some(ops.clone()),
            role: Some(role.to_owned()),
        };
        let addresses = Vec::new();
        outcome_of(test.change(&host, InvitePeople { target, addresses }).await)
    };
    for (role, expected) in [("admin", "forbidden"), ("host", "yes"), ("member", "yes")] {
        assert_eq!(join(&test, &host, &ops, &guest, role).await, expected, "{role}");
        assert_eq!(invite(role).await, expected, "{role}");
    }
    assert_eq!(join(&test, &host, &ops, &boss, "member").await, "forbidden");
    assert_eq!(leave(&test, &host, &ops, &boss).await, "forbidden");
    assert_eq!(leave(&test, &host, &ops, &guest).await, "yes");
}

/// The outcome of every operation on an existing app, and of the list.
async fn outcomes_for_app(test: &TestApp, actor: &Actor, id: &ClientId) -> [&'static str; 7] {
    let update = new_settings(id.as_str(), ClientSettings::default());
    let id = || id.clone();
    [
        outcome_of(test.read(actor, GetClient { id: id() }).await),
        outcome_of(test.read(actor, ListClients).await),
        outcome_of(test.change(actor, update).await),
        outcome_of(test.change(actor, AddClientSecret { id: id(), days: None }).await),
        outcome_of(test.change(actor, DropOldClientSecrets { id: id() }).await),
        outcome_of(test.change(actor, DisableClient { id: id() }).await),
        outcome_of(test.change(actor, EnableClient { id: id() }).await),
    ]
}

#[apply(on_both)]
async fn d10_apps_are_changed_only_with_permission(test: TestApp) {
    let bob = with_role(&test, "bob", "").await;
    let admin = with_role(&test, "adam", "admin").await;
    let app = ClientId("rp".into());
    test.register("rp", |_| ()).await;
    for (actor, expected) in [(&bob, "forbidden"), (&admin, "yes")] {
        let create = new_app("fresh", ClientSettings::default());
        assert_eq!(outcome_of(test.change(actor, create).await), expected);
        let outcomes = outcomes_for_app(&test, actor, &app).await;
        assert_eq!(outcomes, [expected; 7]);
    }
}
