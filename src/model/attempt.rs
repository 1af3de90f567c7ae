//! Sign-in attempts, for an app's authorization request or for our own pages.

use serde::{Deserialize, Serialize};

use super::own_path::OwnPath;
use super::{AccountId, Amr, AttemptId, ClientId, PasswordVersion, SessionId};
use crate::clock::Time;

/// A sign-in attempt. URLs and forms contain it, sealed and bound to one browser. Only its [`Facts`] are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The id of the row with its facts.
    pub id: AttemptId,
    /// What it is for.
    pub target: Target,
    /// When it began.
    pub started_at: Time,
    /// When it expires.
    pub expires_at: Time,
}

/// What a sign-in is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Target {
    /// An app's authorization request.
    Authorize {
        /// The app.
        client: ClientId,
        /// The request's parameters, form-encoded.
        params: String,
    },
    /// A page of our own.
    Own {
        /// The page.
        path: OwnPath,
        /// The maximum age of the authentication in seconds.
        max_age: Option<u32>,
    },
}

/// What has happened in an attempt: at most one form sets each fact, and the first one inserts the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The session to continue with: the one that the user chose, or the one that the sign-in created.
    pub chosen_session: Option<SessionId>,
    /// The account that the user has proven to be theirs, while something else is missing.
    pub proven_account: Option<AccountId>,
    /// The methods of that proof.
    pub proven_methods: Option<Amr>,
    /// The version of the password, if one was proven.
    pub proven_password: Option<PasswordVersion>,
    /// The session in which the user has consented.
    pub consented_by: Option<SessionId>,
    /// When the user denied the request.
    pub denied_at: Option<Time>,
    /// When the app received its response, which ends the attempt.
    pub finished_at: Option<Time>,
}
