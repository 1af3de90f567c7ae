//! The endpoints that apps call: token, userinfo, introspection, revocation and metadata.

mod activity;
mod client_auth;
mod client_keys;
pub mod introspect;
pub mod metadata;
mod own_token;
pub mod revoke;
pub mod token;
pub mod userinfo;
