//! Groups of accounts, which may contain other groups.

mod members;
mod read;

use serde_json::json;

use super::{ChangeContext, Failure, logouts, names, operation};
use crate::model::GroupId;
use crate::model::action::Action;
use crate::model::group::Group;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::Scheme;
use crate::store::{Conn, app_sessions, groups, shared_roles};

pub use members::{AddGroupMember, AddInnerGroup, RemoveGroupMember, RemoveInnerGroup};
pub use read::{GetGroup, GroupDetail, ListGroups};

/// A reference to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRef {
    /// By id.
    Id(GroupId),
    /// By name.
    Name(String),
}

impl From<GroupId> for GroupRef {
    fn from(id: GroupId) -> Self {
        Self::Id(id)
    }
}

operation! {
    /// Creates a group.
    change CreateGroup { name: String } -> GroupId, requires GroupManage;
}

impl CreateGroup {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<GroupId, Failure> {
        create(context, &self.name).await
    }
}

async fn create(context: &mut ChangeContext<'_>, name: &str) -> Result<GroupId, Failure> {
    check_name(name, &context.scheme)?;
    let (tx, now) = context.tx_now();
    let id = GroupId::new(now);
    if !groups::insert(tx, &id, name, &names::folded(name), now).await? {
        return Err(Code::Taken.at("name").into());
    }
    let detail = json!({ "name": name });
    context.record(Action::GroupCreate, id.as_str(), &detail).await?;
    Ok(id)
}

operation! {
    /// Renames a group.
    change RenameGroup { group: GroupRef, name: String } -> ();
}

impl RenameGroup {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let group = group_for_change(context, &self.group).await?;
        check_name(&self.name, &context.scheme)?;
        if !groups::rename(context.tx(), &group.id, &self.name, &names::folded(&self.name)).await? {
            return Err(Code::Taken.at("name").into());
        }
        let detail = json!({ "before": group.name, "after": self.name });
        context
            .record(Action::GroupRename, group.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Deletes a group with its memberships.
    change DeleteGroup { group: GroupRef } -> ();
}

impl DeleteGroup {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let group = group_for_change(context, &self.group).await?;
        let members = app_sessions::members_of_group(context.tx(), &group.id).await?;
        shared_roles::delete_of_group(context.tx(), &group.id).await?;
        groups::delete(context.tx(), &group.id).await?;
        logouts::queue_for_accounts(context, &members).await?;
        let detail = json!({ "name": group.name });
        context
            .record(Action::GroupDelete, group.id.as_str(), &detail)
            .await
    }
}

fn check_name(name: &str, scheme: &Scheme) -> Result<(), Failure> {
    names::validate("name", name, &scheme.name_punctuation)?;
    names::validate_unreserved("name", name, &scheme.reserved_names)?;
    Ok(())
}

pub(super) async fn group_for_change(
    context: &mut ChangeContext<'_>,
    group: &GroupRef,
) -> Result<Group, Failure> {
    context.require(Permission::GroupManage)?;
    find(context.tx(), group).await?.ok_or(Code::GroupNotFound.into())
}

/// The group that a reference names; checks no permission.
///
/// # Errors
/// [`Code::UnknownGroup`].
pub(super) async fn existing(conn: &mut Conn, group: &GroupRef) -> Result<Group, Failure> {
    let name = match group {
        GroupRef::Id(id) => id.as_str(),
        GroupRef::Name(name) => name,
    };
    let unknown = || Code::UnknownGroup.at("name").with("name", name);
    find(conn, group).await?.ok_or_else(|| unknown().into())
}

/// The group that a reference names; checks no permission.
async fn find(conn: &mut Conn, group: &GroupRef) -> Result<Option<Group>, Failure> {
    Ok(match group {
        GroupRef::Id(id) => groups::by_id(conn, id).await?,
        GroupRef::Name(name) => groups::by_key(conn, &names::folded(name)).await?,
    })
}
