//! Examples of the pages of apps and of the catalogue.

use doorward::clock::Time;
use doorward::console::app_links::AppLinks;
use doorward::console::app_new::{AppKind, Kind, NewAppForm, kinds};
use doorward::console::app_pages::{Answer, AppAccess, AppPage, NewSecret};
use doorward::console::app_roles::AppRolesPage;
use doorward::console::app_settings::{AppSettings, Lists};
use doorward::console::app_tokens::{AppTokens, lifetimes, shown_keys};
use doorward::console::apps::Apps;
use doorward::console::apps_connect::{Catalogue, ConnectApp, Connected, NewApp, groups, sources};
use doorward::console::shell::NavItem;
use doorward::crypto::Algorithm;
use doorward::directory::clients::{AppRoles, RoleOfMembers, RoleOfPerson, SecretDetail};
use doorward::directory::clients::{ClientDetail, ClientSummary, Entry};
use doorward::model::access::{NamedRule, NamedTeam};
use doorward::model::catalogue;
use doorward::model::client::{ClientAuth, ClientSettings, Proposal, SecretState};
use doorward::model::group::Group;
use doorward::model::lifetime::Lifetime;
use doorward::model::role::HolderKind;
use doorward::model::{ClientId, GroupId, TeamId};
use doorward::web::page::{FieldError, Notice, PageState, Tone};
use doorward::web::shown_once::Shown;

use serde_json::json;

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
        of([new_app(), refused_app(), refused_website(), new_service()]),
        of([overview(), with_new_secret(), disabled(), of_auditor()]),
        of([access(), open_to_everyone(), open_to_nobody(), refused_name()]),
        of([settings(), refused_settings(), of_operator()]),
        of([tokens(), refused_tokens()]),
        of([links(), with_logo(), refused_links()]),
        of([app_roles(), no_roles()]),
    ]
    .concat()
}

fn apps() -> Apps {
    let row = |id: &str, name: &str, entry| ClientSummary {
        client_id: ClientId(id.into()),
        name: name.into(),
        disabled: id == "gogs",
        entry,
    };
    Apps {
        shell: shell(NavItem::Apps),
        query: "g".into(),
        rows: vec![
            row("gitea", "Gitea", Entry::Everyone),
            row("gogs", "Gogs", Entry::Everyone),
            row("grafana", "Grafana", Entry::Chosen),
            row("ghost", "Ghost", Entry::Nobody),
            row("google", "Google", Entry::None),
        ],
        state: PageState::default(),
        may_change: true,
    }
}

fn catalogue(query: &str) -> Catalogue {
    let groups = groups(query);
    Catalogue {
        shell: shell(NavItem::Apps),
        query: query.into(),
        count: groups.iter().map(|group| group.entries.len()).sum(),
        team: query.contains("git").then(ops),
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
        team: None,
        errors: Vec::new(),
    }
}

