//! Examples of the pages of accounts.

use std::time::Duration;

use doorward::console::shell::NavItem;
use doorward::console::user::{AskedRole, UserPage, UserTab};
use doorward::console::users::{Chip, Column, Place, RoleColumn, RoleEditor, Users};
use doorward::console::users_bulk::{BulkChoice, BulkConfirmation, BulkResult, BulkResults};
use doorward::console::users_query::ListQuery;
use doorward::directory::accounts::{
    AccountDetail, AccountRow, Consequences, RoleChoice, SolelyManagedTeam, TeamLink,
};
use doorward::directory::clients::AccountApp;
use doorward::directory::filter::State;
use doorward::directory::resets::ResetWay;
use doorward::model::account::{AccountAction, LOCAL};
use doorward::model::team::TeamMember;
use doorward::model::{AccountId, ClientId};
use doorward::web::page::{Notice, PageState, Tone};
use doorward::web::resets::{Made, ResetSecret, SecretKind};

use super::parts::{
    account_link, account_view, audit_entries, bare_account_view, earlier, shell, shown, sign_outs,
    team_views, wrong_field,
};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([list(), selected_list(), empty_list(), wrong_query()]),
        of([ask(&[4]), ask(&[4, 5]), ask_for_all()]),
        of([bulk_results(), bulk_success()]),
        of(users()),
    ]
    .concat()
}

fn query(q: &str) -> ListQuery {
    ListQuery {
        q: q.into(),
        sort: "newest",
    }
}

fn chips() -> Vec<Chip> {
    let chip = |text, state, on| Chip {
        text,
        state,
        href: format!("?q=status%3A{state}"),
        on,
    };
    vec![
        chip("All", "all", true),
        chip("Active", "active", false),
        chip("Dormant", "dormant", false),
        chip("Invited", "invited", false),
        chip("Pending", "pending", false),
        chip("Suspended", "suspended", false),
        chip("Deleted", "deleted", false),
    ]
}

fn role_column() -> RoleColumn {
    RoleColumn {
        roles: Some(RoleEditor {
            number: 1,
            held: vec!["admin".into(), "member".into()],
            revocable: vec!["admin".into()],
            grantable: roles(),
        }),
        list_without_roles: "?q=".into(),
        list_with_roles: Some("?q=&roles=".into()),
    }
}

fn actions() -> Vec<BulkChoice> {
    let all = "active dormant invited pending suspended";
    vec![
        choice("approve", "Approve", false, "pending"),
        choice("activate", "Lift suspension", false, "suspended"),
        choice("suspend", "Suspend", true, "active dormant invited"),
        choice("delete", "Delete", true, all),
    ]
}

fn list() -> Users {
    let column = |sorted| Column {
        href: "?q=&sort=name".into(),
        sorted,
    };
    Users {
        shell: shell(NavItem::Users),
        list: query(""),
        notice: None,
        mistake: None,
        chips: chips(),
        columns: [column("none"), column("ascending"), column("descending")],
        count: 10_000,
        seats: 9_000,
        rows: vec![
            row(4, "erin", State::Pending, None),
            row(3, "dave", State::Suspended, None),
            row(2, "carol", State::Dormant, None),
            row(1, "bob", State::Active, Some("admin")),
            row(0, "ann", State::Active, Some("owner")),
        ],
        place: Place {
            from: 1_051,
            to: 1_055,
            first: Some("?q=".into()),
            previous: Some("?q=&before=4".into()),
            next: Some("?q=&after=0".into()),
        },
        to_user: "?list=%3Fq%3Dx".into(),
        selected: false,
        select: "?q=&select=page".into(),
        role_column: role_column(),
        may_create: true,
        actions: actions(),
    }
}

fn choice(value: &'static str, text: &'static str, danger: bool, states: &str) -> BulkChoice {
    BulkChoice {
        value,
        text,
        danger,
        states: states.into(),
    }
}

/// Every account, sorted by name, on one page, with all rows selected.
fn selected_list() -> Users {
    Users {
        list: ListQuery {
            q: "team:ops".into(),
            sort: "name",
        },
        count: 5,
        seats: 1,
        place: Place {
            from: 1,
            to: 5,
            ..Place::default()
        },
        selected: true,
        ..list()
    }
}

