//! A form of ours together with the signed-in person who sent it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::page::Page;
use super::params::Received;
use super::visit::{SafeForm, Visit, see_other};
use crate::app::AppState;
use crate::directory::{Actor, Change, Failure};

/// A signed-in person, as one of the front doors lets them in; others get an answer of its own.
pub trait Visitor: FromRequestParts<Arc<AppState>, Rejection = Response> + Send + Sync {
    /// The person's browser.
    fn visit(&self) -> &Visit;

    /// On whose behalf things are done.
    fn actor(&self) -> Actor;
}

/// A form whose CSRF token was right, with who sent it.
pub struct Submission<V> {
    /// The server.
    pub app: Arc<AppState>,
    /// Who sent it.
    pub user: V,
    /// What was typed and chosen.
    pub form: SafeForm,
}

impl<V: Visitor> FromRequest<Arc<AppState>> for Submission<V> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let user = V::from_request_parts(&mut parts, app).await?;
        let Ok(Received(params)) = Received::from_request(Request::from_parts(parts, body), app).await;
        let form = user
            .visit()
            .form(app, params)
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            app: app.clone(),
            user,
            form,
        })
    }
}

impl<V: Visitor> Submission<V> {
    /// The value of a field without the space around it; empty if it is not there.
    #[must_use]
    pub fn trimmed(&self, name: &str) -> String {
        self.form.trimmed(name)
    }

    /// Makes a change on behalf of who sent the form.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn change<C: Change>(&self, change: C) -> Result<C::Answer, Failure> {
        self.app.directory.change(&self.user.actor(), change).await
    }

    /// A page for the browser of who sent the form.
    pub fn show<P: Page>(&self, status: StatusCode, page: &P) -> Response {
        self.user.visit().show(&self.app, status, page)
    }

    /// Leads on to a path of ours, such as `/account?done=team`.
    #[must_use]
    pub fn go_to(&self, path: &str) -> Response {
        see_other(&self.app.config.server.issuer.url(path))
    }
}
