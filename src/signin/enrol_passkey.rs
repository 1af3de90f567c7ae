//! Adding the first passkey while signing in, where only passkeys count. The user then signs in with it, so that the
//! session says what was proven.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{resume_attempt, tile_of};
use super::enrolled::enrolled;
use super::half_proven::HalfProven;
use crate::app::AppState;
use crate::directory::passkeys::{AddPasskey, Challenge, PasskeyAnswer};
use crate::directory::{Actor, Failure};
use crate::oidc::session_start::Required;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Person, page};
use crate::web::rejection::Rejection;
use crate::web::visit::{SafeForm, Visit};

page! {
    /// The page on which the browser creates a passkey.
    EnrolPasskeyPage "signin/enrol_passkey.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// Who is signing in.
        person: Person,
        /// The challenge for the browser; `None` if this server does not offer passkeys.
        challenge: Option<Challenge>,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
        /// The sealed sign-in attempt.
        attempt: String,
    }
}

/// Whether the attempt needs a passkey.
pub(super) const fn is_asked_for(half: &HalfProven) -> bool {
    matches!(half.required, Required::Passkey { .. })
}

/// What a challenge is bound to: the attempt, which belongs to one browser, and the account that is signing in.
fn holder(half: &HalfProven) -> String {
    format!("{} {}", half.open.attempt.id, half.account.id)
}

/// Shows the page with a new challenge.
pub(super) fn show(
    app: &AppState,
    visit: &Visit,
    half: &HalfProven,
    status: StatusCode,
    errors: Vec<FieldError>,
) -> Response {
    let challenge = Challenge::begin_first(
        app.passkeys.as_ref(),
        &app.master,
        &half.account,
        &visit.instance.organisation,
        &holder(half),
        app.clock.now(),
    );
    let page = EnrolPasskeyPage {
        app: tile_of(Some(&half.open)),
        person: half.person(),
        challenge,
        errors,
        attempt: half.sealed.clone(),
    };
    visit.show_leading_to(app, status, &page, half.redirect_uri())
}

/// Adds the passkey that the browser has created. The attempt then asks for it, after showing any new recovery codes.
pub(super) async fn add(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    half: &HalfProven,
) -> Result<Response, PageError> {
    let answered = PasskeyAnswer {
        challenge: form.trimmed("challenge"),
        answer: form.trimmed("credential"),
        name: String::new(),
    };
    let (server, now) = (app.passkeys.as_ref(), app.clock.now());
    let added = match AddPasskey::new(server, &app.master, &holder(half), answered, now) {
        Ok(add) => {
            let actor = Actor::account(half.account.id.clone(), visit.address.to_string());
            app.directory.change(&actor, add).await
        }
        Err(failure) => Err(failure),
    };
    match added.and_then(|codes| codes.map_err(Failure::from)) {
        Ok(codes) if codes.is_empty() => Ok(resume_attempt(app, visit, Some(&half.sealed))),
        Ok(codes) => Ok(visit.show(app, StatusCode::OK, &enrolled(app, half, &codes, true))),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            Ok(show(app, visit, half, status, errors))
        }
    }
}
