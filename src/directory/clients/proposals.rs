//! Redirect URIs that an operator of an app proposes, and that somebody who manages the app approves or rejects.

use serde_json::json;

use super::guard::{MANAGE, find_for_change};
use crate::clock::Time;
use crate::directory::{ChangeContext, Failure, operation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::model::client::{Client, ClientSettings, Proposal};
use crate::model::refusal::Code;
use crate::store::clients;

/// Whether new settings change redirect URIs that need approval by somebody other than the actor.
pub(super) fn needs_approval(context: &ChangeContext<'_>, app: &Client, settings: &ClientSettings) -> bool {
    let before = &app.settings;
    before.redirects_need_approval
        && Proposal::uris(before) != Proposal::uris(settings)
        && context.authorization.require_for_app(app, MANAGE).is_err()
}

/// Keeps the redirect URIs of new settings as a proposal; yields the settings with the old ones.
pub(super) async fn propose(
    context: &mut ChangeContext<'_>,
    app: &Client,
    settings: ClientSettings,
) -> Result<ClientSettings, Failure> {
    let by = context.actor.as_str().to_owned();
    let (tx, now) = context.tx_now();
    let proposal = Proposal {
        redirect_uris: settings.redirect_uris,
        post_logout_redirect_uris: settings.post_logout_redirect_uris,
        allowed_origins: settings.allowed_origins,
        by,
        at: now,
    };
    clients::set_proposal(tx, &app.id, Some(&proposal)).await?;
    let detail = json!({ "redirect_uris": proposal.redirect_uris });
    context
        .record(Action::AppPropose, app.id.as_str(), &detail)
        .await?;
    Ok(ClientSettings {
        redirect_uris: app.settings.redirect_uris.clone(),
        post_logout_redirect_uris: app.settings.post_logout_redirect_uris.clone(),
        allowed_origins: app.settings.allowed_origins.clone(),
        ..settings
    })
}

/// The app with the proposal that was made at this time.
async fn proposed(
    context: &mut ChangeContext<'_>,
    id: &ClientId,
    at: Time,
) -> Result<(Client, Proposal), Failure> {
    let app = find_for_change(context, id, MANAGE).await?;
    let proposal = app.proposal.clone().filter(|proposal| proposal.at == at);
    proposal
        .map(|proposal| (app, proposal))
        .ok_or_else(|| Code::AppChanged.into())
}

operation! {
    /// Approves the proposed redirect URIs of an app, which replace the old ones.
    change ApproveRedirects {
        id: ClientId,
        /// When they were proposed, so that nobody approves URIs that they have not seen.
        at: Time,
    } -> ();
}

impl ApproveRedirects {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (app, proposal) = proposed(context, &self.id, self.at).await?;
        let detail = json!({ "before": app.settings.redirect_uris, "after": proposal.redirect_uris });
        let settings = ClientSettings {
            redirect_uris: proposal.redirect_uris,
            post_logout_redirect_uris: proposal.post_logout_redirect_uris,
            allowed_origins: proposal.allowed_origins,
            ..app.settings
        };
        let (tx, now) = context.tx_now();
        clients::update(tx, &self.id, &settings, now).await?;
        clients::set_proposal(tx, &self.id, None).await?;
        context
            .record(Action::AppApprove, self.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Rejects the proposed redirect URIs of an app.
    change RejectRedirects { id: ClientId, at: Time } -> ();
}

impl RejectRedirects {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let (_, proposal) = proposed(context, &self.id, self.at).await?;
        clients::set_proposal(context.tx(), &self.id, None).await?;
        let detail = json!({ "redirect_uris": proposal.redirect_uris });
        context.record(Action::AppReject, self.id.as_str(), &detail).await
    }
}
