//! The pages where people look after their own account.

pub mod pages;
