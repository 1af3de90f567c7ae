//! Sentences of the pages for signing out.

/// The link to the page for signing out.
pub const SIGN_OUT: &str = "Sign out";

/// The app's address to return to is not used, since the request names no registered app.
pub const UNKNOWN_APP: &str =
    "The address that the app gave to return to is not used, because the app did not say which app it is.";

/// The app's address to return to is not used, since the hint is not an ID token of this server.
pub const INVALID_HINT: &str =
    "The address that the app gave to return to is not used, because the proof that came with it is invalid.";

/// The app's address to return to is not used, since the hint was issued to another app.
pub const OTHER_APP: &str = "The address that the app gave to return to is not used, because the proof that came with it is of another app.";

/// The app's address to return to is not used, since it is not registered.
pub const UNREGISTERED_ADDRESS: &str =
    "The address that the app gave to return to is not used, because it is not registered for this app.";
