//! The trait that connects a page's struct with its template, and the parts that many pages share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::acting::ActingAs;
use super::conflict::Conflict;
use super::theme::Theme;
use crate::clock::Time;
use crate::model::account::shown_name;
use crate::model::session::Session;

/// A page: a struct whose fields are exactly the variables of its template.
pub trait Page: Serialize + Sized {
    /// The template's path in `templates/`.
    const TEMPLATE: &'static str;
}

/// Declares a page: its name, its template and the variables of the template.
macro_rules! page {
    (
        $(#[$about:meta])*
        $name:ident $template:literal { $($(#[$doc:meta])* $variable:ident: $type:ty),+ $(,)? }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, serde::Serialize)]
        pub struct $name {
            $($(#[$doc])* pub $variable: $type),+
        }

        impl $crate::web::page::Page for $name {
            const TEMPLATE: &'static str = $template;
        }
    };
}
pub(crate) use page;

/// The data of every page, which templates read as `layout`.
#[derive(Clone, Debug, Serialize)]
pub struct Layout {
    /// The path of the issuer without a slash at its end; empty for an issuer at the root of its host.
    pub base: String,
    /// The organisation's name.
    pub organisation: String,
    /// The version of `/static/brand.css`, if the branding settings have an accent colour.
    pub brand: Option<String>,
    /// The path of this page with its query, to return to it.
    pub here: String,
    /// The person as whom the visitor acts, if any.
    pub acting: Option<ActingAs>,
    /// The CSRF token for the forms of the page.
    pub csrf: String,
    /// The fields of the submitted form, which are filled in again when the page shows why it was refused.
    pub typed: BTreeMap<String, String>,
    /// The theme that the visitor has chosen.
    pub theme: Option<Theme>,
    /// The current time, to which relative times refer.
    pub now: Time,
}

/// A mistake in a form, shown at its field and in the summary of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The name of the field; `None` if the mistake concerns the whole form.
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

    /// Mistakes at several fields.
    pub fn of(mistakes: impl IntoIterator<Item = (&'static str, String)>) -> Vec<Self> {
        mistakes
            .into_iter()
            .map(|(field, message)| Self::at(field, message))
            .collect()
    }

    /// A mistake that concerns the whole form.
    #[must_use]
    pub fn form(message: impl Into<String>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }
}

/// The kind of a notice, which determines its colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Information.
    Info,
    /// A success.
    Success,
    /// A warning.
    Warning,
    /// An error.
    Danger,
}

/// A message above the page's content, such as "An administrator signed you out."
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its kind.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
    /// The form that undoes the change, if that is possible.
    pub undo: Option<Undo>,
}

/// A form that undoes a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Where it is sent.
    pub action: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

impl Notice {
    /// A notice of the given tone.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            undo: None,
        }
    }
}

/// The result of the last submission, as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageState {
    /// The mistakes in the form.
    pub errors: Vec<FieldError>,
    /// The result, or why nothing was changed.
    pub notice: Option<Notice>,
    /// Both versions, if somebody else has changed the same thing meanwhile.
    pub conflict: Option<Conflict>,
}

impl PageState {
    /// A state with this message, if there is one.
    #[must_use]
    pub fn with_notice(notice: Option<Notice>) -> Self {
        Self {
            notice,
            ..Self::default()
        }
    }

    /// A state with these mistakes in the form.
    #[must_use]
    pub fn with_errors(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::default()
        }
    }
}

/// An app as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppTile {
    /// Its display name.
    pub name: String,
    /// The version of its logo.
    pub logo: Option<String>,
    /// The host of its redirect URI, by which users can recognise a forged app.
    pub host: Option<String>,
}

/// A person as a page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The display name, or the username without one.
    pub name: String,
    /// The username.
    pub username: String,
    /// The primary e-mail address, if there is one.
    pub email: Option<String>,
}

impl Person {
    /// The person of a session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        Self {
            name: shown_name(&session.name, &session.username).to_owned(),
            username: session.username.clone(),
            email: None,
        }
    }
}

/// A link with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its text.
    pub text: String,
    /// Its URL; templates replace a URL that could run a script.
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
