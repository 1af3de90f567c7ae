//! What apps call: tokens, userinfo, introspection, revocation and the metadata documents.

mod activity;
mod client_auth;
mod client_keys;
pub mod introspect;
pub mod metadata;
mod own_token;
pub mod revoke;
pub mod token;
pub mod userinfo;
