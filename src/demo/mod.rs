//! The sample app of `doorward demo`.

pub mod pages;
