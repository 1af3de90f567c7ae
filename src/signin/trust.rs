//! Whether a browser may stand in for the second factor in an attempt.

use std::time::Duration;

use super::attempt::{CheckedTarget, OpenAttempt};
use crate::app::AppState;
use crate::oidc::interaction::asks_for_two_factors;
use crate::web::visit::Visit;

/// How long a trusted browser stands in for the second factor; `None` if it may not, because the attempt needs every
/// factor to be proven now, or somebody acts as somebody else.
pub(super) fn lifetime(app: &AppState, visit: &Visit, open: Option<&OpenAttempt>) -> Option<Duration> {
    let lifetime = app.config.lifetimes.trusted_device;
    let is_acting = visit
        .sessions
        .iter()
        .any(|(_, session)| session.acted_by.is_some());
    let needs_proof = open.is_some_and(|open| match &open.target {
        CheckedTarget::App(request) => {
            request.client.settings.access.second_factor || asks_for_two_factors(&request.valid)
        }
        CheckedTarget::Own { max_age, .. } => max_age.is_some(),
    });
    (!lifetime.is_zero() && !is_acting && !needs_proof).then_some(lifetime)
}
