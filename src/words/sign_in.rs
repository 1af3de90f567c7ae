//! Why nobody was signed in, registered or set up.

use super::counted;
use jiff::Timestamp;

use crate::clock::Time;

/// The username or the password is wrong; the sentence does not tell which.
pub const SIGN_IN_WRONG: &str = "The username or password is wrong. Check both and try again.";

/// The code is neither the current one of an authenticator app nor an unused recovery code.
pub const SECOND_FACTOR_WRONG: &str =
    "This code is wrong or was used before. Wait for the next one and try again.";

/// The passkey is not known, belongs to somebody else, or has not signed the challenge of this page.
pub const PASSKEY_WRONG: &str =
    "This passkey does not work here. It may have been removed. Use another way to sign in.";

/// The password is right, but an administrator has not approved the account yet.
pub const SIGN_IN_PENDING: &str =
    "Your registration is waiting for approval. You can sign in once an administrator has approved it.";

/// The password is right, but the account is suspended.
pub const SIGN_IN_SUSPENDED: &str = "Your account is suspended. Ask an administrator.";

/// The password is right, but the account is not valid any more.
pub const SIGN_IN_EXPIRED: &str = "Your account has expired. Ask an administrator.";

/// The password is right, but it was temporary and its time is over.
pub const SIGN_IN_PASSWORD_EXPIRED: &str =
    "Your temporary password has expired. Ask an administrator for a new one.";

/// The password is right, but the account is valid only from a later day.
#[must_use]
pub fn sign_in_upcoming(from: Time) -> String {
    let day = Timestamp::from_microsecond(from.0).map(|from| from.strftime("%-d %B %Y").to_string());
    format!("Your account starts on {} (UTC).", day.unwrap_or_default())
}

/// There were so many wrong passwords that the right one no longer signs in.
pub const SIGN_IN_LOCKED: &str = "There were too many wrong passwords in a row, so this password no longer works. \
                                  Ask an administrator for a new one.";

/// There were many wrong passwords, so the user must wait.
#[must_use]
pub fn sign_in_throttled(seconds: u64) -> String {
    let wait = counted(seconds, "second");
    format!("There were too many wrong passwords. Wait {wait} and try again.")
}

/// There were many registrations from the user's network.
#[must_use]
pub fn registration_throttled(minutes: u64) -> String {
    let wait = counted(minutes, "minute");
    format!("There were too many registrations from your network. Try again in {wait}.")
}

/// There were many requests for a new password from the user's network.
#[must_use]
pub fn resets_throttled(minutes: u64) -> String {
    let wait = counted(minutes, "minute");
    format!("There were too many requests from your network. Try again in {wait}.")
}

/// The typed text does not have the format of a device's code.
pub const USER_CODE_FORM: &str =
    "A code has eight letters and no digits, such as WDJB-MJHT. Type it as the device shows it.";

/// No device is waiting for this code.
pub const USER_CODE_WRONG: &str = "No device is waiting for this code. Check the letters, or start again on the \
                                   device: a code works once, for 10 minutes.";

/// There were many wrong codes of devices.
#[must_use]
pub fn user_codes_throttled(seconds: u64) -> String {
    let wait = counted(seconds, "second");
    format!("There were too many wrong codes. Try again in {wait}.")
}

/// The code belongs to no pending reset.
pub const RESET_CODE_WRONG: &str = "This code is wrong, was used, or has expired. Ask for a new one.";

/// The password is right, but a reset is pending.
pub const SIGN_IN_RESET: &str =
    "Your password is being reset. Sign in with the reset code and a new password.";

/// The set-up code is missing or wrong.
pub const SET_UP_CODE_WRONG: &str = "Enter the code that the server printed when it started.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_agrees_with_its_number() {
        for (number, seconds, minutes) in [
            (1, "Wait 1 second and", "in 1 minute."),
            (2, "Wait 2 seconds and", "in 2 minutes."),
            (60, "Wait 60 seconds and", "in 60 minutes."),
        ] {
            assert!(sign_in_throttled(number).contains(seconds));
            assert!(registration_throttled(number).contains(minutes));
        }
    }
}
