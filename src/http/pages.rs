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

/// Carries an authorization response to the app by a form (OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormPost {
    /// The app's redirect URI.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            action: "https://app.example.org/callback".into(),
            fields: vec![
                ("code".into(), "SplxlOBeZQQYbYS6WxSbIA".into()),
                ("state".into(), "<af0ifjsldkj>".into()),
            ],
        }]
    }
}
