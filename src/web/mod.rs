//! What `signin`, `endpoints`, `account` and `console` share: parameters, cookies, the client's IP address, sessions,
//! pages and errors.

pub mod acting;
pub mod agent;
pub mod brand;
pub mod client_ip;
pub mod conflict;
pub mod cookies;
pub mod date_fields;
pub mod dates;
mod embedded;
pub mod error;
pub mod error_pages;
pub mod failures;
mod filters;
pub mod form_post;
pub mod hand_over;
pub mod invitation_links;
pub mod leaving;
pub mod live_sessions;
pub mod note;
pub mod page;
pub mod params;
pub mod profile_conflict;
pub mod qr_code;
pub mod recent;
pub mod rejection;
pub mod render_errors;
pub mod resets;
pub mod sealed_attempt;
pub mod shown_once;
pub mod static_files;
pub mod submission;
pub mod team_pages;
pub mod teams;
mod template_paths;
pub mod templates;
pub mod theme;
pub mod upload;
pub mod visit;

/// A router from a table of the constants of `paths` with their handlers.
macro_rules! routes {
    ($($path:ident => $handlers:expr),* $(,)?) => {
        axum::Router::new()$(.route(crate::paths::$path.pattern(), $handlers))*
    };
}
pub(crate) use routes;
