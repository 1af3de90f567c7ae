//! The page that sends the browser to an app after the user has submitted a form.

use super::page::page;

page! {
    /// The page that loads an app's address by itself, in place of a redirect after a form
    /// ([`Visit::leave`](super::visit::Visit::leave) says why).
    Leaving "web/leaving.html" {
        /// The app's display name.
        app: String,
        /// The URL to load, which was validated.
        target: String,
    }
}
