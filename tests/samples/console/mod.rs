//! Examples of the console's pages.

mod app_claims;
mod apps;
mod audit;
mod error;
mod groups;
mod invitations;
mod mail;
mod mail_server;
mod overview;
mod roles;
mod settings;
mod teams;
mod users;
mod users_new;

use super::{Sample, of, parts};

pub fn all() -> Vec<Sample> {
    [
        overview::all(),
        users::all(),
        users_new::all(),
        teams::all(),
        groups::all(),
        roles::all(),
        invitations::all(),
        apps::all(),
        app_claims::all(),
        audit::all(),
        settings::all(),
        mail::all(),
        mail_server::all(),
        error::all(),
    ]
    .concat()
}
