//! Sessions of people who act as somebody else.

use std::time::Duration;

use serde::Serialize;

use crate::clock::Time;
use crate::model::session::Session;

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

/// How long somebody may act who typed this number of minutes: at most as long as the configuration allows.
#[must_use]
pub fn lifetime_of(minutes: &str, max: Duration) -> Duration {
    minutes.parse().map_or(max, |minutes: u32| {
        Duration::from_mins(minutes.clamp(1, 1_440).into()).min(max)
    })
}
