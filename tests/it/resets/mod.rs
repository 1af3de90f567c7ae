//! Resets of passwords.

mod temporary;
