//! Sign-in attempts encrypted under the master key, in the URLs and forms of one browser.

use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::visit::Visit;
use crate::app::AppState;
use crate::crypto::Aad;
use crate::model::AttemptId;
use crate::model::attempt::{Attempt, Target};
use crate::model::own_path::OwnPath;
use crate::paths;

/// A new attempt, which is not in the database yet.
#[must_use]
pub fn begin(app: &AppState, target: Target) -> Attempt {
    let now = app.clock.now();
    Attempt {
        id: AttemptId::new(now),
        target,
        started_at: now,
        expires_at: now + app.config.lifetimes.request,
    }
}

/// Encrypts an attempt for the visitor's browser.
#[must_use]
pub fn seal(app: &AppState, visit: &Visit, attempt: &Attempt) -> String {
    let text = serde_json::to_vec(attempt).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(app.master.seal(&text, place(&browser(visit))))
}

/// Decrypts an attempt that [`seal`] encrypted for this browser; `None` once it has expired.
#[must_use]
pub fn open(app: &AppState, visit: &Visit, sealed: &str) -> Option<Attempt> {
    let record = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let text = app.master.open(&record, place(&browser(visit))).ok()?;
    let attempt: Attempt = serde_json::from_slice(text.expose()).ok()?;
    (attempt.expires_at > app.clock.now()).then_some(attempt)
}

fn browser(visit: &Visit) -> String {
    URL_SAFE_NO_PAD.encode(visit.browser_hash().as_bytes())
}

/// The browser takes the place of the row, so that an attempt of one browser cannot be decrypted for another.
const fn place(browser: &str) -> Aad<'_> {
    Aad {
        table: "attempts",
        row: browser,
        column: "sealed",
    }
}

/// Redirects a visitor of a page that needs a session to the sign-in, which returns to that page or, after a POST, to
/// the page with the form.
pub fn sign_in_first(app: &AppState, visit: &Visit, parts: &Parts) -> Response {
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let query = parts.uri.query().filter(|_| is_read);
    sign_in_for(app, visit, OwnPath::nearest(parts.uri.path(), query), None)
}

/// Redirects the visitor to the sign-in, which returns to a path of this server; a session that began more than
/// `max_age` seconds ago must authenticate again.
pub fn sign_in_for(app: &AppState, visit: &Visit, path: OwnPath, max_age: Option<u32>) -> Response {
    let address = app.config.server.issuer.url(paths::SIGN_IN);
    if max_age.is_none() && path == OwnPath::account() {
        // The sign-in page redirects there without an attempt too.
        return visit.go(app, &address);
    }
    let attempt = begin(app, Target::Own { path, max_age });
    visit.go(app, &format!("{address}?attempt={}", seal(app, visit, &attempt)))
}
