//! The page that sends the browser on to an app.

use serde::Serialize;

use super::page::Page;

/// The page that goes on to an app by itself, after a page of ours was shown.
#[derive(Clone, Debug, Serialize)]
pub struct Leaving {
    /// The app's display name.
    pub app: String,
    /// The URL to go to, which was validated.
    pub target: String,
}

impl Page for Leaving {
    const TEMPLATE: &'static str = "web/leaving.html";
}
