//! Doorward, an OpenID Connect identity provider.
//!
//! The rooms, which are the top-level modules: `store` has all SQL, `oidc` the pure protocol, `auth` the authentication
//! of users, and `directory` the operations on accounts, teams, groups, roles and apps. `model`, `crypto` and `words`
//! are shared by the others, and `web` by `signin`, `endpoints`, `account` and `console`. These four and `cli` are the
//! front doors: requests and commands come in through them, and they never call one another. `app`, `router`, `jobs`,
//! `keys` and `fetch` build the server and keep it running.

#![allow(
    clippy::missing_errors_doc,
    reason = "nearly every function fails when the database does, and a section that says only that adds nothing"
)]

pub mod account;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod crypto;
pub mod demo;
pub mod directory;
pub mod endpoints;
pub mod events;
pub mod fetch;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod model;
pub mod oidc;
pub mod paths;
pub mod router;
pub mod signin;
pub mod store;
pub mod web;
pub mod words;
