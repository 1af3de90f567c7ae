//! The pages about groups.

use serde::Serialize;

use super::{NextPage, Shell};
use crate::directory::groups::GroupDetail;
use crate::model::group::GroupSummary;
use crate::web::page::{FieldError, Notice, Page};

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
}

impl Page for GroupPage {
    const TEMPLATE: &'static str = "console/group.html";
}
