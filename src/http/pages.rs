//! Pages that belong to no one room.

use serde::Serialize;

use super::page::{Link, Page};

/// Says what went wrong and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorPage {
    /// What happened, in a few words.
    pub heading: String,
    /// What it means, in a sentence.
    pub message: String,
    /// What was sent, where that helps the app's developer.
    pub detail: Option<String>,
    /// To be named when asking for help.
    pub reference: String,
    /// Where to go from here.
    pub next: Option<Link>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            heading: "This sign-in link is not valid".into(),
            message: "The app that sent you here is not known. Go back to the app and try again.".into(),
            detail: None,
            reference: "ABCD2345".into(),
            next: None,
        };
        let full = Self {
            detail: Some("redirect_uri: https://app.example.org/other".into()),
            next: Some(Link::new("Go to your account", "/account")),
            ..plain.clone()
        };
        vec![plain, full]
    }
}
