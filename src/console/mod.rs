//! The console: pages for administrators, a file for each kind of object. The operations of `directory` decide what the
//! user may do.

pub mod audit;
mod console_user;
pub mod groups;
pub mod invitations;
pub mod overview;
mod paging;
pub mod roles;
pub mod settings;
pub mod shell;
pub mod teams;
pub mod user;
mod user_changes;
pub mod users;
pub mod users_bulk;
pub mod users_new;

use axum::Router;
use axum::routing::{get, post};

use self::console_user::ConsoleUser;
use crate::app::AppState;
use crate::paths;
use crate::web::team_pages;

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
        .route(paths::CONSOLE_USER.pattern(), get(user::show))
        .merge(user_detail_routes())
        .merge(user_access_routes())
        .merge(team_routes())
        .merge(group_routes())
        .route(paths::CONSOLE_ROLES.pattern(), get(roles::show))
        .route(paths::CONSOLE_SETTINGS.pattern(), get(settings::show))
        .route(
            paths::CONSOLE_SETTINGS_PEOPLE.pattern(),
            post(settings::change_people),
        )
        .route(
            paths::CONSOLE_SETTINGS_BRANDING.pattern(),
            post(settings::change_branding),
        )
        .route(
            paths::CONSOLE_INVITATIONS.pattern(),
            get(invitations::list).post(invitations::invite),
        )
        .route(
            paths::CONSOLE_INVITATIONS_REVOKE.pattern(),
            post(invitations::revoke),
        )
        .route(paths::CONSOLE_AUDIT.pattern(), get(audit::show))
        .route(paths::CONSOLE_AUDIT_EXPORT.pattern(), get(audit::export))
}

/// The routes that change an account's profile, addresses and roles.
fn user_detail_routes() -> Router<std::sync::Arc<AppState>> {
    Router::new()
        .route(
            paths::CONSOLE_USER_PROFILE.pattern(),
            post(user_changes::update_profile),
        )
        .route(
            paths::CONSOLE_USER_EMAILS.pattern(),
            post(user_changes::add_email),
        )
        .route(
            paths::CONSOLE_USER_EMAIL_REMOVE.pattern(),
            post(user_changes::remove_email),
        )
        .route(
            paths::CONSOLE_USER_EMAIL_VERIFY.pattern(),
            post(user_changes::verify_email),
        )
        .route(
            paths::CONSOLE_USER_EMAIL_PRIMARY.pattern(),
            post(user_changes::make_email_primary),
        )
        .route(
            paths::CONSOLE_USER_ROLES.pattern(),
            post(user_changes::grant_role),
        )
        .route(
            paths::CONSOLE_USER_ROLE_REVOKE.pattern(),
            post(user_changes::revoke_role),
        )
}

/// The routes that change whether an account can be used.
fn user_access_routes() -> Router<std::sync::Arc<AppState>> {
    Router::new()
        .route(
            paths::CONSOLE_USER_SESSIONS_END.pattern(),
            post(user_changes::end_sessions),
        )
        .route(paths::CONSOLE_USER_INVITE.pattern(), post(user_changes::invite))
        .route(paths::CONSOLE_USER_APPROVE.pattern(), post(user_changes::approve))
        .route(paths::CONSOLE_USER_REJECT.pattern(), post(user_changes::reject))
        .route(
            paths::CONSOLE_USER_VALIDITY.pattern(),
            post(user_changes::set_validity),
        )
        .route(paths::CONSOLE_USER_SUSPEND.pattern(), post(user_changes::suspend))
        .route(
            paths::CONSOLE_USER_ACTIVATE.pattern(),
            post(user_changes::activate),
        )
        .route(paths::CONSOLE_USER_DELETE.pattern(), post(user_changes::delete))
        .route(paths::CONSOLE_USER_RESTORE.pattern(), post(user_changes::restore))
}

fn team_routes() -> Router<std::sync::Arc<AppState>> {
    Router::new()
        .route(
            paths::CONSOLE_TEAMS.pattern(),
            get(teams::list).post(teams::create),
        )
        .route(
            paths::CONSOLE_TEAM.pattern(),
            get(team_pages::show::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_RENAME.pattern(),
            post(team_pages::rename::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_DELETE.pattern(),
            post(team_pages::delete::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_MEMBERS.pattern(),
            post(team_pages::set_member::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_MEMBER_REMOVE.pattern(),
            post(team_pages::remove_member::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_INVITATIONS.pattern(),
            post(team_pages::invite::<ConsoleUser>),
        )
        .route(
            paths::CONSOLE_TEAM_INVITATION_REVOKE.pattern(),
            post(team_pages::revoke_invitation::<ConsoleUser>),
        )
}

fn group_routes() -> Router<std::sync::Arc<AppState>> {
    Router::new()
        .route(
            paths::CONSOLE_GROUPS.pattern(),
            get(groups::list).post(groups::create),
        )
        .route(paths::CONSOLE_GROUP.pattern(), get(groups::show))
        .route(paths::CONSOLE_GROUP_RENAME.pattern(), post(groups::rename))
        .route(paths::CONSOLE_GROUP_DELETE.pattern(), post(groups::delete))
        .route(paths::CONSOLE_GROUP_MEMBERS.pattern(), post(groups::add_member))
        .route(
            paths::CONSOLE_GROUP_MEMBER_REMOVE.pattern(),
            post(groups::remove_member),
        )
        .route(paths::CONSOLE_GROUP_INNER.pattern(), post(groups::add_group))
        .route(
            paths::CONSOLE_GROUP_INNER_REMOVE.pattern(),
            post(groups::remove_group),
        )
}
