//! The page on which somebody adds their first second factor, without which the policy does not let them in.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{resume_attempt, tile_of};
use super::enrol_passkey;
use super::enrolled::enrolled;
use super::half_proven::HalfProven;
use super::session::AwaitingSecondFactor;
use crate::app::AppState;
use crate::directory::second_factors::{AddAuthenticator, AddedAuthenticator, Enrolment};
use crate::directory::{Actor, Failure};
use crate::oidc::session_start::{Missing, Proven};
use crate::store::Error;
use crate::web::error::PageError;
use crate::web::page::{AppTile, FieldError, Person, page};
use crate::web::qr_code::QrCode;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::Visit;

page! {
    /// The page with the code to scan.
    EnrolPage "signin/enrol.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// Who is signing in.
        person: Person,
        /// The code to scan.
        qr: QrCode,
        /// The secret, for an app that cannot scan.
        secret: String,
        /// The sealed enrolment.
        enrolment: String,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
        /// The sealed sign-in attempt.
        attempt: String,
    }
}

fn page(
    app: &AppState,
    visit: &Visit,
    half: &HalfProven,
    enrolment: &Enrolment,
    errors: Vec<FieldError>,
) -> EnrolPage {
    let uri = enrolment.uri(&visit.instance.organisation, &half.account.username);
    EnrolPage {
        app: tile_of(Some(&half.open)),
        person: half.person(),
        qr: QrCode::of(&uri),
        secret: enrolment.secret(),
        enrolment: enrolment.seal(&app.master, &half.account.id),
        errors,
        attempt: half.sealed.clone(),
    }
}

/// Shows the code to scan or, where only passkeys count, asks the browser to create one.
///
/// # Errors
/// An error page if the attempt has ended or is at another step.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let half = HalfProven::open(&app, &visit, params.get("attempt"), Missing::Enrolment).await?;
    if enrol_passkey::is_asked_for(&half) {
        return Ok(enrol_passkey::show(
            &app,
            &visit,
            &half,
            StatusCode::OK,
            Vec::new(),
        ));
    }
    let page = page(
        &app,
        &visit,
        &half,
        &Enrolment::begin(app.clock.now()),
        Vec::new(),
    );
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, half.redirect_uri()))
}

/// Adds the authenticator app or the passkey, and continues the sign-in.
///
/// # Errors
/// An error page if the CSRF token is wrong, or the attempt has ended or is at another step.
pub async fn add(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let half = HalfProven::open(&app, &visit, form.get("attempt"), Missing::Enrolment).await?;
    if form.get("credential").is_some() {
        return enrol_passkey::add(&app, &visit, &form, &half).await;
    }
    let (account, now) = (&half.account.id, app.clock.now());
    let sealed = form.get("enrolment").unwrap_or_default();
    let opened = Enrolment::open(&app.master, account, sealed, now);
    let enrolment = opened
        .as_ref()
        .map_or_else(|_| Enrolment::begin(now), Clone::clone);
    let added = match opened {
        Ok(enrolment) => {
            let code = form.trimmed("code");
            let add = AddAuthenticator::new(&app.master, enrolment, String::new(), code);
            let actor = Actor::account(account.clone(), visit.address.to_string());
            app.directory.change(&actor, add).await
        }
        Err(failure) => Err(failure),
    };
    match added {
        Ok(added) => enter(&app, &visit, &half, added).await,
        Err(failure) => refuse(&app, &visit, &half, &enrolment, failure),
    }
}

fn refuse(
    app: &AppState,
    visit: &Visit,
    half: &HalfProven,
    enrolment: &Enrolment,
    failure: Failure,
) -> Result<Response, PageError> {
    let (status, errors) = Rejection::of(failure)?.into_errors();
    if enrol_passkey::is_asked_for(half) {
        return Ok(enrol_passkey::show(app, visit, half, status, errors));
    }
    let page = page(app, visit, half, enrolment, errors);
    Ok(visit.show_leading_to(app, status, &page, half.redirect_uri()))
}

/// Begins the session, or leads to what is still missing, and shows the recovery codes first.
async fn enter(
    app: &AppState,
    visit: &Visit,
    half: &HalfProven,
    added: AddedAuthenticator,
) -> Result<Response, PageError> {
    let Ok(waiting) = AwaitingSecondFactor::new(app, visit, half, Proven::PasswordAndCode) else {
        return Ok(resume_attempt(app, visit, Some(&half.sealed)));
    };
    let AddedAuthenticator { codes, proven } = added;
    let begun = app
        .db
        .write::<_, Error, _>(move |tx| Box::pin(async move { waiting.store(tx, proven).await }));
    let continued = begun.await?;
    let page = enrolled(app, half, &codes, false);
    let mut response = visit.show(app, StatusCode::OK, &page);
    if let Some(continued) = continued {
        continued.add_session(app, visit, &mut response);
    }
    Ok(response)
}
