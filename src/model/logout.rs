//! Receipts of sign-outs: whether the apps have confirmed them.

use serde::Serialize;

use super::ClientId;
use crate::clock::Time;

/// Whether an app has confirmed that somebody is signed out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It has.
    Confirmed {
        /// When.
        confirmed_at: Time,
    },
    /// It has not, and is asked again.
    Waiting {
        /// When.
        next: Time,
        /// Why it has not, if it was asked before.
        error: Option<String>,
    },
    /// It has not, and is not asked again.
    Failed {
        /// Since when.
        failed_at: Time,
        /// Why it has not.
        error: String,
    },
    /// It has no address at which it could be asked.
    NotPossible,
}

/// What became of the sign-outs of an account from one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppSignOut {
    /// The app.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// When the user was signed out.
    pub at: Time,
    /// Whether the app has confirmed it; of several sign-outs, the least certain one.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// When the last of the app's tokens for the user expires.
    pub tokens_until: Time,
    /// Whether the app keeps offline access, which the user granted.
    pub has_access: bool,
}

impl AppSignOut {
    /// Takes an older sign-out from the same app into account.
    pub fn include(&mut self, older: Self) {
        self.tokens_until = self.tokens_until.max(older.tokens_until);
        if older.outcome.uncertainty() > self.outcome.uncertainty() {
            (self.at, self.outcome) = (older.at, older.outcome);
        }
    }
}

impl Outcome {
    /// How uncertain it is that the user is signed out.
    const fn uncertainty(&self) -> u8 {
        match self {
            Self::Confirmed { .. } => 0,
            Self::Waiting { .. } => 1,
            Self::NotPossible => 2,
            Self::Failed { .. } => 3,
        }
    }
}
