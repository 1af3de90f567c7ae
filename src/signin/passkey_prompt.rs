//! The challenge for a passkey on a page.

use serde::Serialize;

use crate::app::AppState;
use crate::web::sealed_attempt::browser;
use crate::web::visit::Visit;

/// What a page gives to the browser to sign in with a passkey.
#[derive(Clone, Debug, Serialize)]
pub struct PasskeyPrompt {
    /// The options, as JSON for the page's script.
    pub options: String,
    /// The sealed challenge, for the form.
    pub sealed: String,
}

impl PasskeyPrompt {
    /// A new challenge for this browser; `None` if this server does not offer passkeys.
    pub(super) fn of(app: &AppState, visit: &Visit) -> Option<Self> {
        let server = app.passkeys.as_ref()?;
        let begun = server.begin_sign_in(app.clock.now(), app.config.lifetimes.request)?;
        Some(Self {
            options: begun.options,
            sealed: begun.ceremony.seal(&app.master, &browser(visit)),
        })
    }
}
