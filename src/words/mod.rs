//! Sentences for people, made from codes and arguments.

mod access;
mod actions;
mod chain_errors;
pub mod changes;
pub mod error_pages;
mod history;
mod mail;
mod numbers;
mod permissions;
mod refusals;
mod scheme_steps;
mod sessions;
mod sign_in;
pub mod sign_out;

pub use access::{access_explained, access_rule, no_entry};
pub use actions::{action, action_family};
pub use chain_errors::chain_error;
pub use history::{Part, history_sentence};
pub use mail::{mail_event, mail_step, mail_step_remedy, mails_queued};
pub use numbers::{counted, thousands};
pub use permissions::permission;
pub use refusals::{DATABASE_FAILED, refusal, refusal_template, refusals};
pub use scheme_steps::scheme_step;
pub use sessions::{SIGN_IN_AGAIN, session_end};
pub use sign_in::{
    PASSKEY_WRONG, RESET_CODE_WRONG, SECOND_FACTOR_WRONG, SET_UP_CODE_WRONG, SIGN_IN_EXPIRED, SIGN_IN_LOCKED,
    SIGN_IN_PASSWORD_EXPIRED, SIGN_IN_PENDING, SIGN_IN_RESET, SIGN_IN_SUSPENDED, SIGN_IN_WRONG,
    USER_CODE_FORM, USER_CODE_WRONG, registration_throttled, resets_throttled, sign_in_throttled,
    sign_in_upcoming, user_codes_throttled,
};
