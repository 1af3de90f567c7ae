//! What every front door shares: parameters, cookies, the client's address, sessions, pages and errors.

pub mod client_auth;
pub mod client_ip;
pub mod cookies;
pub mod error;
mod filters;
pub mod page;
pub mod pages;
pub mod params;
pub mod templates;
pub mod visit;
