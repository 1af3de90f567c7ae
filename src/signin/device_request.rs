//! A device's pending request, found by its user code.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::json;

use super::dispatcher;
use crate::app::AppState;
use crate::auth::factors_suffice_for;
use crate::auth::throttle::UserCodeTry;
use crate::crypto::UserCode;
use crate::directory::Actor;
use crate::model::access::Decision;
use crate::model::client::Client;
use crate::model::device_code::DeviceCode;
use crate::model::refusal::Code;
use crate::model::session::Session;
use crate::oidc::grant_types::GrantType;
use crate::store::device_codes;
use crate::web::error::PageError;
use crate::web::page::AppTile;
use crate::web::visit::Visit;
use crate::words;
use crate::words::error_pages::{
    DEVICE_SECOND_FACTOR, ErrorText, NO_DEVICE_ENTRY, NO_SECOND_FACTOR, NOT_ALLOWED,
};

/// A pending request for an app that lets the user in.
pub(super) struct Waiting {
    pub(super) code: DeviceCode,
    pub(super) client: Arc<Client>,
    /// Whether the app lets them in only by a permission for every app.
    pub(super) overrides: bool,
}

impl Waiting {
    pub(super) fn tile(&self) -> AppTile {
        AppTile {
            name: self.client.name.clone(),
            logo: self.client.logo.clone(),
            host: None,
        }
    }
}

/// What a user code leads to.
pub(super) enum Lookup {
    /// A pending request.
    Found(Box<Waiting>),
    /// No pending request.
    NotWaiting,
    /// Nothing: there were too many wrong codes.
    TooMany { seconds: u64 },
}

/// Looks up a user code for somebody who is signed in. Only wrong codes use up tries.
///
/// # Errors
/// An error page if the app does not let them in.
pub(super) async fn look_up(
    app: &AppState,
    visit: &Visit,
    session: &Session,
    code: &UserCode,
) -> Result<Lookup, PageError> {
    let now = app.clock.now();
    let tried = match UserCodeTry::count(&app.db, &session.account_id, &visit.network(), now).await? {
        Ok(tried) => tried,
        Err(until) => {
            let seconds = until.since(now).as_secs() + 1;
            return Ok(Lookup::TooMany { seconds });
        }
    };
    let hash = code.hash(&app.master);
    let found = device_codes::waiting(&mut app.db.read().await?, &hash, now).await?;
    let Some(code) = found else {
        return Ok(Lookup::NotWaiting);
    };
    tried.was_right(&app.db).await?;
    let client = app.db.app(code.client_id.as_str()).await?;
    let Some(client) = client.filter(|client| GrantType::DeviceCode.is_allowed(&client.settings)) else {
        return Ok(Lookup::NotWaiting);
    };
    let decision = ensure_entry(app, visit, session, &client).await?;
    Ok(Lookup::Found(Box::new(Waiting {
        code,
        client,
        overrides: decision == Decision::Override,
    })))
}

/// Decides whether the app lets the user in; a refusal leaves an audit entry.
async fn ensure_entry(
    app: &AppState,
    visit: &Visit,
    session: &Session,
    client: &Client,
) -> Result<Decision, PageError> {
    if !factors_suffice_for(client, visit.instance.second_factor_kinds, &session.amr) {
        let text = ErrorText {
            heading: NOT_ALLOWED,
            sentence: DEVICE_SECOND_FACTOR,
            next: NO_SECOND_FACTOR,
        };
        return Err(PageError::new(StatusCode::FORBIDDEN, &text));
    }
    let decision = dispatcher::access(app, client, session).await?;
    let Decision::Refused(obstacle) = decision else {
        return Ok(decision);
    };
    let actor = Actor::signed_in(session, visit.address.to_string());
    let detail = json!({ "app": client.id });
    app.directory
        .record_refusal(&actor, Code::AppEntryRefused, detail)
        .await?;
    let text = ErrorText {
        heading: NOT_ALLOWED,
        sentence: words::no_entry(obstacle),
        next: NO_DEVICE_ENTRY,
    };
    Err(PageError::new(StatusCode::FORBIDDEN, &text))
}
