//! The sample app of `doorward demo`: a genuine relying party on a port of its own.
//!
//! It knows the provider by its issuer only, over HTTP, as any app does: it sees no row and calls no room.

mod claims;
mod failure;
mod fetch;
mod relying_party;
pub mod sample_app;
mod verification;
mod visitors;
