//! Doorward, an OpenID Connect identity provider.
//!
//! The rooms: `clock` and `paths` are for everyone; `crypto` knows nothing of ours; `store` is the only place with
//! SQL; `auth` is what proves a person; `oidc` is the pure protocol; `directory` holds the rules about people;
//! `fetch` asks other servers;
//! `http` is shared by the front doors `endpoints`, `token`, `login`, `account` and `console`, which never call one another.

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
pub mod http;
pub mod jobs;
pub mod keys;
pub mod login;
pub mod oidc;
pub mod paths;
pub mod router;
pub mod store;
pub mod token;
