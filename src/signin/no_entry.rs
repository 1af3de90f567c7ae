//! The page for a user whom an app does not let in.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::attempt::{OpenAttempt, attempt_ended, resume_attempt};
use super::dispatcher;
use crate::crypto::reference_number;
use crate::directory::Actor;
use crate::model::access::Decision;
use crate::model::refusal::Code;
use crate::web::error::PageError;
use crate::web::page::{AppTile, Person, page};
use crate::web::submission::PageRequest;
use crate::web::visit::Visit;
use crate::words;

page! {
    /// The page for a user whom an app does not let in.
    NoEntry "signin/no_entry.html" {
        /// The app.
        app: AppTile,
        /// The signed-in user.
        person: Person,
        /// Why the app does not let them in.
        sentence: &'static str,
        /// The reference number in the audit log.
        reference: String,
        /// The sealed sign-in attempt.
        attempt: String,
    }
}

/// Says why the user may not sign in to the app, or continues if they may by now.
///
/// # Errors
/// An error page if the attempt has ended or is not for an app.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let sealed = params.get("attempt").ok_or_else(attempt_ended)?;
    let open = OpenAttempt::open(&app, &visit, sealed).await?;
    let request = open.request().ok_or_else(attempt_ended)?;
    let Some(session) = visit.session()? else {
        return Ok(resume_attempt(&app, &visit, Some(sealed)));
    };
    let decision = dispatcher::access(&app, &request.client, session).await?;
    let Decision::Refused(obstacle) = decision else {
        return Ok(resume_attempt(&app, &visit, Some(sealed)));
    };
    let reference = reference_number();
    let actor = Actor::signed_in(session, visit.address.to_string());
    let detail = json!({ "app": request.client.id, "reference": reference });
    app.directory
        .record_refusal(&actor, Code::AppEntryRefused, detail)
        .await?;
    let page = NoEntry {
        app: request.tile(),
        person: Person::of(session),
        sentence: words::no_entry(obstacle),
        reference,
        attempt: sealed.to_owned(),
    };
    let target = request.valid.redirect.uri();
    Ok(visit.show_leading_to(&app, StatusCode::FORBIDDEN, &page, Some(target)))
}
