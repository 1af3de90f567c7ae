//! The page behind a link that shows its recipient a secret, once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::reset::without_referrer;
use crate::app::AppState;
use crate::crypto::Token;
use crate::paths;
use crate::store::handovers;
use crate::web::error::PageError;
use crate::web::hand_over::take;
use crate::web::page::page;
use crate::web::submission::Submission;
use crate::web::visit::Visit;
use crate::words::error_pages::HAND_OVER_ENDED;

page! {
    /// The page that shows a secret once.
    HandOver "signin/hand_over.html" {
        /// The URL to submit the form to.
        action: String,
        /// The secret, once it was asked for.
        secret: Option<String>,
    }
}

fn ended() -> PageError {
    PageError::new(StatusCode::GONE, &HAND_OVER_ENDED)
}

/// Asks before showing the secret, so that a program that follows links does not use this one up.
///
/// # Errors
/// An error page if the link has been opened or has expired.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let token = Token::parse(&token).ok_or_else(ended)?;
    if !handovers::is_waiting(&mut app.db.read().await?, &token.hash(), app.clock.now()).await? {
        return Err(ended());
    }
    let page = HandOver {
        action: app
            .config
            .server
            .issuer
            .local(paths::HAND_OVER.of([token.as_str()])),
        secret: None,
    };
    Ok(without_referrer(visit.show(&app, StatusCode::OK, &page)))
}

/// Shows the secret, which is gone afterwards.
///
/// # Errors
/// An error page if the link has been opened or has expired, or the CSRF token is wrong.
pub async fn open(Path(token): Path<String>, sent: Submission<Visit>) -> Result<Response, PageError> {
    let token = Token::parse(&token).ok_or_else(ended)?;
    let secret = take(&sent.app, &token).await?.ok_or_else(ended)?;
    let page = HandOver {
        action: String::new(),
        secret: Some(String::from_utf8_lossy(secret.expose()).into_owned()),
    };
    Ok(without_referrer(sent.show(StatusCode::OK, &page)))
}
