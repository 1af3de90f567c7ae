//! The pages where people look after their own account.

mod home;
pub mod pages;

pub use home::{remove_app, show};
