//! The pages about teams.

use serde::Serialize;

use super::{NavItem, NextPage, RoleOption, Shell};
use crate::clock::Time;
use crate::web::invited::{MadeRow, OpenRow};
use crate::web::page::{FieldError, Notice, Page, Tone};

/// A team of the list.
#[derive(Clone, Debug, Serialize)]
pub struct TeamRow {
    /// Its number.
    pub number: i64,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for, as a word.
    pub kind: String,
    /// How many people are in it.
    pub members: i64,
}

/// The list of teams.
#[derive(Clone, Debug, Serialize)]
pub struct Teams {
    /// What surrounds it.
    pub shell: Shell,
    /// What is searched for.
    pub query: String,
    /// Whether personal teams are listed too.
    pub personal: bool,
    /// This page of it.
    pub rows: Vec<TeamRow>,
    /// The next page.
    pub next: NextPage,
    /// The short name as typed into the form.
    pub slug: String,
    /// The name as typed into the form.
    pub name: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// Somebody in a team.
#[derive(Clone, Debug, Serialize)]
pub struct MemberRow {
    /// The account's number.
    pub number: i64,
    /// The user name.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The role in the team.
    pub role: String,
    /// When the membership ends.
    pub until: Option<Time>,
}

/// One team.
#[derive(Clone, Debug, Serialize)]
pub struct TeamPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for, as a word.
    pub kind: String,
    /// The roles of the scheme in teams.
    pub roles: Vec<RoleOption>,
    /// A page of who is in it.
    pub members: Vec<MemberRow>,
    /// The next page of who is in it.
    pub next: NextPage,
    /// The user name as typed into the form.
    pub username: String,
    /// What the viewer may do: `member`, `rename`, `delete`, `invite`.
    pub may: Vec<&'static str>,
    /// The addresses to invite, as typed.
    pub addresses: String,
    /// The invitations that were just made.
    pub made: Vec<MadeRow>,
    /// The invitations that can be accepted.
    pub open: Vec<OpenRow>,
    /// The role that invitations offer at first.
    pub member_role: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

fn roles() -> Vec<RoleOption> {
    vec![
        RoleOption {
            name: "admin".into(),
            title: "Team admin".into(),
        },
        RoleOption {
            name: "member".into(),
            title: "Member".into(),
        },
    ]
}

impl Page for Teams {
    const TEMPLATE: &'static str = "console/teams.html";

    fn samples() -> Vec<Self> {
        let row = |number, slug: &str, kind: &str| TeamRow {
            number,
            slug: slug.into(),
            name: slug.into(),
            kind: kind.into(),
            members: 3,
        };
        let full = Self {
            shell: Shell::sample(NavItem::Teams),
            query: String::new(),
            personal: true,
            rows: vec![
                row(0, "root-team", "root"),
                row(1, "ann", "personal"),
                row(2, "ops", "shared"),
            ],
            next: Some("?after=2".into()),
            slug: String::new(),
            name: String::new(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "The team is there.")),
        };
        let wrong = Self {
            slug: "a b".into(),
            rows: Vec::new(),
            next: None,
            personal: false,
            query: "x".into(),
            errors: vec![FieldError::at(
                "slug",
                "Use letters, digits, dots and hyphens only.",
            )],
            notice: None,
            ..full.clone()
        };
        vec![full, wrong]
    }
}

impl Page for TeamPage {
    const TEMPLATE: &'static str = "console/team.html";

    fn samples() -> Vec<Self> {
        let now = Time::from_seconds(1_794_990_000);
        let member = |number, username: &str, until| MemberRow {
            number,
            username: username.into(),
            name: "Ann Lee".into(),
            role: "admin".into(),
            until,
        };
        let full = Self {
            shell: Shell::sample(NavItem::Teams),
            id: "01990000-0000-7000-8000-000000000002".into(),
            number: 2,
            slug: "ops".into(),
            name: "Ops".into(),
            kind: "shared".into(),
            roles: roles(),
            members: vec![member(0, "ann", None), member(1, "bob", Some(now))],
            next: Some("?after=1".into()),
            may: vec!["member", "rename", "delete", "invite"],
            username: String::new(),
            addresses: String::new(),
            made: MadeRow::samples(),
            open: OpenRow::samples(),
            member_role: "member".into(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Done.")),
        };
        let wrong = Self {
            username: "nobody".into(),
            made: Vec::new(),
            open: Vec::new(),
            errors: vec![FieldError::at("username", "There is no account nobody.")],
            notice: None,
            ..full.clone()
        };
        let looked_at = Self {
            kind: "root".into(),
            may: Vec::new(),
            made: Vec::new(),
            members: Vec::new(),
            next: None,
            notice: None,
            ..full.clone()
        };
        vec![full, wrong, looked_at]
    }
}
