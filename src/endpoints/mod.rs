//! The `OpenID` Connect front door: what apps and browsers reach without a form, but for the token endpoint.

pub mod authorize;
pub mod introspect;
pub mod metadata;
pub mod revoke;
pub mod userinfo;
