//! What every front door shares: templates and the pages that are not of one room.

pub mod brand;
pub mod error_pages;
mod filters;
pub mod page;
pub mod templates;
