//! Examples of the pages of apps and of the catalogue.

use doorward::console::apps::Apps;
use doorward::console::apps_connect::{Catalogue, ConnectApp, Connected, NewApp, groups, sources};
use doorward::console::shell::NavItem;
use doorward::directory::clients::ClientSummary;
use doorward::model::ClientId;
use doorward::model::catalogue;
use doorward::web::page::{FieldError, Notice, PageState, Tone};
use doorward::web::shown_once::Shown;

use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    let nothing = Apps {
        rows: Vec::new(),
        ..apps()
    };
    let fresh = Apps {
        query: String::new(),
        ..nothing.clone()
    };
    let read_only = Apps {
        may_change: false,
        ..apps()
    };
    [
        of([apps(), nothing, fresh, read_only]),
        of([catalogue(""), catalogue("git"), catalogue("nonesuch")]),
        of([form("grafana"), form("kubernetes"), wrong(), form("hedgedoc")]),
        of([connected(), without_secret(), gone()]),
    ]
    .concat()
}

fn apps() -> Apps {
    let row = |id: &str, name: &str| ClientSummary {
        client_id: ClientId(id.into()),
        name: name.into(),
    };
    Apps {
        shell: shell(NavItem::Apps),
        query: "g".into(),
        rows: vec![row("gitea", "Gitea"), row("grafana", "Grafana")],
        may_change: true,
    }
}

fn catalogue(query: &str) -> Catalogue {
    let groups = groups(query);
    Catalogue {
        shell: shell(NavItem::Apps),
        query: query.into(),
        count: groups.iter().map(|group| group.entries.len()).sum(),
        groups,
    }
}

fn form(id: &str) -> ConnectApp {
    let definition = catalogue::find(id).unwrap().clone();
    ConnectApp {
        shell: shell(NavItem::Apps),
        address: String::new(),
        name: definition.name.clone(),
        client_id: definition.id.clone(),
        sources: sources(&definition),
        definition,
        errors: Vec::new(),
    }
}

fn wrong() -> ConnectApp {
    ConnectApp {
        address: "http://sso.example.org/realms/main".into(),
        errors: vec![
            FieldError::at("address", "Enter the address of the app."),
            FieldError::at("client_id", "keycloak is taken."),
        ],
        ..form("keycloak")
    }
}

fn connected() -> Connected {
    let definition = catalogue::find("argocd").unwrap();
    Connected {
        shell: shell(NavItem::Apps),
        connected: Some(Shown {
            id: "0198c2de".into(),
            page: "/console/apps/connected".into(),
            secrets: NewApp {
                name: definition.name.clone(),
                issuer: "https://id.example.org".into(),
                client_id: "argocd".into(),
                client_secret: Some("Vb2p7cQxw0oO1uQmLr4hYkqP3f1vJ8dZ5tXs6nEaBcI".into()),
                snippets: definition.snippets.clone(),
                notes: definition.notes().cloned().collect(),
            },
        }),
        state: PageState::default(),
    }
}

fn without_secret() -> Connected {
    let mut page = connected();
    if let Some(shown) = &mut page.connected {
        shown.secrets.client_secret = None;
        shown.secrets.notes = Vec::new();
    }
    page
}

fn gone() -> Connected {
    Connected {
        connected: None,
        state: PageState {
            notice: Some(Notice::new(Tone::Info, "What was created is no longer shown.")),
            ..PageState::default()
        },
        ..connected()
    }
}
