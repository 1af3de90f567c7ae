//! Mail: the server, the job that sends it, and what it says.

mod commands;
mod console;
mod form;
mod languages;
mod notices;
mod sending;
mod server;

pub use server::{MailServer, mail_settings};