fn ops() -> NamedTeam {
    NamedTeam {
        id: TeamId("t1".into()),
        slug: "ops".into(),
        name: "Ops".into(),
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

pub(super) fn detail() -> ClientDetail {
    ClientDetail {
        client_id: ClientId("grafana".into()),
        name: "Grafana".into(),
        disabled: false,
        logo: None,
        secrets: vec![secret(SecretState::Valid)],
        access: NamedRule {
            everyone: false,
            groups: vec![Group {
                id: GroupId("g1".into()),
                name: "engineering".into(),
            }],
            teams: vec![ops()],
            roles: vec!["auditor".into(), "app:operator".into()],
            second_factor: true,
        },
        grant_types: vec!["authorization_code", "refresh_token"],
        settings: ClientSettings {
            redirect_uris: vec!["https://grafana.example.org/login/generic_oauth".into()],
            home_uri: Some("https://grafana.example.org".into()),
            ..ClientSettings::default()
        },
        team: None,
        proposal: None,
        may_operate: true,
        may_manage: true,
        updated_at: Time::from_seconds(1_800_000_000),
        people: 1_234,
    }
}

fn secret(state: SecretState) -> SecretDetail {
    let end = Time::from_seconds(1_801_000_000);
    SecretDetail {
        created_at: Time::from_seconds(1_790_000_000),
        expires_at: (state != SecretState::Valid).then_some(end),
        state,
    }
}

fn new_app() -> NewAppForm {
    NewAppForm {
        shell: shell(NavItem::Apps),
        team: None,
        kinds: kinds(),
        chosen: None,
        state: PageState::default(),
    }
}

fn new_service() -> NewAppForm {
    NewAppForm {
        chosen: Some(Kind::of(AppKind::Service)),
        ..new_app()
    }
}

fn refused_website() -> NewAppForm {
    NewAppForm {
        chosen: Some(Kind::of(AppKind::Proxy)),
        state: PageState::with_errors(vec![FieldError::at(
            "websites",
            "This is taken. Choose another one.",
        )]),
        ..new_app()
    }
}

fn refused_app() -> NewAppForm {
    NewAppForm {
        team: Some(ops()),
        chosen: Some(Kind::of(AppKind::Web)),
        state: PageState::with_errors(vec![
            FieldError::at("name", "Use 1 to 200 characters."),
            FieldError::at("redirect_uris", "http://app.example.org must use https."),
            FieldError::at("client_id", "This is taken. Choose another one."),
        ]),
        ..new_app()
    }
}

fn overview() -> AppPage {
    AppPage {
        shell: shell(NavItem::Apps),
        app: detail(),
        issuer: "https://id.example.org".into(),
        access: "the group engineering, the team Ops or the role auditor".into(),
        has_secrets: true,
        new: None,
        state: PageState::default(),
    }
}

fn with_new_secret() -> AppPage {
    let mut page = AppPage {
        new: Some(Shown {
            id: "0198c2de".into(),
            page: "/console/apps/grafana".into(),
            secrets: NewSecret {
                secret: "Vb2p7cQxw0oO1uQmLr4hYkqP3f1vJ8dZ5tXs6nEaBcI".into(),
            },
        }),
        ..overview()
    };
    page.app.secrets = vec![secret(SecretState::Expired), secret(SecretState::Expiring)];
    page
}

fn disabled() -> AppPage {
    let mut page = AppPage {
        state: PageState::with_notice(Some(Notice::new(Tone::Success, "The app is disabled."))),
        ..overview()
    };
    page.app.disabled = true;
    page.app.team = Some(ops());
    page.app.proposal = Some(Proposal {
        redirect_uris: vec!["https://other.example.org/callback".into()],
        post_logout_redirect_uris: Vec::new(),
        allowed_origins: Vec::new(),
        by: "0198c3a0".into(),
        at: Time::from_seconds(1_800_000_000),
    });
    page
}

fn of_auditor() -> AppPage {
    let mut page = overview();
    (page.app.may_manage, page.app.may_operate) = (false, false);
    page
}

fn access() -> AppAccess {
    AppAccess {
        shell: shell(NavItem::Apps),
        app: detail(),
        may_ask: true,
        entrants: vec![("Group", "sales".into()), ("Role", "admin".into())],
        name: String::new(),
        person: "ben".into(),
        answer: Some(Answer {
            allowed: true,
            sentence: "ben may sign in to Grafana, since they are in the group engineering.".into(),
        }),
        state: PageState::default(),
    }
}

fn open_to_everyone() -> AppAccess {
    let mut page = access();
    page.app.access = NamedRule {
        everyone: true,
        ..NamedRule::default()
    };
    page
}

fn open_to_nobody() -> AppAccess {
    let mut page = access();
    page.app.access = NamedRule::default();
    page.answer = Some(Answer {
        allowed: false,
        sentence: "ben may not sign in to Grafana, since nobody may yet.".into(),
    });
    page
}

fn refused_name() -> AppAccess {
    AppAccess {
        name: "nosuch".into(),
        state: PageState::with_errors(vec![
            FieldError::at("name", "There is no group nosuch."),
            FieldError::at("person", "There is no account ben."),
        ]),
        ..access()
    }
}

fn settings() -> AppSettings {
    let app = detail();
    AppSettings {
        shell: shell(NavItem::Apps),
        lists: Lists::of(&app.settings),
        app,
        state: PageState::default(),
    }
}

fn tokens() -> AppTokens {
    let mut app = detail();
    app.settings.id_token_lifetime = Some(Lifetime::of_days(1));
    app.settings.jwks = Some(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }),
    );
    AppTokens {
        shell: shell(NavItem::Apps),
        methods: ClientAuth::ALL.iter().map(|method| method.as_str()).collect(),
        algorithms: Algorithm::ALL
            .iter()
            .map(|algorithm| algorithm.as_str())
            .collect(),
        jwks: shown_keys(&app.settings),
        lifetimes: lifetimes(&app.settings, [Lifetime::of_days(1); 3]),
        app,
        state: PageState::default(),
    }
}

