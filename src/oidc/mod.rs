//! The protocol as pure functions: validating requests, deciding the next step, and building claims and
//! responses.
//!
//! Everything here is synchronous, takes the time as an argument, and knows neither HTTP nor SQL.

pub mod authorize;
pub mod claim_rules;
pub mod claims;
pub mod client_auth;
pub mod error;
pub mod grant_types;
pub mod hint;
pub mod interaction;
pub mod person;
pub mod pkce;
pub mod redirect_uri;
pub mod resource;
pub mod response;
pub mod session_start;
pub mod tokens;
