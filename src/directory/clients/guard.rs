//! Who may see, operate and manage an app.

use crate::directory::teams::{self, TeamRef};
use crate::directory::{ChangeContext, Failure, ReadContext};
use crate::model::client::{Client, ClientSettings};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::team::{Team, TeamKind};
use crate::model::{ClientId, TeamId};
use crate::store::{clients, counters};

/// Any one of these permissions is enough to see an app.
pub(super) const READ: &[Permission] = &[Permission::AppRead, Permission::AppManage, Permission::AppOperate];

/// Any one of these permissions is enough to change those settings of an app that only concern the app.
pub(super) const OPERATE: &[Permission] = &[Permission::AppManage, Permission::AppOperate];

/// The permission to change everything about an app.
pub(super) const MANAGE: &[Permission] = &[Permission::AppManage];

/// The app with this client ID, for an actor with one of these permissions for it.
///
/// # Errors
/// [`Code::PermissionMissing`] or [`Code::ClientNotFound`].
pub(super) async fn find(
    context: &mut ReadContext<'_>,
    id: &ClientId,
    enough: &[Permission],
) -> Result<Client, Failure> {
    match clients::by_id(context.conn(), id).await? {
        Some(app) => {
            context.authorization.require_for_app(&app, enough)?;
            Ok(app)
        }
        None if enough.iter().any(|permission| context.may(*permission)) => Err(Code::ClientNotFound.into()),
        None => Err(Code::PermissionMissing.into()),
    }
}

/// As [`find`], in the transaction of a change.
///
/// # Errors
/// Those of [`find`].
pub(super) async fn find_for_change(
    context: &mut ChangeContext<'_>,
    id: &ClientId,
    enough: &[Permission],
) -> Result<Client, Failure> {
    find(&mut context.reading(), id, enough).await
}

/// Requires that the actor may change every setting that differs: whoever only operates an app may not change what
/// affects other people and apps, and whoever manages the apps of a team may not change what concerns resource servers.
///
/// # Errors
/// [`Code::AppSettingReserved`].
pub(super) fn ensure_may_change(
    context: &ChangeContext<'_>,
    app: &Client,
    settings: &ClientSettings,
) -> Result<(), Failure> {
    let before = &app.settings;
    let allowed = if context.may(Permission::AppManage) {
        return Ok(());
    } else if context.authorization.require_for_app(app, MANAGE).is_ok() {
        settings.clone().with_resources_of(before)
    } else {
        settings.clone().with_reserved_of(before)
    };
    if *settings == allowed {
        return Ok(());
    }
    Err(Code::AppSettingReserved.into())
}

/// The team that is to own a new app, for an actor who may add apps to it; `None` for an app of the instance.
///
/// # Errors
/// [`Code::PermissionMissing`], [`Code::TeamNotFound`], [`Code::TeamPermissionMissing`],
/// [`Code::PersonalTeamOwnsNothing`] or [`Code::AppSettingReserved`].
pub(super) async fn owner_of_new(
    context: &mut ChangeContext<'_>,
    team: Option<&TeamRef>,
    settings: &ClientSettings,
) -> Result<Option<TeamId>, Failure> {
    let Some(team) = team else {
        context.require(Permission::AppManage)?;
        return Ok(None);
    };
    // Serialized with deleting a team.
    counters::next(context.tx(), counters::NUMBERS).await?;
    let team = owner(&mut context.reading(), team).await?;
    let none = ClientSettings::default();
    if !context.may(Permission::AppManage) && settings.clone().with_resources_of(&none) != *settings {
        return Err(Code::AppSettingReserved.into());
    }
    Ok(Some(team.id))
}

/// A team to which the actor may add apps.
///
/// # Errors
/// [`Code::TeamNotFound`], [`Code::TeamPermissionMissing`] or [`Code::PersonalTeamOwnsNothing`].
pub(super) async fn owner(context: &mut ReadContext<'_>, team: &TeamRef) -> Result<Team, Failure> {
    let team = teams::existing(context.conn(), team).await?;
    context
        .authorization
        .require_in_team(&team, Permission::AppManage)?;
    if team.kind == TeamKind::Personal {
        return Err(Code::PersonalTeamOwnsNothing.into());
    }
    Ok(team)
}
