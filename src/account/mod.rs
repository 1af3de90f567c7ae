//! The pages where people look after their own account.

mod changes;
mod home;
pub mod pages;

pub use changes::{change_password, end_sessions, remove_app, save_profile};
pub use home::show;
