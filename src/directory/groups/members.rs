//! The members of a group: accounts and other groups.

use serde_json::json;

use super::{GroupRef, create, find, group_for_change};
use crate::directory::accounts::{AccountRef, lock};
use crate::directory::{ChangeContext, Failure, logouts, operation, revocation};
use crate::model::action::Action;
use crate::model::group::Group;
use crate::model::refusal::Code;
use crate::store::{app_sessions, counters, groups};

operation! {
    /// Adds an account to a group.
    change AddGroupMember {
        group: GroupRef,
        account: AccountRef,
        /// Whether a missing group with this name is created.
        create: bool,
    } -> (), requires GroupManage;
}

impl AddGroupMember {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let group = match (find(context.tx(), &self.group).await?, self.group) {
            (Some(group), _) => group,
            (None, GroupRef::Name(name)) if self.create => Group {
                id: create(context, &name).await?,
                name,
            },
            (None, _) => return Err(Code::GroupNotFound.into()),
        };
        let account = lock(context, &self.account).await?.id;
        let (tx, now) = context.tx_now();
        groups::add_member(tx, &group.id, &account, now).await?;
        let detail = json!({ "group": group.name });
        context
            .record(Action::GroupAddMember, account.as_str(), &detail)
            .await
    }
}

operation! {
    /// Removes an account from a group.
    change RemoveGroupMember { group: GroupRef, account: AccountRef } -> ();
}

impl RemoveGroupMember {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let group = group_for_change(context, &self.group).await?;
        let account = lock(context, &self.account).await?.id;
        groups::remove_member(context.tx(), &group.id, &account).await?;
        revocation::end_lost_rights(context, &account).await?;
        let detail = json!({ "group": group.name });
        context
            .record(Action::GroupRemoveMember, account.as_str(), &detail)
            .await
    }
}

operation! {
    /// Adds a group to a group: all members of the inner one are members of the outer one too.
    change AddInnerGroup { group: GroupRef, inner: GroupRef } -> ();
}

impl AddInnerGroup {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let outer = group_for_change(context, &self.group).await?;
        let inner = inner_group(context, &self.inner).await?;
        // Serialized, so that two groups cannot be added to each other at once.
        counters::next(context.tx(), counters::NUMBERS).await?;
        if inner.id == outer.id || groups::contains(context.tx(), &inner.id, &outer.id).await? {
            return Err(Code::GroupInItself.at("group").into());
        }
        let (tx, now) = context.tx_now();
        groups::add_group(tx, &outer.id, &inner.id, now).await?;
        let detail = json!({ "name": outer.name, "inner": inner.id });
        context
            .record(Action::GroupAddGroup, outer.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Removes a group from a group.
    change RemoveInnerGroup { group: GroupRef, inner: GroupRef } -> ();
}

impl RemoveInnerGroup {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let outer = group_for_change(context, &self.group).await?;
        let inner = inner_group(context, &self.inner).await?;
        groups::remove_group(context.tx(), &outer.id, &inner.id).await?;
        let members = app_sessions::members_of_group(context.tx(), &inner.id).await?;
        logouts::queue_for_accounts(context, &members).await?;
        let detail = json!({ "name": outer.name, "inner": inner.id });
        context
            .record(Action::GroupRemoveGroup, outer.id.as_str(), &detail)
            .await
    }
}

async fn inner_group(context: &mut ChangeContext<'_>, inner: &GroupRef) -> Result<Group, Failure> {
    let found = find(context.tx(), inner).await?;
    found.ok_or_else(|| match inner {
        GroupRef::Name(name) => Code::UnknownGroup.at("group").with("name", name).into(),
        GroupRef::Id(_) => Code::GroupNotFound.into(),
    })
}
