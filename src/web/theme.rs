//! The theme that a visitor has chosen in their browser; without a choice, pages follow the system.

use axum::http::header;
use axum::response::Response;

use super::submission::{Submission, Visitor};
use crate::model::own_path::OwnPath;
use crate::model::text_enum;

text_enum! {
    /// A theme.
    Theme {
        /// Dark text on a light ground.
        Light = "light",
        /// Light text on a dark ground.
        Dark = "dark",
    }
}

/// Keeps the chosen theme in the browser's cookie, or none, and returns to the page with the form.
pub fn choose<V: Visitor>(sent: &Submission<V>) -> Response {
    let theme = sent.trimmed("theme").parse().ok();
    let page = OwnPath::try_from(sent.trimmed("page")).unwrap_or_else(|_| OwnPath::account());
    let mut response = sent.go_to(page.as_str());
    if let Ok(cookie) = sent.app.cookies.set_theme(theme) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
