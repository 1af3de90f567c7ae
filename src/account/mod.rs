//! The pages where users manage their own account and teams.

mod changes;
pub mod emails;
pub mod home;
mod picture;
mod signed_in;
pub mod teams;

pub use picture::show_picture;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use self::signed_in::SignedIn;
use crate::app::AppState;
use crate::paths;
use crate::web::team_pages;

/// The routes of the account pages.
pub fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route(paths::ACCOUNT.pattern(), get(home::show))
        .route(paths::ACCOUNT_PROFILE.pattern(), post(changes::save_profile))
        .route(
            paths::ACCOUNT_PICTURE.pattern(),
            post(picture::change_picture).layer(DefaultBodyLimit::max(picture::MOST_FORM_BYTES)),
        )
        .route(
            paths::ACCOUNT_PICTURE_REMOVE.pattern(),
            post(picture::remove_picture),
        )
        .route(
            paths::ACCOUNT_EMAILS.pattern(),
            get(emails::show).post(emails::add),
        )
        .route(paths::ACCOUNT_EMAIL_REMOVE.pattern(), post(emails::remove))
        .route(paths::ACCOUNT_EMAIL_PRIMARY.pattern(), post(emails::make_primary))
        .route(paths::ACCOUNT_PASSWORD.pattern(), post(changes::change_password))
        .route(paths::ACCOUNT_SESSIONS_END.pattern(), post(changes::end_sessions))
        .route(paths::ACCOUNT_APP_REMOVE.pattern(), post(changes::remove_app))
        .merge(team_routes())
}

fn team_routes() -> Router<Arc<AppState>> {
    Router::new()
        .route(paths::ACCOUNT_TEAMS.pattern(), post(teams::create))
        .route(paths::ACCOUNT_TEAM.pattern(), get(team_pages::show::<SignedIn>))
        .route(
            paths::ACCOUNT_TEAM_RENAME.pattern(),
            post(team_pages::rename::<SignedIn>),
        )
        .route(
            paths::ACCOUNT_TEAM_DELETE.pattern(),
            post(team_pages::delete::<SignedIn>),
        )
        .route(paths::ACCOUNT_TEAM_LEAVE.pattern(), post(teams::leave))
        .route(
            paths::ACCOUNT_TEAM_MEMBERS.pattern(),
            post(team_pages::set_member::<SignedIn>),
        )
        .route(
            paths::ACCOUNT_TEAM_MEMBER_REMOVE.pattern(),
            post(team_pages::remove_member::<SignedIn>),
        )
        .route(
            paths::ACCOUNT_TEAM_INVITATIONS.pattern(),
            post(team_pages::invite::<SignedIn>),
        )
        .route(
            paths::ACCOUNT_TEAM_INVITATION_REVOKE.pattern(),
            post(team_pages::revoke_invitation::<SignedIn>),
        )
}
