//! What the forms for a new app have in common: the team that owns it, and who may sign in.

use super::console_user::ConsoleUser;
use crate::app::AppState;
use crate::directory::clients::FindAppOwner;
use crate::directory::teams::TeamRef;
use crate::model::access::{AccessRule, NamedTeam};
use crate::model::permission::Permission;
use crate::web::error::PageError;
use crate::web::submission::Visitor;
use crate::web::visit::SafeForm;

/// The team with this slug, which is to own a new app of the user; without one, the instance is.
///
/// # Errors
/// 403 or 404 if the user may not add apps there.
pub(super) async fn owner(
    app: &AppState,
    user: &ConsoleUser,
    slug: Option<&str>,
) -> Result<Option<NamedTeam>, PageError> {
    let Some(slug) = slug.filter(|slug| !slug.is_empty()) else {
        user.require(Permission::AppManage)?;
        return Ok(None);
    };
    let owner = FindAppOwner {
        team: TeamRef::Slug(slug.to_owned()),
    };
    Ok(Some(app.directory.read(&user.actor(), owner).await?))
}

/// Who may sign in to a new app, as chosen in its form: everyone, or nobody yet.
pub(super) fn access_of(form: &SafeForm) -> AccessRule {
    AccessRule {
        everyone: form.trimmed("access") == "everyone",
        ..AccessRule::default()
    }
}
