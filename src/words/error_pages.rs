//! The texts of error pages.

/// The text of an error page.
#[derive(Clone, Copy, Debug)]
pub struct ErrorText<'a> {
    /// What happened, in a few words.
    pub heading: &'a str,
    /// The explanation, as a sentence.
    pub sentence: &'a str,
    /// What to do next.
    pub next: &'a str,
}

const fn text(heading: &'static str, sentence: &'static str, next: &'static str) -> ErrorText<'static> {
    ErrorText {
        heading,
        sentence,
        next,
    }
}

/// Nothing is at the requested path.
pub const PAGE_NOT_FOUND: ErrorText<'_> = text(
    "Page not found",
    "There is no page at this address.",
    "Check the address for typing mistakes.",
);

/// The user may not see the page or submit the form.
pub const FORBIDDEN: ErrorText<'_> = text(
    "Your roles do not allow this",
    "Nothing was shown or changed.",
    ASK_AN_ADMINISTRATOR,
);

/// The server failed.
pub const INTERNAL: ErrorText<'_> = text(
    "Something failed on our side",
    "The cause is in the server's log under the reference number below.",
    "Try again in a moment. If it happens again, tell your administrator the number.",
);

/// The server is busy.
pub const BUSY: ErrorText<'_> = text(
    "The server is busy",
    "It cannot handle your request at the moment.",
    "Wait a few seconds and try again. Nothing is lost.",
);

/// The link to the account page.
pub const TO_THE_ACCOUNT: &str = "Go to your account";

/// The link to the sign-in.
pub const TO_THE_SIGN_IN: &str = "Go to the sign-in page";

/// The heading of a refusal because of missing permissions.
pub const NOT_ALLOWED: &str = "You may not do this";

/// The heading of a refusal because of the current state.
pub const NOT_POSSIBLE: &str = "This is not possible now";

/// The heading of a refusal because of invalid values.
pub const CORRECT_THE_FORM: &str = "Correct the form";

/// What to do after a refusal of what was entered.
pub const GO_BACK: &str = "Go back and change it.";

/// What to do after a refusal because of missing permissions.
pub const ASK_AN_ADMINISTRATOR: &str =
    "Ask an administrator to do it, or to grant you a role that allows it.";

/// The parameters of the request are invalid.
pub const MALFORMED_REQUEST: ErrorText<'_> = text(
    "This request is invalid",
    "Its parameters are malformed, so nothing was done.",
    "Go back to the previous page and try again.",
);

/// The CSRF token of a form is missing or wrong.
pub const FORM_EXPIRED: ErrorText<'_> = text(
    "This form is out of date",
    "It was opened too long ago, or in another browser.",
    "Go back, reload the page and submit the form again. Allow cookies for this site.",
);

/// A filter of the audit log is invalid.
pub const INVALID_FILTER: ErrorText<'_> = text(
    "This filter is invalid",
    "One of its dates is invalid.",
    "Go back to the audit log and correct it.",
);

/// The form for many accounts was submitted without an action.
pub const NO_ACTION_CHOSEN: ErrorText<'_> = text(
    "Nothing was changed",
    "No action was chosen.",
    "Go back to the list and choose one.",
);

/// The form for many accounts was submitted without a selected account.
pub const NO_ACCOUNTS_SELECTED: ErrorText<'_> = text(
    "Nothing was changed",
    "No accounts were selected.",
    "Go back to the list and select some.",
);

/// The sign-in attempt was finished, has expired or belongs to another browser.
pub const ATTEMPT_ENDED: ErrorText<'_> = text(
    "This sign-in has ended",
    "It was finished, took too long, or began in another browser.",
    "Go back to the app and sign in again.",
);

const TELL_THE_APP: &str = "Go back to the app and tell its administrator.";

/// The authorization request's `client_id` is unknown or missing.
pub const UNKNOWN_APP: ErrorText<'_> = text(
    "This app is unknown",
    "The app that sent you here is not registered with this server.",
    TELL_THE_APP,
);

/// The authorization request's app is disabled.
pub const DISABLED_APP: ErrorText<'_> = text(
    "This app is disabled",
    "An administrator has disabled this app.",
    TELL_THE_APP,
);

/// The authorization request's app manages its own users.
pub const APP_MANAGES_USERS: ErrorText<'_> = text(
    "This app manages its own users",
    "You do not sign in to it with your account here.",
    "Go back to the app and sign in there.",
);

/// The authorization request has no `redirect_uri`.
pub const NO_REDIRECT_URI: ErrorText<'_> = text(
    "This sign-in request is incomplete",
    "The app did not say where to return to.",
    TELL_THE_APP,
);

/// The authorization request's `redirect_uri` is not registered.
pub const UNKNOWN_REDIRECT_URI: ErrorText<'_> = text(
    "This sign-in request is not allowed",
    "The app wants to return to an address that is not registered for it.",
    TELL_THE_APP,
);

/// The invitation was used, revoked or replaced, or has expired.
pub const INVITATION_ENDED: ErrorText<'_> = text(
    "This invitation no longer works",
    "It was used, revoked or replaced, or it has expired.",
    "Ask the person who invited you for a new one.",
);

/// The link was used or altered, or has expired.
pub const EMAIL_PROOF_ENDED: ErrorText<'_> = text(
    "This link no longer works",
    "It was used, it has expired, or a part of it is missing.",
    "Open the complete link from the latest mail. If that does not help, sign in and ask for another one on the page \
     of your e-mail addresses, or ask an administrator.",
);

/// The reset was completed or replaced, or has expired.
pub const RESET_ENDED: ErrorText<'_> = text(
    "This link no longer works",
    "It was used or replaced, or it has expired.",
    "Ask for a new one on the sign-in page, or ask an administrator.",
);

/// The secret was shown before, or has expired.
pub const HAND_OVER_ENDED: ErrorText<'_> = text(
    "There is nothing here any more",
    "What this link shows was opened before, or it has expired.",
    "If it was not you who opened it, tell whoever sent you the link.",
);

/// The console is closed to whoever acts as somebody else.
pub const NO_CONSOLE_WHILE_ACTING: ErrorText<'_> = text(
    "The console is closed while you are acting as somebody else",
    "Nothing was shown or changed.",
    "Press Stop to be yourself again.",
);

/// Nobody allows a device access while acting as somebody else.
pub const NO_DEVICE_WHILE_ACTING: ErrorText<'_> = text(
    "You cannot connect a device while you are acting as somebody else",
    "The device would keep their access after you stop.",
    "Press Stop to be yourself again.",
);

/// The app on a device requires a second factor, and the user has none.
pub const DEVICE_SECOND_FACTOR: &str = "This app requires a second factor, and you have none yet.";

/// What to do about it.
pub const NO_SECOND_FACTOR: &str =
    "Add one under Security in your account, and enter the code of the device again.";

/// What to do after an app on a device did not let somebody in.
pub const NO_DEVICE_ENTRY: &str =
    "If you need it, ask an administrator to let you in. Then start again on the device.";

/// The settings do not allow registration.
pub const REGISTRATION_CLOSED: ErrorText<'_> = text(
    "Registration is closed",
    "You cannot create an account by yourself here.",
    "Sign in, or ask your administrator for an account or an invitation.",
);

/// The instance already has an account.
pub const SET_UP_CLOSED: ErrorText<'_> = text(
    "Set-up is finished",
    "This instance already has an owner, and registration is closed.",
    "Sign in, or ask your administrator for an account.",
);
