//! The pages of one's own account, as examples.

use doorward::account::emails::Emails;
use doorward::account::home::{Home, SessionRow};
use doorward::account::teams::MyTeam;
use doorward::directory::accounts::AccountTeam;
use doorward::directory::consents::AppAccess;
use doorward::model::{AccountId, ClientId};
use doorward::web::page::{FieldError, Notice, PageState, Tone};

use super::parts::{audit_entries, earlier, emails, person, person_without_email, team_views};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [of([full(), bare()]), of(addresses()), of(teams())].concat()
}

fn addresses() -> [Emails; 2] {
    let some = Emails {
        person: person(),
        console: true,
        emails: emails("ann.lee@a-very-long-subdomain.research.example.org"),
        state: PageState {
            errors: vec![FieldError::at("email", "This address belongs to an account.")],
            notice: None,
        },
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
        number: 0,
        picture: Some("/static/mark.svg".into()),
        locale: "en".into(),
        zoneinfo: "Europe/Paris".into(),
        seen: 1,
        local: true,
        sessions: sessions(),
        min_password: 12,
        emails: emails("ann.lee@a-very-long-subdomain.research.example.org"),
        teams: own_teams(),
        groups: vec!["engineering".into(), "on-call".into()],
        roles: vec!["owner".into()],
        apps: vec![AppAccess {
            client_id: ClientId("grafana".into()),
            name: "Grafana".into(),
            scopes: vec!["openid".into(), "profile".into()],
            granted_at: earlier(),
        }],
        history: audit_entries(),
        state: PageState {
            errors: vec![FieldError::at("new", "Use at least 12 characters.")],
            notice: Some(Notice::new(
                Tone::Success,
                "Your account is ready. It has number 0 and the top role.",
            )),
        },
        console: true,
    }
}

/// The account of somebody from a directory, who has nothing yet.
fn bare() -> Home {
    let mut sessions = sessions();
    sessions.truncate(1);
    Home {
        person: person_without_email(),
        number: 41,
        picture: None,
        locale: String::new(),
        zoneinfo: String::new(),
        local: false,
        sessions,
        emails: Vec::new(),
        teams: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        apps: Vec::new(),
        history: Vec::new(),
        state: PageState::default(),
        console: false,
        ..full()
    }
}

fn sessions() -> Vec<SessionRow> {
    let session = |id: &str, agent: &str, address: &str, current| SessionRow {
        id: id.into(),
        agent: agent.into(),
        address: address.into(),
        began: earlier(),
        seen: earlier(),
        current,
    };
    vec![
        session("one", "Firefox on Linux", "192.0.2.1", true),
        session("two", "Unknown browser", "2001:db8::1", false),
    ]
}

fn own_teams() -> Vec<AccountTeam> {
    let team = |name: &str, slug: &str, roles: &[&str], personal| AccountTeam {
        name: name.into(),
        slug: slug.into(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        personal,
    };
    vec![
        team("Ops", "ops", &["owner", "admin"], false),
        team("Ann Lee", "ann", &["owner"], true),
        team("Readers", "readers", &[], false),
    ]
}
