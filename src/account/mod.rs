//! The pages where people look after their own account.

mod changes;
pub mod home;
mod picture;
mod signed_in;
pub mod teams;

pub use changes::{
    add_email, change_password, end_sessions, make_email_primary, remove_app, remove_email, save_profile,
};
pub use home::show;
pub use picture::{MOST_FORM_BYTES, change_picture, remove_picture, show_picture};

use axum::Router;
use axum::routing::{get, post};

use self::signed_in::SignedIn;
use crate::app::AppState;
use crate::paths;
use crate::web::team_pages;

/// The routes of the person's teams.
pub fn team_routes() -> Router<std::sync::Arc<AppState>> {
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
