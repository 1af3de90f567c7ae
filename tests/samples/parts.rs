//! Parts of examples that several pages share.

use std::time::Duration;

use doorward::clock::Time;
use doorward::console::shell::{NavItem, Shell};
use doorward::directory::accounts::{
    AccountEmail, AccountSession, AccountTeam, AccountView, AppRole, RoleEnd,
};
use doorward::directory::audit::{AuditEntry, Party};
use doorward::directory::clients::AppLink;
use doorward::directory::devices::DeviceView;
use doorward::directory::listing::Listing;
use doorward::directory::second_factors::{AuthenticatorView, PasskeyView, SecondFactors};
use doorward::directory::teams::{TeamDetail, TeamInvitation, TeamRole};
use doorward::model::account::{Profile, Status};
use doorward::model::logout::{AppSignOut, Outcome};
use doorward::model::second_factor::{RequiredBy, Requirement};
use doorward::model::session::SessionLimit;
use doorward::model::team::{Team, TeamAction, TeamKind, TeamMember};
use doorward::model::{AccountId, AuthenticatorId, ClientId, DeviceId, PasskeyId, SessionId, TeamId};
use doorward::web::conflict::{Conflict, Difference};
use doorward::web::invitation_links::{InvitationLink, NewLinks, ShownLinks};
use doorward::web::page::{AppTile, FieldError, Notice, PageState, Person, Tone, Undo};
use doorward::web::resets::Made;
use doorward::web::shown_once::Shown;
use doorward::web::teams::{TeamForm, TeamView};

/// A receipt of sign-outs, with every outcome.
pub fn sign_outs() -> Vec<AppSignOut> {
    let later = earlier() + Duration::from_hours(24);
    let error = "the response has status 500".to_owned();
    let one = |name: &str, outcome, tokens_until| AppSignOut {
        client_id: ClientId(name.to_lowercase()),
        name: name.into(),
        at: earlier(),
        outcome,
        tokens_until,
        has_access: name == "Mail",
    };
    let confirmed = Outcome::Confirmed {
        confirmed_at: earlier(),
    };
    let waiting = Outcome::Waiting {
        next: later,
        error: Some(error.clone()),
    };
    let failed = Outcome::Failed {
        failed_at: earlier(),
        error,
    };
    vec![
        one("Grafana", confirmed.clone(), earlier()),
        one("Mail", confirmed, later),
        one("Wiki", waiting, later),
        one("Registry of container images", failed, later),
        one("Shop", Outcome::NotPossible, earlier()),
    ]
}

/// A little before the time of the layout.
pub fn earlier() -> Time {
    Time::from_seconds(1_794_990_000)
}

pub fn person() -> Person {
    Person {
        name: "Ann Lee".into(),
        username: "ann".into(),
        email: Some("ann@example.org".into()),
    }
}

/// A person without an e-mail address.
pub fn person_without_email() -> Person {
    Person {
        email: None,
        ..person()
    }
}

pub fn app() -> AppTile {
    AppTile {
        name: "Grafana".into(),
        logo: None,
        host: Some("grafana.example.org".into()),
    }
}

pub fn app_with_logo() -> AppTile {
    AppTile {
        logo: Some("Vb2p7cQxw0oO1uQmLr4hYk".into()),
        ..app()
    }
}

pub fn done() -> Notice {
    let fields = vec![("username".to_owned(), "bob".to_owned())];
    let action = "/console/teams/ops/members".to_owned();
    Notice {
        undo: Some(Undo { action, fields }),
        ..Notice::new(Tone::Success, "bob is no longer in Ops.")
    }
}

/// A form that somebody else has changed meanwhile.
pub fn conflict() -> Conflict {
    let difference = |label, mine: &str, theirs: &str| Difference {
        label,
        mine: mine.into(),
        theirs: theirs.into(),
    };
    Conflict {
        action: "/console/settings/branding".into(),
        fields: vec![("revision".into(), "4".into())],
        differences: vec![
            difference("Organisation", "Example", "Examples & sons"),
            difference("Accent colour", "", "#3056d3"),
        ],
        page: "/console/settings".into(),
    }
}

/// The state of a page with a mistake in one field.
pub fn wrong_field(field: &'static str, message: &str) -> PageState {
    PageState {
        errors: vec![FieldError::at(field, message)],
        ..PageState::default()
    }
}

/// The navigation of the console, for a user who may see every item.
pub fn shell(current: NavItem) -> Shell {
    Shell {
        current,
        nav: NavItem::ALL.to_vec(),
        person: person(),
    }
}

/// A verified primary address, and `second`, which is not verified.
pub fn emails(second: &str) -> Vec<AccountEmail> {
    let email = |address: &str, primary| AccountEmail {
        address: address.into(),
        verified: primary,
        primary,
    };
    vec![email("ann@example.org", true), email(second, false)]
}

