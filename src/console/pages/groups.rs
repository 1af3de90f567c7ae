//! The pages about groups.

use serde::Serialize;

use super::{NavItem, NextPage, Shell};
use crate::directory::groups::GroupDetail;
use crate::directory::listing::Listing;
use crate::model::group::{Group, GroupMember, GroupSummary};
use crate::model::{AccountId, GroupId};
use crate::web::page::{FieldError, Notice, Page, Tone};

/// The list of groups.
#[derive(Clone, Debug, Serialize)]
pub struct Groups {
    /// What surrounds it.
    pub shell: Shell,
    /// What is searched for.
    pub query: String,
    /// This page of it.
    pub rows: Vec<GroupSummary>,
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
    /// The group.
    pub group: GroupDetail,
    /// The next page of who is in it.
    pub next: NextPage,
    /// The username as typed into the form.
    pub username: String,
    /// The inner group as typed into the form.
    pub inner: String,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
    /// What just happened.
    pub notice: Option<Notice>,
}

impl Page for Groups {
    const TEMPLATE: &'static str = "console/groups.html";

    fn samples() -> Vec<Self> {
        let row = |name: &str, members| GroupSummary {
            id: GroupId(name.into()),
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
            group: GroupDetail {
                id: GroupId("01990000-0000-7000-8000-000000000003".into()),
                name: "engineering".into(),
                may_change: true,
                members: Listing {
                    rows: vec![GroupMember {
                        id: AccountId("01990000-0000-7000-8000-000000000000".into()),
                        number: 0,
                        username: "ann".into(),
                        name: "Ann Lee".into(),
                    }],
                    has_more: true,
                },
                inner: vec![Group {
                    id: GroupId("01990000-0000-7000-8000-000000000004".into()),
                    name: "on-call".into(),
                }],
            },
            next: Some("?after=0".into()),
            username: "nobody".into(),
            inner: String::new(),
            errors: vec![FieldError::at("username", "There is no account nobody.")],
            notice: None,
        };
        let looked_at = Self {
            group: GroupDetail {
                may_change: false,
                members: Listing {
                    rows: Vec::new(),
                    has_more: false,
                },
                inner: Vec::new(),
                ..full.group.clone()
            },
            next: None,
            username: String::new(),
            errors: Vec::new(),
            notice: Some(Notice::new(Tone::Success, "Done.")),
            ..full.clone()
        };
        vec![full, looked_at]
    }
}
