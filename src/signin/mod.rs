//! The sign-in: the authorization endpoint, the hosted pages and the dispatcher. Each page adds one fact to the session
//! or the attempt and redirects to the dispatcher, which alone decides what comes next.

pub mod accounts;
mod attempt;
mod authorize;
pub mod consent;
mod dispatcher;
mod invitation;
mod issue;
pub mod join;
pub mod password;
mod password_check;
pub mod register;
mod session;
pub mod set_up;
pub mod sign_out;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::AppState;
use crate::paths;

/// The routes of the sign-in.
pub fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route(
            paths::AUTHORIZE.pattern(),
            get(authorize::enter).post(authorize::enter),
        )
        .route(
            paths::LOGOUT.pattern(),
            get(sign_out::answer).post(sign_out::answer),
        )
        .route(paths::SIGN_IN.pattern(), get(password::show))
        .route(paths::SIGN_IN_CONTINUE.pattern(), get(dispatcher::resume))
        .route(paths::SIGN_IN_PASSWORD.pattern(), post(password::verify))
        .route(
            paths::ACCOUNTS.pattern(),
            get(accounts::show).post(accounts::choose),
        )
        .route(paths::CONSENT.pattern(), get(consent::show).post(consent::decide))
        .route(
            paths::REGISTER.pattern(),
            get(register::show).post(register::create),
        )
        .route(
            paths::INVITATION.pattern(),
            get(invitation::show).post(invitation::accept),
        )
        .route(paths::SET_UP.pattern(), get(set_up::show).post(set_up::create))
}
