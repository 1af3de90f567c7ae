//! The live sessions of a browser: which of those in its cookie have not ended.

use axum::http::HeaderMap;

use super::acting;
use super::error::PageError;
use crate::app::AppState;
use crate::crypto::Token;
use crate::model::account::{SEEN_EVERY, Status};
use crate::model::session::{EndReason, Session};
use crate::store::{accounts, sessions};

/// The live sessions of the browser, the reason why the current one ended, and the error of the database.
pub(super) async fn sessions_of(
    headers: &HeaderMap,
    app: &AppState,
) -> (Vec<(Token, Session)>, Option<EndReason>, Option<PageError>) {
    let (mut live, mut ended, mut failed) = (Vec::new(), None, None);
    let cookies = app.cookies.sessions(headers);
    for token in cookies.iter().filter_map(|text| Token::parse(text)) {
        match find(app, &token).await {
            Ok(Some(session)) => match end_of(&session, app) {
                None => match use_session(app, &session).await {
                    Ok(true) => live.push((token, session)),
                    Ok(false) => ended = Some(EndReason::ActingEnded),
                    Err(error) => failed = Some(error),
                },
                Some(why) if live.is_empty() => ended = Some(why),
                Some(_) => {}
            },
            Ok(None) => {}
            Err(error) => failed = Some(PageError::from(error)),
        }
    }
    (live, ended, failed)
}

async fn find(app: &AppState, token: &Token) -> Result<Option<Session>, crate::store::Error> {
    sessions::by_token(&mut app.db.read().await?, &token.hash()).await
}

/// Why a session has ended, if it has.
fn end_of(session: &Session, app: &AppState) -> Option<EndReason> {
    if session.ended_at.is_some() {
        return Some(session.end_reason.unwrap_or(EndReason::Expired));
    }
    let now = app.clock.now();
    if session.seen_at + app.config.lifetimes.session_idle <= now {
        return Some(EndReason::Idle);
    }
    let is_over = session.expires_at <= now
        || session.status != Status::Active
        || session.valid_from.is_some_and(|from| from > now)
        || session.valid_until.is_some_and(|until| until <= now);
    is_over.then_some(EndReason::Expired)
}

/// Stores that a session is used; yields false if its user may no longer act as somebody else in it.
async fn use_session(app: &AppState, session: &Session) -> Result<bool, PageError> {
    if session.acted_by.is_some() && acting::end_if_over(app, session).await? {
        return Ok(false);
    }
    note_use(app, session).await?;
    Ok(true)
}

/// Stores that a session was used, at most once in a tenth of the idle timeout: this saves most of the writes, and the
/// timeout is at most a tenth too short.
async fn note_use(app: &AppState, session: &Session) -> Result<(), crate::store::Error> {
    let now = app.clock.now();
    let every = (app.config.lifetimes.session_idle / 10).min(SEEN_EVERY);
    if now.since(session.seen_at) < every {
        return Ok(());
    }
    let (id, account) = (session.id.clone(), session.account_id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                accounts::mark_seen(tx, &account, now - SEEN_EVERY, now).await?;
                sessions::mark_seen(tx, &id, now).await
            })
        })
        .await
}
