//! Resets of passwords.

mod codes;
mod first;
mod forgotten;
mod hand_over;
mod links;
mod temporary;

/// A password that every scheme allows.
const NEW: &str = "Violet kettle harbour 7";
