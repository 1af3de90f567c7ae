//! Sessions of people who act as somebody else.

use std::time::Duration;

use serde::Serialize;

use super::error::PageError;
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::acting::may_continue;
use crate::directory::revocation;
use crate::model::session::{EndReason, Session};
use crate::store::Error;

/// What the banner on every page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActingAs {
    /// The name of the person as whom the visitor acts.
    pub name: String,
    /// Until when.
    pub until: Time,
}

impl ActingAs {
    /// What a session's banner says; `None` for the user's own session.
    #[must_use]
    pub fn of(session: &Session) -> Option<Self> {
        session.acted_by.as_ref()?;
        let name = match &*session.name {
            "" => &*session.username,
            name => name,
        };
        Some(Self {
            name: name.to_owned(),
            until: session.expires_at,
        })
    }
}

/// Ends the session of somebody who may no longer act as its user; yields whether it has ended.
///
/// # Errors
/// When the database fails.
pub async fn end_if_not_allowed(app: &AppState, session: &Session) -> Result<bool, PageError> {
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

/// How long somebody may act who typed this number of minutes: at most as long as the configuration allows.
#[must_use]
pub fn lifetime_of(app: &AppState, minutes: &str) -> Duration {
    let most = app.config.lifetimes.impersonation;
    minutes.parse().map_or(most, |minutes: u32| {
        Duration::from_mins(minutes.clamp(1, 1_440).into()).min(most)
    })
}

/// Whether a session began recently enough to act as somebody else from it.
#[must_use]
pub fn is_recent(app: &AppState, session: &Session) -> bool {
    session.is_recent(app.config.lifetimes.recent_sign_in, app.clock.now())
}
