//! The pages where users manage their own account and teams.

mod changes;
pub mod emails;
pub mod home;
pub mod launcher;
pub mod passkeys;
mod picture;
pub mod second_factors;
mod signed_in;
pub mod teams;

pub use picture::show_picture;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use self::signed_in::SignedIn;
use crate::app::AppState;
use crate::web::recent::Recent;
use crate::web::upload::MAX_FORM_BYTES;
use crate::web::{routes, team_pages};

/// The routes of the account pages.
pub fn routes() -> Router<Arc<AppState>> {
    let own = routes! {
        HOME => get(launcher::show),
        ACCOUNT => get(home::show),
        ACCOUNT_SECURITY => get(home::show_security),
        ACCOUNT_APPS => get(home::show_apps),
        ACCOUNT_HISTORY => get(home::show_history),
        ACCOUNT_PROFILE => post(changes::save_profile),
        ACCOUNT_PICTURE => post(picture::change_picture).layer(DefaultBodyLimit::max(MAX_FORM_BYTES)),
        ACCOUNT_PICTURE_REMOVE => post(picture::remove_picture),
        ACCOUNT_EMAILS => get(emails::show).post(emails::add),
        ACCOUNT_EMAIL_REMOVE => post(emails::remove),
        ACCOUNT_EMAIL_PRIMARY => post(emails::make_primary),
        ACCOUNT_EMAIL_PROOF => post(emails::send_proof),
        ACCOUNT_SECOND_FACTORS => get(second_factors::show),
        ACCOUNT_PASSKEY_NEW => get(passkeys::show_new).post(passkeys::add),
        ACCOUNT_PASSKEY_RENAME => post(passkeys::rename),
        ACCOUNT_PASSKEY_REMOVE => post(passkeys::remove),
        ACCOUNT_AUTHENTICATOR_NEW => get(second_factors::show_new).post(second_factors::add),
        ACCOUNT_AUTHENTICATOR_RENAME => post(second_factors::rename),
        ACCOUNT_AUTHENTICATOR_REMOVE => post(second_factors::remove),
        ACCOUNT_RECOVERY_CODES => post(second_factors::replace_codes),
        ACCOUNT_PASSWORD => post(changes::change_password),
        ACCOUNT_SESSIONS_END => post(changes::end_sessions),
        ACCOUNT_DEVICE_FORGET => post(changes::forget_device),
        ACCOUNT_THEME => post(changes::choose_theme),
        ACCOUNT_LINKS_FORGET => post(changes::forget_links),
        ACCOUNT_HAND_OVER => post(changes::hand_over),
        ACCOUNT_APP_REMOVE => post(changes::remove_app),
    };
    own.merge(team_routes())
}

fn team_routes() -> Router<Arc<AppState>> {
    routes! {
        ACCOUNT_TEAMS => get(home::show_teams).post(teams::create),
        ACCOUNT_TEAM => get(team_pages::show::<SignedIn>),
        ACCOUNT_TEAM_RENAME => post(team_pages::rename::<SignedIn>),
        ACCOUNT_TEAM_SECOND_FACTOR => post(team_pages::set_second_factor::<Recent<SignedIn>>),
        ACCOUNT_TEAM_DELETE => post(team_pages::delete::<SignedIn>),
        ACCOUNT_TEAM_LEAVE => post(team_pages::leave::<SignedIn>),
        ACCOUNT_TEAM_MEMBERS => post(team_pages::set_member::<SignedIn>),
        ACCOUNT_TEAM_MEMBER_RESET => post(team_pages::reset_member::<Recent<SignedIn>>),
        ACCOUNT_TEAM_MEMBER_REMOVE => post(team_pages::remove_member::<SignedIn>),
        ACCOUNT_TEAM_INVITATIONS => post(team_pages::invite::<SignedIn>),
        ACCOUNT_TEAM_INVITATION_REVOKE => post(team_pages::revoke_invitation::<SignedIn>),
    }
}
