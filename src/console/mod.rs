//! The console: where those who may look after people, teams, groups, roles and settings do so. One file a noun; each
//! is a thin front door to `directory`, which decides what the actor may do.

mod audit;
mod console_user;
mod groups;
mod invitations;
mod overview;
pub mod pages;
mod paging;
mod roles;
mod settings;
mod teams;
mod user;
mod users;
mod users_bulk;
mod users_new;

use axum::Router;
use axum::routing::{get, post};

use crate::app::AppState;
use crate::paths;

/// The routes of the console.
pub fn routes() -> Router<std::sync::Arc<AppState>> {
    Router::new()
        .route(paths::CONSOLE.pattern(), get(overview::show))
        .route(paths::CONSOLE_USERS.pattern(), get(users::list))
        .route(paths::CONSOLE_USERS_BULK.pattern(), post(users_bulk::apply))
        .route(
            paths::CONSOLE_USERS_NEW.pattern(),
            get(users_new::show).post(users_new::create),
        )
        .route(paths::CONSOLE_USER.pattern(), get(user::show).post(user::change))
        .route(
            paths::CONSOLE_TEAMS.pattern(),
            get(teams::list).post(teams::create),
        )
        .route(
            paths::CONSOLE_TEAM.pattern(),
            get(teams::show).post(teams::change),
        )
        .route(
            paths::CONSOLE_GROUPS.pattern(),
            get(groups::list).post(groups::create),
        )
        .route(
            paths::CONSOLE_GROUP.pattern(),
            get(groups::show).post(groups::change),
        )
        .route(paths::CONSOLE_ROLES.pattern(), get(roles::show))
        .route(
            paths::CONSOLE_SETTINGS.pattern(),
            get(settings::show).post(settings::change),
        )
        .route(
            paths::CONSOLE_INVITATIONS.pattern(),
            get(invitations::list).post(invitations::change),
        )
        .route(paths::CONSOLE_AUDIT.pattern(), get(audit::show))
        .route(paths::CONSOLE_AUDIT_EXPORT.pattern(), get(audit::export))
}
