//! The sign-in: the authorization endpoint, the hosted pages and the dispatcher. Each page stores what its form decided
//! (a new session, a chosen account, consent) and redirects to the dispatcher, which alone decides what comes next.

pub mod accounts;
mod acting;
mod attempt;
mod authorize;
pub mod consent;
pub mod device;
mod device_answer;
mod device_request;
mod dispatcher;
pub mod enrol;
pub mod enrol_passkey;
pub mod enrolled;
pub mod forgot;
mod half_proven;
pub mod hand_over;
mod invitation;
mod issue;
pub mod join;
pub mod new_password;
pub mod no_entry;
mod one_time;
pub mod passkey;
pub mod passkey_prompt;
pub mod password;
mod password_check;
pub mod prove_email;
mod refused;
pub mod register;
mod required;
pub mod reset;
mod reset_code;
pub mod second_factor;
mod session;
pub mod set_up;
pub mod sign_in_page;
pub mod sign_out;
mod trust;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::AppState;
use crate::web::routes;

/// The routes of the sign-in.
pub fn routes() -> Router<Arc<AppState>> {
    routes! {
        AUTHORIZE => get(authorize::enter).post(authorize::enter),
        LOGOUT => get(sign_out::respond).post(sign_out::respond),
        SIGN_IN => get(password::show),
        SIGN_IN_CONTINUE => get(dispatcher::resume),
        SIGN_IN_PASSWORD => post(password::verify),
        SIGN_IN_PASSKEY => post(passkey::verify),
        SECOND_FACTOR => get(second_factor::show).post(second_factor::verify),
        ENROL => get(enrol::show).post(enrol::add),
        NEW_PASSWORD => get(new_password::show).post(new_password::choose),
        RESET => get(reset::show).post(reset::complete),
        PROVE_EMAIL => get(prove_email::show).post(prove_email::prove),
        HAND_OVER => get(hand_over::show).post(hand_over::open),
        DEVICE => get(device::show).post(device::enter),
        DEVICE_CONFIRM => get(device::confirm).post(device::answer),
        FORGOT_PASSWORD => get(forgot::show).post(forgot::request),
        STOP_ACTING => post(acting::stop),
        CONSOLE_USER_ACT => post(acting::begin),
        SIGN_IN_START_OVER => post(second_factor::start_over),
        ACCOUNTS => get(accounts::show).post(accounts::choose),
        CONSENT => get(consent::show).post(consent::decide),
        NO_ENTRY => get(no_entry::show),
        REGISTER => get(register::show).post(register::create),
        REGISTER_LINK => post(register::send_again),
        INVITATION => get(invitation::show).post(invitation::accept),
        SET_UP => get(set_up::show).post(set_up::create),
    }
}
