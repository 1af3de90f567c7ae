//! Attempts to sign in, for an app's request and for our own pages alike.

use serde::{Deserialize, Serialize};

use super::own_path::OwnPath;
use super::{AttemptId, ClientId, SessionId};
use crate::clock::Time;

/// An attempt to sign in: it travels sealed in the page, for one browser; only its facts are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What its facts are stored under.
    pub id: AttemptId,
    /// Where it leads.
    pub target: Target,
    /// When it began.
    pub started_at: Time,
    /// When it ends, however far it has come.
    pub expires_at: Time,
}

/// Where a sign-in leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Target {
    /// Back to an app, with an answer to its authorization request.
    Authorize {
        /// Which app asks.
        client: ClientId,
        /// The request's parameters, encoded as they came.
        params: String,
    },
    /// To a page of our own.
    Own {
        /// Which.
        path: OwnPath,
        /// How many seconds ago the person may have been authenticated at the most.
        max_age: Option<u32>,
    },
}

/// What has been established in an attempt; the first fact makes its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The session to go on with: the one that the person has chosen, or that a proof has begun.
    pub chosen_session: Option<SessionId>,
    /// The session in which the person has consented.
    pub consented_by: Option<SessionId>,
    /// When the person refused.
    pub denied_at: Option<Time>,
    /// When the app got its answer; from then on the attempt is over.
    pub finished_at: Option<Time>,
}