/// An account of the list; number 2 has neither name nor address.
fn row(number: i64, username: &str, state: State, role: Option<&str>) -> AccountRow {
    AccountRow {
        id: AccountId(format!("01990000-0000-7000-8000-00000000000{number}")),
        number,
        username: username.into(),
        name: if number == 2 {
            String::new()
        } else {
            "Ann Lee".into()
        },
        email: (number != 2).then(|| format!("{username}@example.org")),
        state,
        role: role.map(str::to_owned),
        more_roles: i64::from(number == 0),
        last_seen_at: (number < 2).then(earlier),
        created_at: earlier(),
    }
}

fn empty_list() -> Users {
    Users {
        list: query("nobody"),
        rows: Vec::new(),
        count: 0,
        place: Place::default(),
        may_create: false,
        actions: Vec::new(),
        ..list()
    }
}

fn wrong_query() -> Users {
    Users {
        mistake: Some("There is no status \"gone\". Use one of active, dormant.".into()),
        ..empty_list()
    }
}

fn team_link(slug: &str) -> TeamLink {
    TeamLink {
        slug: slug.into(),
        name: slug.to_uppercase(),
    }
}

fn ask(numbers: &[i64]) -> BulkConfirmation {
    BulkConfirmation {
        shell: shell(NavItem::Users),
        list: query(""),
        back: "?q=".into(),
        action: "suspend",
        verb: "Suspend",
        danger: true,
        consequence: "Nothing is deleted.",
        ends: Some(Consequences {
            sessions: 3,
            apps: 1,
            teams: ["ops", "on-call"].map(team_link).to_vec(),
        }),
        count: numbers.len(),
        people: numbers
            .iter()
            .map(|number| (*number, format!("user{number}")))
            .collect(),
        all: false,
        left_out: 0,
    }
}

/// Every account that matches a query, of which the page names two.
fn ask_for_all() -> BulkConfirmation {
    BulkConfirmation {
        list: query("status:pending"),
        action: "approve",
        verb: "Approve",
        danger: false,
        consequence: "",
        ends: None,
        count: 3_198,
        all: true,
        left_out: 2,
        ..ask(&[4, 5])
    }
}

fn bulk_results() -> BulkResults {
    let result = |number, done, text: &str| BulkResult {
        number,
        username: format!("user{number}"),
        done,
        text: text.into(),
    };
    let refusal = "This account may do more than you, so you cannot change it.";
    BulkResults {
        shell: shell(NavItem::Users),
        back: "?q=".into(),
        verb: "Suspended",
        inverse: Some("activate"),
        done: 1,
        count: 2,
        results: vec![result(5, false, refusal), result(4, true, "Done")],
    }
}

/// More successes than the page names.
fn bulk_success() -> BulkResults {
    let mut page = bulk_results();
    page.results.remove(0);
    BulkResults {
        inverse: None,
        done: 1_201,
        count: 1_201,
        ..page
    }
}

/// An account on every tab and in every state.
fn users() -> Vec<UserPage> {
    let without_mistake = |account| UserPage {
        account,
        page_state: PageState::default(),
        ..suspended()
    };
    let in_state = |state| AccountDetail {
        state,
        ..suspended_account()
    };
    let read_only = AccountDetail {
        history: None,
        may: Vec::new(),
        ..in_state(State::Deleted)
    };
    let waiting = |state| AccountDetail {
        status_reason: None,
        ..in_state(state)
    };
    let tab = |tab, page| UserPage { tab, ..page };
    vec![
        active(),
        tab(UserTab::Access, active()),
        tab(UserTab::SignIn, active()),
        with_reset(),
        tab(UserTab::Sessions, active()),
        tab(UserTab::History, active()),
        asking(),
        suspended(),
        tab(UserTab::Access, without_mistake(suspended_account())),
        tab(UserTab::SignIn, without_mistake(read_only.clone())),
        tab(UserTab::Sessions, without_mistake(suspended_account())),
        without_mistake(read_only),
        without_mistake(in_state(State::Deleted)),
        without_mistake(waiting(State::Pending)),
        without_mistake(waiting(State::Invited)),
    ]
}

