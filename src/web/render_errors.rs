//! Renders the errors of handlers as pages for their visitors.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::error_pages::ErrorPage;
use super::page::{Link, Page, Person};
use super::visit::{Visit, page_of, see_other};
use crate::app::AppState;
use crate::paths::{self, Path};
use crate::words::error_pages;

impl PageError {
    /// Its page for this visitor: with a link to continue with and, on a 403, with who is signed in.
    #[must_use]
    pub fn page_for(&self, app: &AppState, visit: &Visit) -> ErrorPage {
        let mut page = (*self.page).clone();
        let session = visit.sessions.first().map(|(_, session)| session);
        let url = |path: Path<0>| app.config.server.issuer.url(path);
        page.link = page.link.or_else(|| {
            Some(match session {
                Some(_) => Link::new(error_pages::TO_THE_ACCOUNT, url(paths::ACCOUNT)),
                None => Link::new(error_pages::TO_THE_SIGN_IN, url(paths::SIGN_IN)),
            })
        });
        if self.status == StatusCode::FORBIDDEN {
            page.person = session.map(Person::of);
        }
        page
    }

    /// Renders a page of this error, and logs it if its status is 4xx.
    pub fn respond<P: Page>(&self, app: &AppState, visit: &Visit, page: &P) -> Response {
        if self.status.is_client_error() {
            let client = self.client.as_ref();
            app.failures.page(client, &self.page, app.clock.now());
        }
        let mut rendered = visit.show(app, self.status, page);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            rendered
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        rendered
    }
}

/// Middleware that renders the page of a [`PageError`]; every route for people passes through it.
pub async fn render_errors(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let Some(error) = response.extensions_mut().remove::<PageError>() else {
        return response;
    };
    error.respond(&app, &visit, &error.page_for(&app, &visit))
}

/// Redirects from the address of a form, which a page with mistakes has, to the page with the form. Other methods that a
/// route does not have get a 405.
pub async fn lead_to_page(State(app): State<Arc<AppState>>, parts: Parts) -> Response {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return see_other(&app.config.server.issuer.url(page_of(&parts).as_str()));
    }
    StatusCode::METHOD_NOT_ALLOWED.into_response()
}
