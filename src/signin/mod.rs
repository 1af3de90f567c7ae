//! The sign-in: the way in for apps, the hosted pages, and the dispatcher. Each page adds one fact, to the session or to
//! the attempt, and sends the browser back to the dispatcher, which alone decides what comes next.

pub mod accounts;
mod attempt;
pub mod authorize;
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

pub use accounts::{choose, show as show_accounts};
pub use consent::{decide, show as show_consent};
pub use dispatcher::resume;
pub use invitation::{accept as accept_invitation, show as show_invitation};
pub use password::{show as show_sign_in, verify};
pub use register::{create as register, show as show_register};
pub use set_up::{create as create_first, show as show_set_up};
pub use sign_out::answer as sign_out;
