//! The page that sends an authorization response to the app as a form.

use super::page::page;

page! {
    /// The page that sends an authorization response to the app by POST (OAuth 2.0 Form Post Response Mode).
    FormPost "signin/form_post.html" {
        /// The app's display name.
        app: String,
        /// The redirect URI, which was validated.
        action: String,
        /// The response parameters.
        fields: Vec<(String, String)>,
    }
}
