//! The page that sends the browser to an app after a form of ours.

use super::page::page;

page! {
    /// The page that loads an app's address by itself, in place of a redirect after a form (see
    /// [`Visit::leave`](super::visit::Visit::leave)).
    Leaving "web/leaving.html" {
        /// The app's display name.
        app: String,
        /// The URL to load, which was validated.
        target: String,
    }
}
