//! Examples of the account pages.

use doorward::account::emails::Emails;
use doorward::account::home::Home;
use doorward::account::teams::MyTeam;
use doorward::directory::accounts::{AccountView, OwnAccount};
use doorward::directory::consents::AppAccess;
use doorward::model::{AccountId, ClientId};
use doorward::web::page::{FieldError, Notice, PageState, Tone};

use super::parts::{
    account_view, audit_entries, bare_account_view, earlier, emails, person, person_without_email, sessions,
    team_views, wrong_field,
};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [of([full(), bare()]), of(addresses()), of(teams())].concat()
}

fn addresses() -> [Emails; 2] {
    let some = Emails {
        person: person(),
        console: true,
        emails: emails("ann.lee@a-very-long-subdomain.research.example.org"),
        state: wrong_field("email", "This address belongs to an account."),
    };
    let none = Emails {
        emails: Vec::new(),
        state: PageState::default(),
        ..some.clone()
    };
    [some, none]
}

fn teams() -> [MyTeam; 2] {
    team_views().map(|view| MyTeam {
        person: person(),
        console: !view.team.may.is_empty(),
        account: AccountId("01990000-0000-7000-8000-000000000000".into()),
        view,
    })
}

fn full() -> Home {
    Home {
        person: person(),
        account: own_account(),
        current: sessions()[0].id.clone(),
        apps: vec![AppAccess {
            client_id: ClientId("grafana".into()),
            name: "Grafana".into(),
            scopes: vec!["openid".into(), "profile".into()],
            granted_at: earlier(),
        }],
        state: PageState {
            errors: vec![FieldError::at("new", "Use at least 12 characters.")],
            notice: Some(Notice::new(
                Tone::Success,
                "Your account is ready. It owns this instance.",
            )),
        },
        console: true,
    }
}

fn own_account() -> OwnAccount {
    OwnAccount {
        view: account_view(),
        local: true,
        min_password: 12,
        is_staff: true,
        history: audit_entries(),
    }
}

/// An account that another directory manages, without any data.
fn bare() -> Home {
    let view = AccountView {
        sessions: sessions()[..1].to_vec(),
        ..bare_account_view()
    };
    let account = OwnAccount {
        view,
        local: false,
        history: Vec::new(),
        ..own_account()
    };
    Home {
        person: person_without_email(),
        account,
        apps: Vec::new(),
        state: PageState::default(),
        console: false,
        ..full()
    }
}
