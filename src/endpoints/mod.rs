//! What apps call: tokens, userinfo, introspection, revocation and the metadata documents.

pub mod introspect;
pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;
