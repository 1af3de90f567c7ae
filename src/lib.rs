//! Doorward, an OpenID Connect identity provider.
//!
//! The map of the rooms, lowest first; a room may use the ones above it in this list, as `tests/it/layers.rs` spells out.

pub mod account;
pub mod auth;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod directory;
pub mod http;
pub mod login;
pub mod oidc;
pub mod paths;
pub mod store;
