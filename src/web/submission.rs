//! A submitted form together with the signed-in user who submitted it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::page::Page;
use super::params::Received;
use super::visit::{SafeForm, Visit, see_other};
use crate::app::AppState;
use crate::directory::{Actor, Change, Failure};

/// The extractor for a signed-in user of one front door; its rejection is that front door's response to anybody else.
pub trait Visitor: FromRequestParts<Arc<AppState>, Rejection = Response> + Send + Sync {
    /// The visit of the user's browser.
    fn visit(&self) -> &Visit;

    /// The user as the actor of operations.
    fn actor(&self) -> Actor;
}

/// A form with a valid CSRF token, with the user who submitted it.
pub struct Submission<V> {
    /// The server's state.
    pub app: Arc<AppState>,
    /// The user who submitted it.
    pub user: V,
    /// The form.
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
    /// The value of a field without surrounding whitespace; empty if the field is absent.
    #[must_use]
    pub fn trimmed(&self, name: &str) -> String {
        self.form.trimmed(name)
    }

    /// Makes a change as the user who submitted the form.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn change<C: Change>(&self, change: C) -> Result<C::Answer, Failure> {
        self.app.directory.change(&self.user.actor(), change).await
    }

    /// Renders a page for the user's browser.
    pub fn show<P: Page>(&self, status: StatusCode, page: &P) -> Response {
        self.user.visit().show(&self.app, status, page)
    }

    /// Redirects to a path of this server, such as `/account?done=team`.
    #[must_use]
    pub fn go_to(&self, path: &str) -> Response {
        see_other(&self.app.config.server.issuer.url(path))
    }
}
