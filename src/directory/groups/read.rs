//! Reading groups.

use serde::Serialize;

use super::{GroupRef, find};
use crate::clock::Time;
use crate::directory::clients::{self, AppLink};
use crate::directory::filter::like_containing;
use crate::directory::listing::{Listing, one_more};
use crate::directory::{Failure, ReadContext, names, operation};
use crate::model::group::{Group, GroupMember, GroupSummary};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::{consequences, groups, second_factor_policies};

operation! {
    /// Lists the groups whose names contain the words in `search`, by name: at most `limit` of those after the name
    /// `after`.
    read ListGroups { search: String, after: String, limit: u16 } -> Listing<GroupSummary>, requires GroupRead;
}

impl ListGroups {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Listing<GroupSummary>, Failure> {
        let (after, search) = (names::folded(&self.after), like_containing(&self.search));
        let rows = groups::page(context.conn(), &after, &search, one_more(self.limit)).await?;
        Ok(Listing::of(rows, self.limit))
    }
}

operation! {
    /// Reads a group with at most `limit` of its members after the number `members_after`.
    read GetGroup { group: GroupRef, members_after: i64, limit: u16 } -> GroupDetail, requires GroupRead;
}

/// A group, and whether the caller may change it.
#[derive(Clone, Debug, Serialize)]
pub struct GroupDetail {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// From when its members need a second factor to sign in, if they do.
    pub second_factor_from: Option<Time>,
    /// How many direct members it has.
    pub size: i64,
    /// A page of its direct members, by number.
    pub members: Listing<GroupMember>,
    /// The groups that it contains directly.
    pub inner: Vec<Group>,
    /// The apps that let it in, for a caller who may see apps.
    pub apps: Vec<AppLink>,
}

impl GetGroup {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<GroupDetail, Failure> {
        let found = find(context.conn(), &self.group).await?;
        let group = found.ok_or(Code::GroupNotFound)?;
        let limit = one_more(self.limit);
        let members = groups::members(context.conn(), &group.id, self.members_after, limit).await?;
        Ok(GroupDetail {
            second_factor_from: second_factor_policies::of_group(context.conn(), &group.id).await?,
            size: consequences::group_size(context.conn(), &group.id).await?,
            may_change: context.may(Permission::GroupManage),
            members: Listing::of(members, self.limit),
            inner: groups::inner(context.conn(), &group.id).await?,
            apps: if context.may(Permission::AppRead) {
                clients::of_group(context.conn(), &group.id).await?
            } else {
                Vec::new()
            },
            group,
        })
    }
}
