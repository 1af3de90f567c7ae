//! The error page: what happened, what to do next, and the number under which the log has it.

use serde::Serialize;

use super::page::{Link, Page};

/// One fact that helps to find the mistake, such as the redirect URI that was sent.
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

/// A page that says what went wrong; never a dead end.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub heading: String,
    /// One sentence that helps.
    pub sentence: String,
    /// What to do next.
    pub next: String,
    /// The number under which the log has the failure.
    pub reference: String,
    /// What helps the one who can mend it; nothing secret.
    pub facts: Vec<Fact>,
    /// The way on, as the page's button.
    pub link: Option<Link>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "web/error.html";
}
