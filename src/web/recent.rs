//! The extractor that requires a recent sign-in, for sensitive pages and forms.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::sealed_attempt::sign_in_again;
use super::submission::{Submission, Visitor, WithSession};
use super::visit::Visit;
use crate::app::AppState;
use crate::directory::Actor;
use crate::model::session::Session;

/// A visitor whose sign-in is at most `lifetimes.recent_sign_in` old and did not rely on a trusted device; others are
/// redirected to sign in again. The page with a sensitive form requires it as well as the form's handler, so that
/// nobody loses what they have typed.
pub struct Recent<V>(pub V);

impl<V: WithSession> FromRequestParts<Arc<AppState>> for Recent<V> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let visitor = V::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let within = app.config.lifetimes.recent_sign_in;
        if visitor.session().is_recent(within, app.clock.now()) {
            Ok(Self(visitor))
        } else {
            Err(sign_in_again(app, visitor.visit(), parts))
        }
    }
}

impl<V: WithSession> WithSession for Recent<V> {
    fn session(&self) -> &Session {
        self.0.session()
    }
}

impl<V: WithSession> Visitor for Recent<V> {
    fn visit(&self) -> &Visit {
        self.0.visit()
    }

    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

/// A submitted form that needs a recent sign-in, as an ordinary submission.
pub struct SensitiveSubmission<V>(pub Submission<V>);

impl<V: WithSession> FromRequest<Arc<AppState>> for SensitiveSubmission<V> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        Recent::<V>::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        Submission::from_request(request, app).await.map(Self)
    }
}

/// Whether a session began recently enough for a sensitive form.
#[must_use]
pub fn is_recent(app: &AppState, session: &Session) -> bool {
    session.is_recent(app.config.lifetimes.recent_sign_in, app.clock.now())
}