/// Ann's account.
pub fn account_view() -> AccountView {
    AccountView {
        id: AccountId("01990000-0000-7000-8000-000000000000".into()),
        number: 0,
        username: "ann".into(),
        name: "Ann Lee".into(),
        profile: Profile {
            picture: Some("/static/mark.svg".into()),
            locale: Some("en".into()),
            zoneinfo: Some("Europe/Paris".into()),
            ..Profile::default()
        },
        updated_at: earlier(),
        emails: emails("ann.lee@a-very-long-subdomain.research.example.org"),
        roles: vec!["admin".into(), "member".into()],
        role_ends: vec![RoleEnd {
            role: "admin".into(),
            until: Time::from_seconds(1_796_000_000),
        }],
        app_roles: vec![AppRole {
            app: ClientId("grafana".into()),
            role: "operator".into(),
            until: None,
        }],
        teams: account_teams(),
        groups: vec!["engineering".into(), "on-call".into()],
        second_factors: second_factors(),
        required: requirements(),
        sessions: sessions(),
        session_limit: SessionLimit {
            absolute: Duration::from_hours(12),
            idle: Duration::from_hours(1),
        },
        devices: devices(),
    }
}

/// An account that nothing belongs to.
pub fn bare_account_view() -> AccountView {
    AccountView {
        number: 41,
        name: String::new(),
        profile: Profile::default(),
        emails: Vec::new(),
        roles: Vec::new(),
        role_ends: Vec::new(),
        app_roles: Vec::new(),
        teams: Vec::new(),
        groups: Vec::new(),
        second_factors: SecondFactors::default(),
        required: requirements()[..1].to_vec(),
        sessions: Vec::new(),
        devices: Vec::new(),
        ..account_view()
    }
}

