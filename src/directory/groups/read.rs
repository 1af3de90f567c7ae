//! Reading groups.

use serde::Serialize;

use super::{GroupRef, find};
use crate::directory::filter::containing;
use crate::directory::listing::{Listing, one_more};
use crate::directory::{Failure, Read, ReadContext, names};
use crate::model::GroupId;
use crate::model::group::{Group, GroupMember, GroupSummary};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::groups;

/// Lists groups by name.
pub struct ListGroups {
    /// Words that the name must contain; empty for all groups.
    pub search: String,
    /// The last name of the previous page; empty for the first page.
    pub after: String,
    /// The maximum number of rows.
    pub limit: u16,
}

impl Read for ListGroups {
    type Output = Listing<GroupSummary>;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<Self::Output, Failure> {
        context.require(Permission::GroupRead)?;
        let (after, search) = (names::key(&self.after), containing(&self.search));
        let rows = groups::page(context.conn(), &after, &search, one_more(self.limit)).await?;
        Ok(Listing::of(rows, self.limit))
    }
}

/// Reads a group with a page of its members.
pub struct GetGroup {
    /// The group.
    pub group: GroupRef,
    /// The number after which the page of members begins.
    pub members_after: i64,
    /// The maximum number of members.
    pub limit: u16,
}

/// A group, and whether the caller may change it.
#[derive(Clone, Debug, Serialize)]
pub struct GroupDetail {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// A page of its direct members, by number.
    pub members: Listing<GroupMember>,
    /// The groups that it contains directly.
    pub inner: Vec<Group>,
}

impl Read for GetGroup {
    type Output = GroupDetail;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<GroupDetail, Failure> {
        context.require(Permission::GroupRead)?;
        let found = find(context.conn(), &self.group).await?;
        let group = found.ok_or(Code::GroupNotFound)?;
        let limit = one_more(self.limit);
        let members = groups::members(context.conn(), &group.id, self.members_after, limit).await?;
        Ok(GroupDetail {
            may_change: context.may(Permission::GroupManage),
            members: Listing::of(members, self.limit),
            inner: groups::inner(context.conn(), &group.id).await?,
            id: group.id,
            name: group.name,
        })
    }
}
