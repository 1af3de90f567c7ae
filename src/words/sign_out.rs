//! Sentences about signing out.

use crate::clock::Time;
use crate::model::logout::Outcome;

/// The link to the page for signing out.
pub const SIGN_OUT: &str = "Sign out";

/// No return to the app, since the request names no registered app.
pub const UNKNOWN_APP: &str = "You will not return to the app, because it did not say which app it is.";

/// No return to the app, since the hint is not an ID token of this server.
pub const INVALID_HINT: &str = "You will not return to the app, because the token that it sent is invalid.";

/// No return to the app, since the hint was issued to another app.
pub const OTHER_APP: &str = "You will not return to the app, because it sent the token of another app.";

/// No return to the app, since its address to return to is not registered.
pub const UNREGISTERED_ADDRESS: &str =
    "You will not return to the app, because the address that it gave is not registered for this app.";

/// The link back to an app.
#[must_use]
pub fn continue_to(app: &str) -> String {
    format!("Continue to {app}")
}

/// Whether an app has confirmed that somebody is signed out of it.
pub fn outcome(outcome: &Outcome, written: impl Fn(Time) -> String) -> String {
    match outcome {
        Outcome::Confirmed { confirmed_at } => format!("confirmed at {}", written(*confirmed_at)),
        Outcome::Waiting { next, error: None } => format!("waiting until {}", written(*next)),
        Outcome::Waiting {
            next,
            error: Some(error),
        } => format!("not confirmed, next attempt at {}: {error}", written(*next)),
        Outcome::Failed { failed_at, error } => format!("given up at {}: {error}", written(*failed_at)),
        Outcome::NotPossible => "cannot be notified".to_owned(),
    }
}
