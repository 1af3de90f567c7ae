//! Sentences for people, made from codes and arguments.

mod actions;
mod chain_errors;
mod permissions;
mod refusals;
mod scheme_steps;
mod sessions;

pub use actions::action;
pub use chain_errors::chain_error;
pub use permissions::permission;
pub use refusals::{refusal, refusal_template, refusals};
pub use scheme_steps::scheme_step;
pub use sessions::session_end;
