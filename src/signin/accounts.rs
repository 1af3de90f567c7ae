//! The account chooser.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::attempt::{OpenAttempt, redirect_uri_of, resume_attempt, tile_of, with_attempt};
use crate::clock::Time;
use crate::paths;
use crate::store::attempts;
use crate::web::error::PageError;
use crate::web::page::{AppTile, Person, page};
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::Visit;

/// A session of the browser, as the account chooser lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The session's id, which the form sends.
    pub id: String,
    /// The session's user.
    pub person: Person,
    /// When the user authenticated.
    pub signed_in: Time,
}

page! {
    /// The page of the account chooser.
    Accounts "signin/accounts.html" {
        /// The app that the attempt is for, if it is for one.
        app: Option<AppTile>,
        /// The live sessions of this browser.
        sessions: Vec<Choice>,
        /// The sealed sign-in attempt.
        attempt: Option<String>,
    }
}

/// Shows the accounts that this browser is signed in to.
///
/// # Errors
/// An error page if the attempt has ended.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    let open = OpenAttempt::find(&app, &visit, params.get("attempt")).await?;
    visit.session()?;
    let sessions = visit.sessions.iter().map(|(_, session)| Choice {
        id: session.id.0.clone(),
        person: Person::of(session),
        signed_in: session.authenticated_at,
    });
    let page = Accounts {
        app: tile_of(open.as_ref()),
        sessions: sessions.collect(),
        attempt: params.get("attempt").map(str::to_owned),
    };
    let target = redirect_uri_of(open.as_ref());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

/// Makes the chosen account the current one, or redirects to the sign-in page for another account.
///
/// # Errors
/// An error page if the CSRF token is wrong or the attempt has ended.
pub async fn choose(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let chosen = form.get("session").unwrap_or("new");
    let Some((token, session)) = visit
        .sessions
        .iter()
        .find(|(_, session)| session.id.as_str() == chosen)
    else {
        let address = format!("{}?add=1", app.config.server.issuer.url(paths::SIGN_IN));
        return Ok(visit.redirect(&app, &with_attempt(&address, sealed)));
    };
    if let Some(open) = open {
        let (attempt, session) = (open.attempt, session.id.clone());
        app.db
            .write::<_, crate::store::Error, _>(move |tx| {
                Box::pin(async move { attempts::choose_session(tx, &attempt, &session).await })
            })
            .await?;
    }
    let mut response = resume_attempt(&app, &visit, sealed);
    visit.add_session(&app, token, &mut response);
    Ok(response)
}
