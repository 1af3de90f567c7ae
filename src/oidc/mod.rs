//! The protocol, pure: what a request means, what happens next, and what a token says.
//!
//! Everything here is synchronous and takes the time as an argument; HTTP, SQL and the clock are other rooms' matter.

pub mod authorize;
pub mod claims;
pub mod client_auth;
pub mod error;
pub mod grant_types;
pub mod hint;
pub mod interaction;
pub mod pkce;
pub mod redirect_uri;
pub mod response;
pub mod tokens;
