//! The page with the recovery codes of a new second factor.

use super::attempt::with_attempt;
use super::half_proven::HalfProven;
use crate::app::AppState;
use crate::directory::second_factors::RecoveryCodes;
use crate::paths;
use crate::web::page::page;

page! {
    /// The page with the recovery codes of a new second factor, which leads on.
    EnrolledPage "signin/enrolled.html" {
        /// The codes.
        codes: Vec<String>,
        /// Whether it is a passkey, with which the user then signs in.
        passkey: bool,
        /// The URL that continues the sign-in.
        next: String,
    }
}

/// The page with the recovery codes.
pub(super) fn enrolled(
    app: &AppState,
    half: &HalfProven,
    codes: &RecoveryCodes,
    passkey: bool,
) -> EnrolledPage {
    let next = app.config.server.issuer.local(paths::SIGN_IN_CONTINUE);
    EnrolledPage {
        codes: codes.texts().map(str::to_owned).collect(),
        passkey,
        next: with_attempt(&next, Some(&half.sealed)),
    }
}
