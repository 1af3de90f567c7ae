//! The extractor for a signed-in user.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::directory::Actor;
use crate::model::AccountId;
use crate::model::session::Session;
use crate::web::sealed_attempt::sign_in_first;
use crate::web::submission::{Visitor, WithSession};
use crate::web::visit::Visit;

/// A signed-in user; the extractor redirects anybody else to the sign-in page.
pub struct SignedIn {
    pub(super) visit: Visit,
    pub(super) session: Session,
}

impl FromRequestParts<Arc<AppState>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        match visit.session().map(Option::<&Session>::cloned) {
            Ok(Some(session)) => Ok(Self { visit, session }),
            Ok(None) => Err(sign_in_first(app, &visit, parts)),
            Err(error) => Err(error.into_response()),
        }
    }
}

impl Visitor for SignedIn {
    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn actor(&self) -> Actor {
        Actor::signed_in(&self.session, self.visit.address.to_string())
    }
}

impl WithSession for SignedIn {
    fn session(&self) -> &Session {
        &self.session
    }
}

impl SignedIn {
    /// The user's account.
    pub(super) fn id(&self) -> AccountId {
        self.session.account_id.clone()
    }
}
