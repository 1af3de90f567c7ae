//! Examples of the pages of accounts.

use std::time::Duration;

use doorward::console::shell::NavItem;
use doorward::console::user::UserPage;
use doorward::console::users::{Chip, Users};
use doorward::console::users_bulk::{BulkConfirmation, BulkResult, BulkResults};
use doorward::console::users_new::NewUser;
use doorward::directory::accounts::{AccountDetail, AccountRow, NewAccountOptions, RoleChoice};
use doorward::directory::filter::State;
use doorward::model::AccountId;
use doorward::model::account::{AccountAction, LOCAL};
use doorward::web::page::{FieldError, Notice, PageState, Tone};

use super::parts::{
    account_view, audit_entries, bare_account_view, earlier, invitation_links, shell, wrong_field,
};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([list(), empty_list(), wrong_query()]),
        of([ask(&[4]), ask(&[4, 5])]),
        of([bulk_results()]),
        of(users()),
        of([new_user(), wrong_new_user(), new_user_by_link()]),
    ]
    .concat()
}

fn list() -> Users {
    let chip = |text, query, on| Chip { text, query, on };
    Users {
        shell: shell(NavItem::Users),
        query: "status:active".into(),
        sort: "newest",
        mistake: None,
        chips: vec![
            chip("Active", "status:active", true),
            chip("Dormant", "status:dormant", false),
        ],
        count: 10_000,
        seats: 9_000,
        rows: vec![
            row(3, "dave", State::Suspended, None),
            row(2, "carol", State::Dormant, None),
            row(1, "bob", State::Active, Some("admin")),
            row(0, "ann", State::Active, Some("owner")),
        ],
        next: Some("?after=0".into()),
        may_create: true,
        actions: vec![("suspend", "Suspend"), ("delete", "Delete")],
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
    }
}

fn empty_list() -> Users {
    Users {
        query: "nobody".into(),
        rows: Vec::new(),
        count: 0,
        next: None,
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

fn ask(numbers: &[i64]) -> BulkConfirmation {
    BulkConfirmation {
        shell: shell(NavItem::Users),
        action: "suspend",
        verb: "Suspend",
        consequence: "Their sessions and their apps' access end at once.",
        people: numbers
            .iter()
            .map(|number| (*number, format!("user{number}")))
            .collect(),
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
        action: "Suspend",
        done: 1,
        results: vec![result(4, true, "Done"), result(5, false, refusal)],
    }
}

/// An account in every state.
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
    vec![
        active(),
        suspended(),
        without_mistake(read_only),
        without_mistake(in_state(State::Deleted)),
        without_mistake(waiting(State::Pending)),
        without_mistake(waiting(State::Invited)),
    ]
}

fn active() -> UserPage {
    UserPage {
        shell: shell(NavItem::Users),
        account: active_account(),
        directory: None,
        links: invitation_links(),
        page_state: PageState {
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Saved.")),
        },
    }
}

fn active_account() -> AccountDetail {
    AccountDetail {
        view: account_view(),
        state: State::Active,
        status_reason: None,
        source: LOCAL.into(),
        created_at: earlier(),
        last_seen_at: Some(earlier()),
        valid_from: Some(earlier()),
        valid_until: Some(earlier() + Duration::from_hours(240)),
        revocable: vec!["admin".into()],
        grantable: roles(),
        apps: 2,
        history: Some(audit_entries()),
        may: AccountAction::ALL.to_vec(),
    }
}

/// An account that another directory manages, without any data, with a mistake in the submitted form.
fn suspended() -> UserPage {
    UserPage {
        account: suspended_account(),
        directory: Some("ldap".into()),
        links: Vec::new(),
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
        apps: 0,
        ..active_account()
    }
}

fn roles() -> Vec<RoleChoice> {
    let role = |name: &str, title: &str| RoleChoice {
        name: name.into(),
        title: title.into(),
    };
    vec![role("admin", "Admin"), role("auditor", "Auditor")]
}

fn new_user() -> NewUser {
    NewUser {
        shell: shell(NavItem::Users),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        role: String::new(),
        options: options(true),
        errors: Vec::new(),
    }
}

fn options(sets_password: bool) -> NewAccountOptions {
    NewAccountOptions {
        roles: roles(),
        sets_password,
        min_password: 12,
    }
}

fn wrong_new_user() -> NewUser {
    NewUser {
        username: "bob".into(),
        role: "admin".into(),
        errors: vec![
            FieldError::at("username", "This username is taken. Choose another one."),
            FieldError::at("password", "Use at least 12 characters."),
        ],
        ..new_user()
    }
}

fn new_user_by_link() -> NewUser {
    NewUser {
        options: options(false),
        ..new_user()
    }
}
