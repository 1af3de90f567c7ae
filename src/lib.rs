//! Doorward, an OpenID Connect identity provider.
//!
//! The rooms: `clock` and `paths` are for everyone; `crypto` knows nothing of ours; `store` is the only place with
//! SQL; `auth` is what proves a person; `oidc` is the pure protocol; `directory` holds the rules about people;
//! `fetch` asks other servers;
//! `web` is shared by the front doors `signin`, `endpoints`, `account` and `console`, which never call one another.

#![allow(
    clippy::missing_errors_doc,
    reason = "a section on errors says what is particular; that the database fails is understood"
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
pub mod fetch;
pub mod jobs;
pub mod keys;
pub mod model;
pub mod oidc;
pub mod paths;
pub mod router;
pub mod signin;
pub mod store;
pub mod web;
pub mod words;
