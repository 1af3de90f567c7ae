//! Why nobody was signed in, registered or set up.

/// The username or the password is wrong; the sentence does not tell which.
pub const SIGN_IN_WRONG: &str = "The username or password is wrong. Check both and try again.";

/// The password is right, but an administrator has not approved the account yet.
pub const SIGN_IN_PENDING: &str =
    "Your registration waits for approval. You can sign in once an administrator has approved it.";

/// There were so many wrong passwords that the right one no longer signs in.
pub const SIGN_IN_LOCKED: &str = "There were too many wrong passwords in a row, so this password no longer works. \
                                  Ask an administrator for a new one.";

/// There were many wrong passwords, so the user must wait.
#[must_use]
pub fn sign_in_throttled(seconds: u64) -> String {
    format!("There were too many wrong passwords. Wait {seconds} seconds and try again.")
}

/// There were many registrations from the user's network.
#[must_use]
pub fn registration_throttled(minutes: u64) -> String {
    format!("There were too many registrations from your network. Try again in {minutes} minutes.")
}

/// The set-up code is missing or wrong.
pub const SET_UP_CODE_WRONG: &str = "Enter the code that the server printed when it started.";
