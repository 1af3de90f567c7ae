//! The error page: what happened, what to do next, and the reference number in the log.

use serde::Serialize;

use super::page::{Link, Person, page};

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

page! {
    /// The error page.
    ErrorPage "web/error.html" {
        /// The HTTP status.
        status: u16,
        /// What happened, in a few words.
        heading: String,
        /// The explanation, as a sentence.
        sentence: String,
        /// What to do next.
        next: String,
        /// The reference number in the log.
        reference: String,
        /// Facts for the app's developer or an administrator; none are secret.
        facts: Vec<Fact>,
        /// Who is signed in, on a page that refuses something to this person.
        person: Option<Person>,
        /// A link to continue with.
        link: Option<Link>,
    }
}
