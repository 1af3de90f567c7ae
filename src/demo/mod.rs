//! The sample app of `doorward demo`: a real relying party on its own port.
//!
//! Like any other app it knows only the provider's issuer and uses only HTTP, neither the database nor other rooms.

mod claims;
mod failure;
mod fetch;
mod relying_party;
pub mod sample_app;
mod verification;
mod visitors;
