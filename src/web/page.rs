//! What a page is: the trait that ties a struct to its template, and the parts that many pages share.
//!
//! It owns no wording of any one page and does no rendering; `templates` does that.

use serde::Serialize;

use super::params::Params;
use crate::clock::Time;

/// A page: a struct whose fields are exactly the variables of its template.
pub trait Page: Serialize + Sized {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;
}

/// What every page knows besides its own fields; templates read it as `layout`.
#[derive(Clone, Debug, Serialize)]
pub struct Layout {
    /// The path of the issuer, without the slash at its end; empty for an issuer at the root of its host.
    pub base: String,
    /// Whose sign-in this is.
    pub organisation: String,
    /// The version of `/static/brand.css`, where branding has set an accent.
    pub brand: Option<String>,
    /// The token that every form of the page carries.
    pub csrf: String,
    /// The present moment, from which relative times count.
    pub now: Time,
}

/// A mistake in a form, said beside its field and again in the summary that takes focus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The name of the field; none when the mistake belongs to the form as a whole.
    pub field: Option<&'static str>,
    /// What to do about it, as a sentence.
    pub message: String,
}

impl FieldError {
    /// A mistake at one field.
    #[must_use]
    pub fn at(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field),
            message: message.into(),
        }
    }

    /// The mistakes that were found in a form.
    pub fn of(faults: impl IntoIterator<Item = (&'static str, String)>) -> Vec<Self> {
        faults
            .into_iter()
            .map(|(field, message)| Self::at(field, message))
            .collect()
    }

    /// A mistake of the form as a whole.
    #[must_use]
    pub fn form(message: impl Into<String>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }
}

/// What a notice means; it decides colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Something to know.
    Info,
    /// Something was done.
    Success,
    /// Something to be careful about.
    Warning,
    /// Something went wrong.
    Danger,
}

/// A message above the page's content, such as "An administrator signed you out".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it means.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
}

impl Notice {
    /// A notice of the given tone.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }
}

/// What a page says of the form that was sent to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageState {
    /// Mistakes in the form.
    pub errors: Vec<FieldError>,
    /// What just happened, or why nothing did.
    pub notice: Option<Notice>,
}

impl PageState {
    /// A page that says `text` when its address tells that a change was made.
    #[must_use]
    pub fn opening(params: &Params, text: &str) -> Self {
        Self {
            errors: Vec::new(),
            notice: params.get("done").map(|_| Notice::new(Tone::Success, text)),
        }
    }
}

/// An app as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppTile {
    /// Its display name.
    pub name: String,
    /// Its picture, an address on our own origin: the content policy loads none from elsewhere.
    pub logo: Option<String>,
    /// The host its redirect URI leads to, so that a person can tell a look-alike.
    pub host: Option<String>,
}

/// A person as a page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The display name; the username where none is set.
    pub name: String,
    /// The name they sign in with.
    pub username: String,
    /// The primary address, if they have one.
    pub email: Option<String>,
}

/// A link with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads; an address that would run script is shown without effect.
    pub href: String,
}

impl Link {
    /// A link from its text and address.
    #[must_use]
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }
}
