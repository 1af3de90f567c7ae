//! Examples of the account pages.

use doorward::account::emails::Emails;
use doorward::account::home::{AccountTab, Home};
use doorward::account::launcher::{Launcher, Tile};
use doorward::account::passkeys::NewPasskeyPage;
use doorward::account::second_factors::{NewAuthenticatorPage, NewCodes, SecondFactorsPage};
use doorward::account::teams::MyTeam;
use doorward::directory::accounts::{AccountView, OwnAccount};
use doorward::directory::consents::AppAccess;
use doorward::directory::passkeys::Challenge;
use doorward::directory::second_factors::SecondFactors;
use doorward::model::{AccountId, ClientId};
use doorward::web::page::{FieldError, Notice, PageState, Tone};
use doorward::web::qr_code::QrCode;
use doorward::web::shown_once::Shown;

use super::parts::{
    account_view, audit_entries, bare_account_view, earlier, emails, person, person_without_email,
    second_factors, sessions, sign_outs, team_views, wrong_field,
};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    // The errors belong to a form of one tab.
    let state = |tab: &AccountTab, page: &Home| match tab {
        AccountTab::Security => page.state.clone(),
        _ => PageState {
            errors: Vec::new(),
            ..page.state.clone()
        },
    };
    let tab = |tab: &AccountTab| {
        [full(), bare()].map(|page| Home {
            tab: *tab,
            state: state(tab, &page),
            ..page
        })
    };
    [
        of(AccountTab::ALL.iter().flat_map(tab)),
        of(addresses()),
        of(launchers()),
        of(second_factor_pages()),
        of(new_passkeys()),
        of([new_authenticator()]),
        of(teams()),
    ]
    .concat()
}

fn launchers() -> [Launcher; 4] {
    let tile = |number: usize| Tile {
        name: format!("Grafana {number}"),
        href: "https://grafana.example.org/login?iss=https%3A%2F%2Fid.example.org".into(),
        host: "grafana.example.org".into(),
        by_override: number == 2,
        logo: (number == 3).then(|| "Vb2p7cQxw0oO1uQmLr4hYk".into()),
    };
    let many = Launcher {
        query: String::new(),
        recent: (1..3).map(tile).collect(),
        apps: (1..10).map(tile).collect(),
        count: 9,
        console: true,
    };
    let few = Launcher {
        apps: vec![tile(1)],
        count: 1,
        console: false,
        ..many.clone()
    };
    let none = Launcher {
        recent: Vec::new(),
        apps: Vec::new(),
        count: 0,
        ..many.clone()
    };
    let not_found = Launcher {
        query: "git".into(),
        recent: Vec::new(),
        apps: Vec::new(),
        ..many.clone()
    };
    [many, few, none, not_found]
}

fn addresses() -> [Emails; 2] {
    let some = Emails {
        person: person(),
        console: true,
        emails: emails("ann.lee@a-very-long-subdomain.research.example.org"),
        by_mail: true,
        state: wrong_field("email", "This address belongs to an account."),
    };
    let none = Emails {
        emails: Vec::new(),
        by_mail: false,
        state: PageState::default(),
        ..some.clone()
    };
    [some, none]
}

fn second_factor_pages() -> [SecondFactorsPage; 4] {
    let some = SecondFactorsPage {
        person: person(),
        console: true,
        second_factors: second_factors(),
        has_passkeys: true,
        apps_count: true,
        new_codes: None,
        state: PageState {
            errors: vec![FieldError::form("This authenticator app was removed already.")],
            ..PageState::default()
        },
    };
    let none = SecondFactorsPage {
        second_factors: SecondFactors::default(),
        state: PageState::default(),
        ..some.clone()
    };
    let codes = SecondFactorsPage {
        new_codes: Some(Shown {
            id: "shown-1".into(),
            page: "/account/second-factors".into(),
            secrets: NewCodes {
                codes: vec!["7QK2-M0XD-93TB-HRWA-5ZC8-PJ4N".to_owned(); 10],
            },
        }),
        ..none.clone()
    };
    let passkeys_only = SecondFactorsPage {
        apps_count: false,
        ..some.clone()
    };
    [some, none, codes, passkeys_only]
}

fn new_passkeys() -> [NewPasskeyPage; 2] {
    let some = NewPasskeyPage {
        person: person(),
        console: true,
        challenge: Some(Challenge {
            options: r#"{"challenge":"4n1Hc0","rp":{"name":"Example","id":"id.example.org"}}"#.into(),
            sealed: "sealed".into(),
        }),
        apps_count: true,
        name: "My phone".into(),
        state: wrong_field("name", "Use at most 50 characters."),
    };
    let none = NewPasskeyPage {
        challenge: None,
        state: PageState::default(),
        ..some.clone()
    };
    [some, none]
}

fn new_authenticator() -> NewAuthenticatorPage {
    let uri = "otpauth://totp/Example:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
    NewAuthenticatorPage {
        person: person(),
        console: true,
        qr: QrCode::of(uri),
        secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        enrolment: "sealed".to_owned(),
        name: "My phone".to_owned(),
        state: wrong_field("code", "This code is wrong or was used before."),
    }
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
        tab: AccountTab::Profile,
        person: person(),
        account: own_account(),
        current: sessions()[0].id.clone(),
        apps: vec![AppAccess {
            client_id: ClientId("grafana".into()),
            name: "Grafana".into(),
            scopes: vec!["openid".into(), "profile".into()],
            granted_at: earlier(),
        }],
        signed_out: sign_outs(),
        state: PageState {
            errors: vec![FieldError::at("new", "Use at least 12 characters.")],
            notice: Some(Notice::new(
                Tone::Success,
                "Your account is ready. It owns this instance.",
            )),
            ..PageState::default()
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
        signed_out: Vec::new(),
        state: PageState::default(),
        console: false,
        ..full()
    }
}
