//! Resets of passwords.

mod codes;
mod first;
mod forgotten;
mod hand_over;
mod links;
pub mod temporary;

/// A password that every scheme allows.
pub const NEW: &str = "Violet kettle harbour 7";
