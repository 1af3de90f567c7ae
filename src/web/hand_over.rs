//! Handing a secret over to somebody else, at a link that opens once.

use std::time::Duration;

use axum::response::Response;

use super::error::PageError;
use super::resets::{Made, ResetSecret};
use super::shown_once;
use super::submission::{Submission, WithSession};
use crate::app::AppState;
use crate::crypto::{Aad, Secret, Token};
use crate::paths;
use crate::store::handovers;

/// How long a link works.
const LINK_LIFETIME: Duration = Duration::from_hours(24);

/// Makes a one-time link to the reset that a page shows, and shows the link on that page too.
///
/// # Errors
/// When the database fails.
pub async fn offer<V: WithSession>(sent: &Submission<V>) -> Result<Response, PageError> {
    let Some((page, Made::Reset(reset))) = shown_once::named(sent).await? else {
        return shown_once::forget(sent).await;
    };
    let (app, token) = (&sent.app, Token::random());
    let hash = token.hash();
    let sealed = app.master.seal(reset.secret.as_bytes(), aad(&place(&token)));
    let expires_at = app.clock.now() + LINK_LIFETIME;
    app.db
        .write(move |tx| Box::pin(async move { handovers::insert(tx, &hash, &sealed, expires_at).await }))
        .await?;
    let link = app
        .config
        .server
        .issuer
        .url(paths::HAND_OVER.of([token.as_str()]));
    let secret = ResetSecret {
        hand_over: Some(link),
        ..reset
    };
    shown_once::keep(sent, &page, &secret).await
}

/// Takes the secret behind a link; `None` if it was taken before or has expired.
///
/// # Errors
/// When the database fails.
pub async fn take(app: &AppState, token: &Token) -> Result<Option<Secret<Vec<u8>>>, PageError> {
    let (hash, now) = (token.hash(), app.clock.now());
    let take = app
        .db
        .write(move |tx| Box::pin(async move { handovers::take(tx, &hash, now).await }));
    let sealed: Option<Vec<u8>> = take.await?;
    Ok(sealed.and_then(|sealed| app.master.open(&sealed, aad(&place(token))).ok()))
}

/// The row, to which the encryption is bound.
fn place(token: &Token) -> String {
    hex::encode(token.hash().as_bytes())
}

const fn aad(place: &str) -> Aad<'_> {
    Aad {
        table: "handovers",
        row: place,
        column: "sealed",
    }
}
