//! The pages where people look after their own account.

mod changes;
mod home;
pub mod pages;
mod picture;
mod signed_in;
mod teams;

pub use changes::{change_emails, change_password, end_sessions, remove_app, save_profile};
pub use home::show;
pub use picture::{MOST_FORM_BYTES, change_picture, show_picture};
pub use teams::{change as change_team, create as create_team, show as show_team};
