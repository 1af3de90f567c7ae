//! The pages about groups.

use serde::Serialize;

use super::{MemberRow, NavItem, NextPage, Shell};
use crate::web::page::{FieldError, Notice, Page, Tone};

/// A group of the list.
#[derive(Clone, Debug, Serialize)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// How many people are in it themselves.
    pub members: i64,
}

/// The list of groups.
#[derive(Clone, Debug, Serialize)]
pub struct Groups {
    /// What surrounds it.
    pub shell: Shell,
    /// What is searched for.
    pub query: String,
    /// This page of it.
    pub rows: Vec<GroupRow>,
    /// The next page.
    pub next: NextPage,
    /// Whether the viewer may change groups.
    pub may_change: bool,
    /// The name as typed into the form.
    pub name: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A page of who is in it themselves.
    pub members: Vec<MemberRow>,
    /// The next page of who is in it.
    pub next: NextPage,
    /// The groups whose people count as in it.
    pub inner: Vec<String>,
    /// Whether the viewer may change groups.
    pub may_change: bool,
    /// The user name as typed into the form.
    pub username: String,
    /// The group as typed into the form.
    pub group: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

impl Page for Groups {
    const TEMPLATE: &'static str = "console/groups.html";

    fn samples() -> Vec<Self> {
        let row = |name: &str, members| GroupRow {
            name: name.into(),
            members,
        };
        let full = Self {
            shell: Shell::sample(NavItem::Groups),
            query: "e".into(),
            rows: vec![row("engineering", 12), row("on-call", 1)],
            next: Some("?after=on-call".into()),
            may_change: true,
            name: "a b".into(),
            errors: vec![FieldError::at(
                "name",
                "Use letters, digits, dots and hyphens only.",
            )],
            notice: Some(Notice::new(Tone::Success, "Done.")),
        };
        let empty = Self {
            query: String::new(),
            rows: Vec::new(),
            next: None,
            may_change: false,
            name: String::new(),
            errors: Vec::new(),
            notice: None,
            ..full.clone()
        };
        let fresh = Self {
            may_change: true,
            ..empty.clone()
        };
        vec![full, empty, fresh]
    }
}

impl Page for GroupPage {
    const TEMPLATE: &'static str = "console/group.html";

    fn samples() -> Vec<Self> {
        let full = Self {
            shell: Shell::sample(NavItem::Groups),
            id: "01990000-0000-7000-8000-000000000003".into(),
            name: "engineering".into(),
            members: vec![MemberRow {
                number: 0,
                username: "ann".into(),
                name: "Ann Lee".into(),
                role: String::new(),
                until: None,
            }],
            next: Some("?after=0".into()),
            inner: vec!["on-call".into()],
            may_change: true,
            username: "nobody".into(),
            group: String::new(),
            errors: vec![FieldError::at("username", "There is no account nobody.")],
            notice: None,
        };
        let looked_at = Self {
            members: Vec::new(),
            next: None,
            inner: Vec::new(),
            may_change: false,
            username: String::new(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Done.")),
            ..full.clone()
        };
        vec![full, looked_at]
    }
}
