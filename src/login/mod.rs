//! The hosted pages.

pub mod pages;
