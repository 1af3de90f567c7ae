//! The page that sends an authorization response to the app as a form.

use serde::Serialize;

use super::page::Page;

/// The page that sends an authorization response to the app by POST (OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    /// The app's display name.
    pub app: String,
    /// The redirect URI, which was validated.
    pub action: String,
    /// The response parameters.
    pub fields: Vec<(String, String)>,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "signin/form_post.html";
}
