//! What a page says after a change: a sentence that names what was changed, with a button that undoes it. It is
//! encrypted in the URL for the session that made the change, since a link could otherwise put words and buttons on our
//! pages.

use std::time::Duration;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::page::{Notice, Tone, Undo};
use super::params::Params;
use super::submission::{Submission, WithSession};
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::Aad;
use crate::paths;

/// How long a page shows a note.
const KEPT: Duration = Duration::from_mins(10);

/// The query parameter that carries the note.
pub const PARAMETER: &str = "note";

/// A success message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    undo: Option<(String, Vec<(&'static str, String)>)>,
}

/// The form whose submission undoes a change: the path of its handler, and its fields.
pub type Inverse = (paths::Path<1>, Vec<(&'static str, String)>);

/// A note in a URL.
#[derive(Serialize, Deserialize)]
struct Sealed {
    text: String,
    undo: Option<Undo>,
    until: Time,
}

impl Note {
    /// A note without a button to undo the change.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, undo: None }
    }

    /// The note with a button that submits this form; `of` fills the placeholder in the form's path.
    #[must_use]
    pub fn with_undo(mut self, inverse: Option<Inverse>, of: impl std::fmt::Display) -> Self {
        self.undo = inverse.map(|(path, fields)| (path.of([of]), fields));
        self
    }

    /// Redirects to a path of this server, which may have a query, and shows the note there.
    pub fn go_to<V: WithSession>(self, sent: &Submission<V>, path: &str) -> Response {
        let (app, session) = (&sent.app, &sent.user.session().id);
        let undo = self.undo.map(|(action, fields)| Undo {
            action: app.config.server.issuer.local(action),
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        });
        let sealed = Sealed {
            text: self.text,
            undo,
            until: app.clock.now() + KEPT,
        };
        let text = serde_json::to_vec(&sealed).unwrap_or_default();
        let sealed = URL_SAFE_NO_PAD.encode(app.master.seal(&text, aad(session.as_str())));
        let mark = if path.contains('?') { '&' } else { '?' };
        sent.go_to(&format!("{path}{mark}{PARAMETER}={sealed}"))
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The note in the query of a request, if this session made the change in the last minutes.
pub fn noted<V: WithSession>(app: &AppState, user: &V, params: &Params) -> Option<Notice> {
    let record = URL_SAFE_NO_PAD.decode(params.get(PARAMETER)?).ok()?;
    let text = app.master.open(&record, aad(user.session().id.as_str())).ok()?;
    let note: Sealed = serde_json::from_slice(text.expose()).ok()?;
    (note.until > app.clock.now()).then(|| Notice {
        undo: note.undo,
        ..Notice::new(Tone::Success, note.text)
    })
}

/// The associated data of the encryption: in place of a row it names the session.
const fn aad(session: &str) -> Aad<'_> {
    Aad {
        table: "notes",
        row: session,
        column: "sealed",
    }
}
