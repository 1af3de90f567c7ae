//! The extractors for a request for a page and for a submitted form, each with the user who sent it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::page::Page;
use super::params::Params;
use super::visit::{SafeForm, Visit, see_other};
use crate::app::AppState;
use crate::directory::{Actor, Change, Failure, Who};
use crate::model::session::Session;

/// The extractor for a user of one group of pages; its rejection is the response to anybody else.
pub trait Visitor: FromRequestParts<Arc<AppState>, Rejection: IntoResponse> + Send + Sync {
    /// The visit of the user's browser.
    fn visit(&self) -> &Visit;

    /// The user as the actor of operations.
    fn actor(&self) -> Actor;
}

/// Anybody, signed in or not.
impl Visitor for Visit {
    fn visit(&self) -> &Visit {
        self
    }

    fn actor(&self) -> Actor {
        Actor::new(Who::Visitor, self.address.to_string())
    }
}

/// The parameters of a request for a page, none of which may repeat.
impl FromRequest<Arc<AppState>> for Params {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, PageError> {
        Ok(Self::read(request, &[], app.config.connections.body).await?)
    }
}

/// A visitor with a session.
pub trait WithSession: Visitor {
    /// The visitor's session.
    fn session(&self) -> &Session;
}

/// A request for a page, with the user who sent it.
pub struct PageRequest<V> {
    /// The server's state.
    pub app: Arc<AppState>,
    /// The user who sent it.
    pub user: V,
    /// Its parameters.
    pub params: Params,
}

impl<V: Visitor> FromRequest<Arc<AppState>> for PageRequest<V> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (user, request) = user_of::<V>(request, app).await?;
        let params = Params::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let app = app.clone();
        Ok(Self { app, user, params })
    }
}

/// The user who sent a request, and the request itself for the extractors that follow.
pub(super) async fn user_of<V: Visitor>(
    request: Request,
    app: &Arc<AppState>,
) -> Result<(V, Request), Response> {
    let (mut parts, body) = request.into_parts();
    let user = V::from_request_parts(&mut parts, app).await;
    Ok((
        user.map_err(IntoResponse::into_response)?,
        Request::from_parts(parts, body),
    ))
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
        let PageRequest { app, user, params } = PageRequest::<V>::from_request(request, app).await?;
        let form = user.visit().form(&app, params);
        let form = form.map_err(IntoResponse::into_response)?;
        Ok(Self { app, user, form })
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
    /// When it is refused or the database fails.
    pub async fn change<C: Change>(&self, change: C) -> Result<C::Output, Failure> {
        self.app.directory.change(&self.user.actor(), change).await
    }

    /// Renders a page for the user's browser, with what was typed in its fields.
    pub fn show<P: Page>(&self, status: StatusCode, page: &P) -> Response {
        self.user.visit().show_again(&self.app, status, page, &self.form)
    }

    /// Redirects to a path of this server, such as `/account?done=team`.
    #[must_use]
    pub fn go_to(&self, path: &str) -> Response {
        see_other(&self.app.config.server.issuer.url(path))
    }
}
