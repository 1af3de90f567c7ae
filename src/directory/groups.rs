//! Making groups and putting people into them.

use super::{Actor, ChangeError, names};
use crate::clock::Time;
use crate::store::{AccountId, Db, GroupId, audit, groups};

/// Puts a person into a group, which is made if it is not there.
///
/// # Errors
/// When the group's name is not allowed, or the database fails.
pub async fn add_member(
    db: &Db,
    actor: Actor,
    group: String,
    account: AccountId,
    now: Time,
) -> Result<(), ChangeError> {
    names::check(&group).map_err(|message| ChangeError::at("group", message))?;
    db.write(move |tx| {
        Box::pin(async move {
            let key = names::key(&group);
            groups::insert(tx, &GroupId::new(now), &group, &key, now).await?;
            let Some(id) = groups::by_key(tx, &key).await? else {
                return Err(ChangeError::Refused("There is no such group."));
            };
            groups::add_member(tx, &id, &account, now).await?;
            audit::insert(
                tx,
                actor.as_str(),
                "group.add_member",
                id.as_str(),
                account.as_str(),
                now,
            )
            .await?;
            Ok(())
        })
    })
    .await
}
