//! The live sessions of a browser: which of those in its cookie have not ended.

use axum::http::HeaderMap;

use super::error::PageError;
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::acting::may_continue;
use crate::directory::authority::limit_of;
use crate::directory::{revocation, schemes};
use crate::model::account::{LAST_SEEN_INTERVAL, Status};
use crate::model::session::{EndReason, Session, SessionLimit, SessionLimits};
use crate::store::{Error, accounts, sessions};

/// The live sessions of the browser, the reason why the current one ended, if it has, and the database's error, if any.
pub(super) async fn sessions_of(
    headers: &HeaderMap,
    app: &AppState,
) -> (Vec<(Token, Session)>, Option<EndReason>, Option<PageError>) {
    let (mut live, mut ended, mut failed) = (Vec::new(), None, None);
    let cookies = app.cookies.sessions(headers);
    for token in cookies.iter().filter_map(|text| Token::parse(text)) {
        match find(app, &token).await {
            Ok(Some((session, limit))) => match end_of(&session, limit, app) {
                None => match use_session(app, &session, limit).await {
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

/// How long sessions last.
#[must_use]
pub fn session_limits(app: &AppState) -> SessionLimits {
    let configured = &app.config.lifetimes;
    let people = SessionLimit {
        absolute: configured.session,
        idle: configured.session_idle,
    };
    let staff = SessionLimit {
        absolute: configured.admin_session.min(people.absolute),
        idle: configured.admin_session_idle.min(people.idle),
    };
    SessionLimits { people, staff }
}

/// The session of a token, even if it has ended, and how long it lasts.
async fn find(app: &AppState, token: &Token) -> Result<Option<(Session, SessionLimit)>, Error> {
    let scheme = schemes::active(&app.db).await?;
    let found = sessions::by_token(&mut app.db.read().await?, &token.hash(), app.clock.now()).await?;
    Ok(found.map(|found| {
        let limit = limit_of(&scheme, &found, session_limits(app));
        (found.session, limit)
    }))
}

/// Why a session has ended, if it has.
pub fn end_of(session: &Session, limit: SessionLimit, app: &AppState) -> Option<EndReason> {
    if session.ended_at.is_some() {
        return Some(session.end_reason.unwrap_or(EndReason::Expired));
    }
    let now = app.clock.now();
    if let Some(reached) = limit.end_of(session, now) {
        return Some(reached);
    }
    let is_over = session.expires_at <= now
        || session.status != Status::Active
        || session.valid_from.is_some_and(|from| from > now)
        || session.valid_until.is_some_and(|until| until <= now);
    is_over.then_some(EndReason::Expired)
}

/// Stores that a session is used; yields false if its user may no longer act as somebody else in it.
///
/// # Errors
/// When it cannot be stored.
pub async fn use_session(app: &AppState, session: &Session, limit: SessionLimit) -> Result<bool, PageError> {
    if session.acted_by.is_some() && end_if_not_allowed(app, session).await? {
        return Ok(false);
    }
    note_use(app, session, limit).await?;
    Ok(true)
}

/// Stores that a session was used, at most once in a tenth of the idle timeout: this saves most of the writes, and the
/// timeout is at most a tenth too short.
async fn note_use(app: &AppState, session: &Session, limit: SessionLimit) -> Result<(), Error> {
    let now = app.clock.now();
    let every = (limit.idle / 10).min(LAST_SEEN_INTERVAL);
    if now.since(session.seen_at) < every {
        return Ok(());
    }
    let (id, account) = (session.id.clone(), session.account_id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                accounts::mark_seen(tx, &account, now - LAST_SEEN_INTERVAL, now).await?;
                sessions::mark_seen(tx, &id, now).await
            })
        })
        .await
}

/// Ends the session of somebody who may no longer act as its user; yields whether it has ended.
///
/// # Errors
/// When the database fails.
async fn end_if_not_allowed(app: &AppState, session: &Session) -> Result<bool, PageError> {
    let now = app.clock.now();
    if may_continue(&app.db, session, now).await? {
        return Ok(false);
    }
    let id = session.id.clone();
    let end = app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { revocation::end_session((tx, now), &id, EndReason::ActingEnded).await })
    });
    end.await?;
    Ok(true)
}
