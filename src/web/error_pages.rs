//! The error page: what happened, what to do next, and the reference number in the log.

use serde::Serialize;

use super::page::{Link, Page};

/// A fact that helps to find the mistake, such as the redirect URI in the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is, in plain words.
    pub name: String,
    /// Its value, shown as code.
    pub value: String,
}

impl Fact {
    /// A fact from its name and value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// The error page.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub heading: String,
    /// The explanation, as a sentence.
    pub sentence: String,
    /// What to do next.
    pub next: String,
    /// The reference number in the log.
    pub reference: String,
    /// Facts for the app's developer or an administrator; none are secret.
    pub facts: Vec<Fact>,
    /// A link to continue with.
    pub link: Option<Link>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "web/error.html";
}
