//! What a sign-in needs besides a password, because of the policies for the account or of the app that it leads to.

use crate::app::AppState;
use crate::directory::second_factor_policy;
use crate::model::AccountId;
use crate::model::attempt::{Attempt, Target};
use crate::oidc::session_start::Required;
use crate::store::Error;

/// What this attempt to sign in to an account needs.
pub(super) async fn required(
    app: &AppState,
    account: &AccountId,
    attempt: Option<&Attempt>,
) -> Result<Required, Error> {
    let client = match attempt.map(|attempt| &attempt.target) {
        Some(Target::Authorize { client, .. }) => app.db.app(client.as_str()).await?,
        _ => None,
    };
    let by_app = client.is_some_and(|client| client.settings.access.second_factor);
    second_factor_policy::required(&app.db, account, by_app, app.clock.now()).await
}