fn account_teams() -> Vec<AccountTeam> {
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

pub fn second_factors() -> SecondFactors {
    let authenticator = |id: &str, name: &str, last_used_at| AuthenticatorView {
        id: AuthenticatorId(id.into()),
        name: name.into(),
        created_at: earlier(),
        last_used_at,
    };
    SecondFactors {
        passkeys: vec![PasskeyView {
            id: PasskeyId("p1".into()),
            name: "My laptop".into(),
            created_at: earlier(),
            last_used_at: Some(earlier()),
            credential_id: Vec::new(),
        }],
        authenticators: vec![
            authenticator("a1", "My phone", Some(earlier())),
            authenticator("a2", "The tablet in the kitchen", None),
        ],
        recovery_codes_left: 1,
    }
}

fn devices() -> Vec<DeviceView> {
    let device = |id: &str, user_agent: &str, trusted_until| DeviceView {
        id: DeviceId(id.into()),
        user_agent: user_agent.into(),
        client_address: "2001:db8::17".into(),
        created_at: earlier(),
        seen_at: earlier(),
        trusted_until,
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    vec![
        device("d1", firefox, Some(Time::from_seconds(1_796_000_000))),
        device("d2", "curl/8.14", None),
    ]
}

pub fn sessions() -> Vec<AccountSession> {
    let session = |id: &str, user_agent: &str, client_address: &str| AccountSession {
        id: SessionId(id.into()),
        user_agent: user_agent.into(),
        client_address: client_address.into(),
        created_at: earlier(),
        seen_at: earlier(),
    };
    vec![
        session(
            "one",
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0",
            "192.0.2.1",
        ),
        session("two", "Unknown browser", "2001:db8::1"),
    ]
}

pub fn audit_entries() -> Vec<AuditEntry> {
    let account = |name: &str, number| Party {
        name: name.into(),
        number: Some(number),
    };
    let plain = AuditEntry {
        id: "one".into(),
        at: earlier(),
        actor: account("ann", 0),
        on_behalf: None,
        action: "session.begin".into(),
        target: None,
        address: "192.0.2.1".into(),
        outcome: "ok".into(),
        detail: String::new(),
    };
    let refused = AuditEntry {
        id: "two".into(),
        actor: Party {
            name: "visitor".into(),
            number: None,
        },
        target: Some(account("bob", 1)),
        action: "session.refuse".into(),
        outcome: "wrong_password".into(),
        address: "2001:db8::1".into(),
        ..plain.clone()
    };
    let change = AuditEntry {
        id: "three".into(),
        on_behalf: Some(account("carol", 2)),
        action: "role.grant".into(),
        target: Some(account("dan", 3)),
        detail: r#"{"role":"admin","until":null}"#.into(),
        ..plain.clone()
    };
    vec![plain, refused, change]
}

/// Links of new invitations: for an address, an error for an invalid address, and a link for anybody.
pub fn invitation_links() -> ShownLinks {
    let row = |address: &str, link: Option<&str>, error: Option<&str>| InvitationLink {
        address: address.into(),
        link: link.map(str::to_owned),
        mailed: link.is_some() && !address.is_empty(),
        error: error.map(str::to_owned),
    };
    let link = "https://id.example.org/invitation/Vb2p7cQxw0oO1uQmLr4hYkqP3f1vJ8dZ5tXs6nEaBcI";
    let rows = vec![
        row("bob@example.org", Some(link), None),
        row("not an address", None, Some("Enter an e-mail address.")),
        row("", Some(link), None),
    ];
    let role = String::new();
    Shown {
        id: "0198c2de".into(),
        page: "/console/invitations".into(),
        secrets: NewLinks { rows, role },
    }
}

/// The link with which the owner of an account chooses a password.
pub fn account_link() -> Shown<Made> {
    let mut links = invitation_links().secrets;
    links.rows.truncate(1);
    shown(Made::Invitation(links))
}

/// Something secret on the page of an account.
pub fn shown(secrets: Made) -> Shown<Made> {
    Shown {
        id: "0198c2de-1".into(),
        page: "/console/users/4/sign-in".into(),
        secrets,
    }
}

fn invitations() -> Vec<TeamInvitation> {
    let row = |email: &str, role: &str| TeamInvitation {
        id: format!("0198c2de-{role}"),
        email: email.into(),
        role: role.into(),
        expires_at: Time::from_seconds(1_795_400_000),
    };
    vec![row("bob@example.org", "member"), row("", "admin")]
}

/// A team for a user with every permission in it, and for a user without any.
pub fn team_views() -> [TeamView; 2] {
    let form = TeamForm {
        username: "nobody".into(),
        addresses: "x".into(),
        made: Some(shown(Made::Invitation(invitation_links().secrets))),
        state: PageState {
            errors: vec![FieldError::at("confirm", "Type ops to confirm.")],
            notice: Some(done()),
            ..PageState::default()
        },
    };
    let personal = TeamDetail {
        team: Team {
            kind: TeamKind::Personal,
            owner_id: Some(AccountId("01990000-0000-7000-8000-000000000000".into())),
            ..ops()
        },
        may: Vec::new(),
        members: no_rows(),
        invitations: Vec::new(),
        apps: Vec::new(),
        administers_apps: false,
        ..team()
    };
    [
        TeamView::new(team(), form),
        TeamView::new(personal, TeamForm::default()),
    ]
}

/// What requires a second factor of an account.
fn requirements() -> Vec<Requirement> {
    let require = |by, seconds| Requirement {
        by,
        begins_at: Time::from_seconds(seconds),
        passkey: false,
    };
    vec![
        require(RequiredBy::Group("engineering".into()), 1_796_000_000),
        require(RequiredBy::Role("Administrator".into()), 1_796_000_000),
        require(RequiredBy::Team("Ops".into()), 1_796_000_000),
        require(RequiredBy::Instance, 1_797_000_000),
    ]
}

/// A list without rows.
pub fn no_rows<T>() -> Listing<T> {
    Listing {
        rows: Vec::new(),
        has_more: false,
    }
}

fn ops() -> Team {
    Team {
        id: TeamId("01990000-0000-7000-8000-000000000002".into()),
        number: 2,
        slug: "ops".into(),
        name: "Ops".into(),
        kind: TeamKind::Shared,
        owner_id: None,
    }
}

fn team() -> TeamDetail {
    let member = |number, username: &str, name: &str, expires_at| TeamMember {
        id: AccountId(format!("01990000-0000-7000-8000-00000000000{number}")),
        number,
        username: username.into(),
        name: name.into(),
        status: if number == 1 {
            Status::Suspended
        } else {
            Status::Active
        },
        role: "member".into(),
        expires_at,
    };
    let role = |name: &str, may_grant| TeamRole {
        name: name.into(),
        title: name.into(),
        may_grant,
    };
    let until = Time::from_seconds(1_796_000_000);
    TeamDetail {
        team: ops(),
        may: TeamAction::ALL.to_vec(),
        roles: vec![role("owner", false), role("member", true)],
        member_role: "member".into(),
        second_factor_from: Some(until),
        size: 2,
        pending: 1,
        members: Listing {
            rows: vec![
                member(0, "ann", "Ann Lee", None),
                member(1, "bob", "", Some(until)),
            ],
            has_more: true,
        },
        invitations: invitations(),
        apps: app_links(),
        administers_apps: true,
        shares_roles: false,
    }
}

/// The apps of a team or a group.
pub fn app_links() -> Vec<AppLink> {
    let link = |id: &str, name: &str, owned| AppLink {
        client_id: ClientId(id.into()),
        name: name.into(),
        owned,
    };
    vec![link("wiki", "Wiki", true), link("grafana", "Grafana", false)]
}
