//! Sentences for people, made from codes and arguments: for pages, commands and mail.

mod actions;
mod permissions;
mod refusals;
mod sessions;

pub use actions::action;
pub use permissions::permission;
pub use refusals::refusal;
pub use sessions::session_end;
