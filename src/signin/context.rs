//! What hosted pages know of the authorization request that they stand in for.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;

use crate::app::AppState;
use crate::model::RequestId;
use crate::model::client::Client;
use crate::model::session::Session;
use crate::oidc::authorize::RawRequest;
use crate::paths;
use crate::store::requests::{self, Request};
use crate::web::error::PageError;
use crate::web::page::{App as AppTile, Person};
use crate::web::visit::Visit;

/// An open authorization request with its app.
pub(super) struct Context {
    pub(super) stored: Request,
    pub(super) raw: RawRequest,
    pub(super) client: Arc<Client>,
}

impl Context {
    /// The request of this id in this browser; `None` if no id is given.
    pub(super) async fn find(
        app: &AppState,
        visit: &Visit,
        id: Option<&str>,
    ) -> Result<Option<Self>, PageError> {
        let Some(id) = id else {
            return Ok(None);
        };
        let id = RequestId(id.to_owned());
        let found = requests::open(
            &mut app.db.read().await?,
            &id,
            &visit.browser_hash(),
            app.clock.now(),
        )
        .await?;
        let stored = found.ok_or_else(ended)?;
        let client = app.db.app(stored.client_id.as_str()).await?.ok_or_else(ended)?;
        Ok(Some(Self {
            raw: RawRequest::decode(&stored.params),
            stored,
            client,
        }))
    }

    pub(super) fn tile(&self) -> AppTile {
        let host = self
            .redirect_uri()
            .and_then(|uri| url::Url::parse(uri).ok()?.host_str().map(str::to_owned));
        AppTile {
            name: self.client.name.clone(),
            logo: None,
            host,
        }
    }

    /// Where the form's redirect may lead in the end, for the content policy.
    pub(super) fn redirect_uri(&self) -> Option<&str> {
        self.raw.get("redirect_uri")
    }
}

pub(super) fn ended() -> PageError {
    PageError::new(
        StatusCode::BAD_REQUEST,
        "This sign-in has ended",
        "It was finished already, took too long, or began in another browser.",
        "Go back to the app and sign in again.",
    )
}

/// Back to the dispatcher, or to the person's own page when there is no request.
pub(super) fn go_on(app: &AppState, visit: &Visit, request: Option<&str>) -> Response {
    let issuer = &app.config.server.issuer;
    match request {
        Some(id) => visit.go(app, &issuer.url(paths::AUTHORIZE_RESUME.of([id]))),
        None => visit.go(app, &issuer.url(paths::ACCOUNT)),
    }
}

pub(super) fn person_of(session: &Session) -> Person {
    let name = if session.name.is_empty() {
        &session.username
    } else {
        &session.name
    };
    Person {
        name: name.clone(),
        username: session.username.clone(),
        email: None,
    }
}
