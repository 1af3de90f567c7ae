//! The user's answer to a device's request: a grant for the device, or a refusal.

use serde_json::json;

use super::device_request::Waiting;
use super::issue::Override;
use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::TokenHash;
use crate::model::action::Action;
use crate::model::grant::{ClaimData, Grant};
use crate::model::session::Session;
use crate::model::{AccountId, ClientId, GrantId, SessionId};
use crate::oidc::claims::{ClaimsRequest, wanted};
use crate::store::audit::{self, NewEntry};
use crate::store::{Error, Tx, device_codes, grants};
use crate::web::error::PageError;
use crate::web::visit::Visit;

/// The answer to store.
pub(super) struct Answer {
    device: TokenHash,
    session: SessionId,
    account: AccountId,
    client: ClientId,
    address: String,
    /// The IP address of the device.
    device_address: String,
    /// The grant, if the answer is yes, and whether it overrides the app's access rule.
    grant: Option<(Grant, ClaimData)>,
    overridden: Option<Override>,
    now: Time,
}

impl Answer {
    /// The answer of a session's user.
    pub(super) fn of(visit: &Visit, waiting: Waiting, session: &Session, allowed: bool, now: Time) -> Self {
        let overrides = allowed && waiting.overrides;
        Self {
            session: session.id.clone(),
            account: session.account_id.clone(),
            client: waiting.client.id.clone(),
            address: visit.address.to_string(),
            overridden: overrides.then(|| Override::of(visit, &waiting.client, session)),
            device: waiting.code.device_hash.clone(),
            device_address: waiting.code.client_address.clone(),
            grant: allowed.then(|| {
                let rules = &waiting.client.settings.claim_rules;
                let wanted = wanted(&waiting.code.scopes, &ClaimsRequest::default(), rules);
                (grant(waiting, session, now), wanted)
            }),
            now,
        }
    }

    /// Stores it; yields false if the request is no longer pending or the session has ended.
    pub(super) async fn run(self, app: &AppState) -> Result<bool, PageError> {
        let stored = app
            .db
            .write::<_, Error, _>(move |tx| Box::pin(async move { self.store(tx).await }));
        Ok(stored.await?)
    }

    async fn store(self, tx: &mut Tx) -> Result<bool, Error> {
        let grant_id = self.grant.as_ref().map(|(grant, _)| &grant.id);
        if !device_codes::answer(tx, &self.device, &self.session, grant_id, self.now).await? {
            return Ok(false);
        }
        let action = if let Some((grant, wanted)) = &self.grant {
            grants::insert(tx, grant, *wanted, Some(&self.device)).await?;
            Action::ConsentGive
        } else {
            Action::ConsentRefuse
        };
        if let Some(overridden) = self.overridden {
            overridden.record(tx, self.now).await?;
        }
        let detail = json!({ "app": self.client, "device": self.device_address }).to_string();
        let event = NewEntry {
            address: &self.address,
            detail: &detail,
            ..NewEntry::new(self.account.as_str(), action.as_str(), self.account.as_str())
        };
        audit::record(tx, &event, self.now).await?;
        Ok(true)
    }
}

/// The grant of a device. It has no session, so it outlives the one in which it was allowed.
fn grant(waiting: Waiting, session: &Session, now: Time) -> Grant {
    let code = waiting.code;
    Grant {
        id: GrantId::new(now),
        client_id: code.client_id,
        account_id: session.account_id.clone(),
        session_id: None,
        offline: code.scopes.contains("offline_access"),
        scopes: code.scopes,
        claims: ClaimsRequest::default().encode(),
        resource: code.resource,
        redirect_uri: None,
        nonce: None,
        code_challenge: None,
        auth_time: session.authenticated_at,
        amr: session.amr.clone(),
        created_at: now,
        code_expires_at: Some(code.expires_at),
        redeemed_at: None,
        revoked_at: None,
        expires_at: code.expires_at,
        cnf: None,
        act: None,
    }
}
