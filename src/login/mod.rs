//! The hosted pages. Each writes one fact, onto the session or onto the authorization request, and sends the browser
//! back to the dispatcher, which alone decides what comes next.

mod accounts;
mod begin;
mod consent;
mod context;
pub mod pages;
mod password;
mod set_up;
mod sign_out;

pub use accounts::{choose, show as show_accounts};
pub use consent::{decide, show as show_consent};
pub use password::{show as show_sign_in, verify};
pub use set_up::{create as create_first, show as show_set_up};
pub use sign_out::answer as sign_out;