fn active() -> UserPage {
    UserPage {
        shell: shell(NavItem::Users),
        list: "?q=x".into(),
        keep: "?list=%3Fq%3Dx".into(),
        tab: UserTab::Profile,
        account: active_account(),
        directory: None,
        adds_to_teams: true,
        adds_to_groups: true,
        acting_minutes: 60,
        asked: None,
        person_apps: Some(persons_apps()),
        signed_out: sign_outs(),
        made: Some(account_link()),
        page_state: PageState {
            notice: Some(Notice::new(Tone::Success, "Saved.")),
            ..PageState::default()
        },
    }
}

/// A team that only this account manages.
fn led(name: &str, successors: Vec<TeamMember>) -> SolelyManagedTeam {
    SolelyManagedTeam {
        slug: name.to_lowercase(),
        name: name.into(),
        owner_role: "admin".into(),
        successors,
    }
}

fn active_account() -> AccountDetail {
    AccountDetail {
        view: account_view(),
        state: State::Active,
        own: false,
        status_reason: None,
        source: LOCAL.into(),
        created_at: earlier(),
        last_seen_at: Some(earlier()),
        valid_from: Some(earlier()),
        valid_until: Some(earlier() + Duration::from_hours(240)),
        revocable: vec!["admin".into()],
        grantable: roles(),
        escalating: vec!["admin".into()],
        apps: 2,
        history: Some(audit_entries()),
        may: AccountAction::ALL.to_vec(),
        temporary_password_until: None,
        password_disabled: true,
        resets: ResetWay::ALL.to_vec(),
        min_password: 12,
        sole_manager_of: vec![
            led("Ops", team_views()[0].team.members.rows.clone()),
            led("On-call", Vec::new()),
        ],
    }
}

/// A temporary password that was just made.
fn with_reset() -> UserPage {
    let secret = Made::Reset(ResetSecret {
        kind: SecretKind::Temporary,
        secret: "7QK2-M0XD-93TB-HRWA".into(),
        until: Some(earlier() + Duration::from_hours(72)),
        mailed: 0,
        who: "Ann Lee".into(),
        hand_over: Some("https://id.example.org/hand-over/4n1Hc0".into()),
    });
    UserPage {
        tab: UserTab::SignIn,
        account: AccountDetail {
            temporary_password_until: Some(earlier() + Duration::from_hours(72)),
            resets: Vec::new(),
            ..active_account()
        },
        made: Some(shown(secret)),
        ..active()
    }
}

/// The question before a role is granted.
fn asking() -> UserPage {
    UserPage {
        account: AccountDetail {
            state: State::Pending,
            sole_manager_of: Vec::new(),
            ..active_account()
        },
        asked: Some(AskedRole {
            role: roles().remove(0),
            until: String::new(),
            list: "?q=&roles=1".into(),
        }),
        made: None,
        page_state: PageState::default(),
        ..active()
    }
}

/// An account that another directory manages, without any data, with a mistake in the submitted form.
fn suspended() -> UserPage {
    UserPage {
        account: suspended_account(),
        directory: Some("ldap".into()),
        adds_to_teams: false,
        adds_to_groups: false,
        made: None,
        page_state: wrong_field("name", "Use at most 200 characters."),
        ..active()
    }
}

fn suspended_account() -> AccountDetail {
    AccountDetail {
        view: bare_account_view(),
        state: State::Suspended,
        status_reason: Some("left".into()),
        source: "ldap".into(),
        last_seen_at: None,
        valid_from: None,
        valid_until: None,
        revocable: Vec::new(),
        grantable: Vec::new(),
        resets: Vec::new(),
        apps: 0,
        ..active_account()
    }
}

pub fn roles() -> Vec<RoleChoice> {
    let role = |name: &str, title: &str| RoleChoice {
        name: name.into(),
        title: title.into(),
    };
    vec![role("admin", "Admin"), role("auditor", "Auditor")]
}

fn persons_apps() -> Vec<AccountApp> {
    let app = |name: &str, may_enter, has_access| AccountApp {
        client_id: ClientId(name.to_lowercase()),
        name: name.into(),
        may_enter,
        has_access,
    };
    vec![
        app("Grafana", true, true),
        app("Wiki", true, false),
        app("Gitea", false, true),
    ]
}
