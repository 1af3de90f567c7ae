//! The page that carries an authorization response to the app by a form.

use serde::Serialize;

use super::page::Page;

/// The page that carries an answer to an app by POST (OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    /// The app's display name.
    pub app: String,
    /// The redirect URI, already proven.
    pub action: String,
    /// The response parameters.
    pub fields: Vec<(String, String)>,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "signin/form_post.html";
}
