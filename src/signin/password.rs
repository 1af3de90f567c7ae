//! Shows the sign-in page and handles its form.

use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{OpenAttempt, redirect_uri_of, resume_attempt, tile_of};
use super::dispatcher::decide;
use super::passkey_prompt::PasskeyPrompt;
use super::password_check::{Outcome, check};
use super::sign_in_page::{SignIn, register_link, show_refusal, takes_code};
use super::{forgot, one_time, reset_code};
use crate::app::AppState;
use crate::model::session::Session;
use crate::oidc::interaction::Step;
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::page::{Notice, Person, Tone};
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::{SessionState, Visit, see_other};
use crate::{paths, words};

/// Shows the sign-in page, with or without an attempt.
///
/// # Errors
/// An error page if the attempt has ended.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    if app.set_up_code.is_some() && !accounts::any(&mut app.db.read().await?).await? {
        return Ok(see_other(&app.config.server.issuer.url(paths::SET_UP)));
    }
    let sealed = params.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let session = visit.session()?.filter(|_| params.get("add").is_none());
    if session.is_some() && !must_sign_in_again(&app, &visit, open.as_ref(), session).await? {
        return Ok(resume_attempt(&app, &visit, sealed));
    }
    let hint = open
        .as_ref()
        .and_then(|open| open.request()?.valid.login_hint.as_deref())
        .unwrap_or_default();
    let page = SignIn {
        app: tile_of(open.as_ref()),
        person: session.map(Person::of),
        username: session.map_or(hint, |session| &session.username).to_owned(),
        errors: Vec::new(),
        notice: why_shown(&visit, session)?.map(|why| Notice::new(Tone::Info, why)),
        attempt: sealed.map(str::to_owned),
        register: register_link(&app, &visit, sealed),
        passkey: PasskeyPrompt::of(&app, &visit),
        takes_code: takes_code(&app).await?,
        code: String::new(),
        resets_by_mail: forgot::is_by_mail(&app).await?,
    };
    let target = redirect_uri_of(open.as_ref());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Whether the signed-in user must authenticate again for the attempt.
async fn must_sign_in_again(
    app: &AppState,
    visit: &Visit,
    open: Option<&OpenAttempt>,
    session: Option<&Session>,
) -> Result<bool, PageError> {
    match open {
        Some(open) => {
            let step = decide(app, visit, open, session).await?.step;
            Ok(matches!(step, Step::SignIn | Step::Register))
        }
        None => Ok(false),
    }
}

/// The reason why the sign-in page is shown, if the user may not expect it. The user of a `session` must sign in again.
fn why_shown(visit: &Visit, session: Option<&Session>) -> Result<Option<&'static str>, PageError> {
    Ok(match visit.session_state()? {
        SessionState::Active(_) => session.map(|_| words::SIGN_IN_AGAIN),
        SessionState::Ended(why) => words::session_end(why),
        SessionState::Anonymous => None,
    })
}

/// Handles the submitted sign-in form.
///
/// # Errors
/// An error page if the CSRF token is wrong, the attempt has ended, or the server is too busy to hash.
pub async fn verify(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    if form.get("code").is_some_and(|code| !code.trim().is_empty()) {
        return reset_code::sign_in(&app, &visit, &form, open.as_ref()).await;
    }
    if let Some(signed_in) = one_time::sign_in(&app, &visit, &form, open.as_ref()).await? {
        return Ok(signed_in);
    }
    let refusal = match check(&app, &visit, &form, open.as_ref()).await? {
        Outcome::Continued(continued) => {
            return Ok(continued.respond(&app, &visit, resume_attempt(&app, &visit, sealed)));
        }
        Outcome::Refused(refusal) => refusal,
    };
    show_refusal(&app, &visit, &form, open.as_ref(), &refusal).await
}
