//! Sign-in attempts encrypted under the master key, in the URLs and forms of one browser.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::visit::{Visit, page_of};
use super::{note, shown_once};
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
    URL_SAFE_NO_PAD.encode(app.master.seal(&text, aad(&browser(visit))))
}

/// Decrypts an attempt that [`seal`] encrypted for this browser; `None` once it has expired.
#[must_use]
pub fn open(app: &AppState, visit: &Visit, sealed: &str) -> Option<Attempt> {
    let record = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let text = app.master.open(&record, aad(&browser(visit))).ok()?;
    let attempt: Attempt = serde_json::from_slice(text.expose()).ok()?;
    (attempt.expires_at > app.clock.now()).then_some(attempt)
}

/// The name of the visitor's browser in the associated data of values that only this browser may send back.
#[must_use]
pub fn browser(visit: &Visit) -> String {
    URL_SAFE_NO_PAD.encode(visit.browser_hash().as_bytes())
}

/// The associated data of the encryption: in place of a row it names the browser, so that an attempt of one browser
/// cannot be decrypted for another.
const fn aad(browser: &str) -> Aad<'_> {
    Aad {
        table: "attempts",
        row: browser,
        column: "sealed",
    }
}

/// Redirects a visitor of a page that needs a session to the sign-in page, which returns to that page or, after a POST,
/// to the page with the form.
pub fn sign_in_first(app: &AppState, visit: &Visit, parts: &Parts) -> Response {
    let path = page_of(parts);
    if path == OwnPath::home() {
        // The sign-in page leads home even without an attempt.
        return visit.redirect(app, &app.config.server.issuer.url(paths::SIGN_IN));
    }
    sign_in_for(app, visit, Target::Own { path, max_age: None })
}

/// Redirects a visitor of a page that needs a recent sign-in to sign in again, and back to the page or, after a POST, to
/// the page with the form.
pub fn sign_in_again(app: &AppState, visit: &Visit, parts: &Parts) -> Response {
    let sent_from = (parts.method == Method::POST).then(|| page_of_form(app, &parts.headers));
    let page = sent_from.flatten().unwrap_or_else(|| page_of(parts));
    sign_in_again_for(app, visit, page)
}

/// The page on which a form was submitted, with its query but without what it said about an earlier form. Browsers name
/// it in `Referer`, since it is a page of the same site.
#[must_use]
pub fn page_of_form(app: &AppState, headers: &HeaderMap) -> Option<OwnPath> {
    let page = headers.get(header::REFERER)?.to_str().ok()?;
    let local = page.strip_prefix(app.config.server.issuer.as_str())?;
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let said = ["done", note::PARAMETER, shown_once::PARAMETER];
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !said.contains(&&**name));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    let separator = if query.is_empty() { "" } else { "?" };
    OwnPath::try_from(format!("{path}{separator}{query}")).ok()
}

/// Redirects to the sign-in page, which returns to the page at `path` after a recent sign-in.
#[must_use]
pub fn sign_in_again_for(app: &AppState, visit: &Visit, path: OwnPath) -> Response {
    let age = app.config.lifetimes.recent_sign_in.as_secs();
    let max_age = Some(u32::try_from(age).unwrap_or(u32::MAX));
    sign_in_for(app, visit, Target::Own { path, max_age })
}

fn sign_in_for(app: &AppState, visit: &Visit, target: Target) -> Response {
    let address = app.config.server.issuer.url(paths::SIGN_IN);
    let sealed = seal(app, visit, &begin(app, target));
    visit.redirect(app, &format!("{address}?attempt={sealed}"))
}