fn refused_tokens() -> AppTokens {
    let mut page = AppTokens {
        state: PageState::with_errors(vec![
            FieldError::at("jwks", "The keys cannot be used."),
            FieldError::at("jwks_uri", "Enter the keys or their address, not both."),
            FieldError::at("access_token_lifetime", "Use a time from 1 min to 1 day."),
        ]),
        ..tokens()
    };
    page.app.may_manage = false;
    page
}

fn links() -> AppLinks {
    AppLinks {
        shell: shell(NavItem::Apps),
        app: detail(),
        state: PageState::default(),
    }
}

fn with_logo() -> AppLinks {
    let mut page = links();
    page.app.logo = Some("Vb2p7cQxw0oO1uQmLr4hYk".into());
    page
}

fn refused_links() -> AppLinks {
    AppLinks {
        state: PageState::with_errors(vec![
            FieldError::at("name", "Use 1 to 200 characters."),
            FieldError::at("policy_uri", "Use an address that begins with https://."),
        ]),
        ..links()
    }
}

fn of_operator() -> AppSettings {
    let mut page = settings();
    page.app.may_manage = false;
    page
}

fn refused_settings() -> AppSettings {
    AppSettings {
        state: PageState::with_errors(vec![
            FieldError::at("redirect_uris", "http://app.example.org must use https."),
            FieldError::at("frontchannel_logout_uri", "Use the origin of a redirect URI."),
        ]),
        ..settings()
    }
}

fn app_roles() -> AppRolesPage {
    let shared = |kind, name: &str| RoleOfMembers {
        kind,
        name: name.into(),
        role: "operator".into(),
        until: (kind == HolderKind::Team).then_some(Time::from_seconds(1_810_000_000)),
    };
    let person = |number, username: &str, until| RoleOfPerson {
        username: username.into(),
        number,
        role: "operator".into(),
        until,
    };
    AppRolesPage {
        shell: shell(NavItem::Apps),
        app: detail(),
        holders: AppRoles {
            roles: vec![("operator".into(), "App operator".into())],
            people: vec![
                person(1, "ben", None),
                person(2, "carol", Some(Time::from_seconds(1_810_000_000))),
            ],
            shared: vec![
                shared(HolderKind::Group, "engineering"),
                shared(HolderKind::Team, "ops"),
            ],
        },
        state: PageState::with_errors(vec![FieldError::at("name", "There is no group nosuch.")]),
    }
}

fn no_roles() -> AppRolesPage {
    AppRolesPage {
        holders: AppRoles {
            roles: Vec::new(),
            people: Vec::new(),
            shared: Vec::new(),
        },
        state: PageState::default(),
        ..app_roles()
    }
}
