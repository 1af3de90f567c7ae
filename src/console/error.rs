//! The error page of the console, which keeps the navigation.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::console_user::{ConsoleUser, Found};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::authority::Authority;
use crate::paths;
use crate::web::error::PageError;
use crate::web::error_pages::ErrorPage;
use crate::web::page::{Link, page};
use crate::web::visit::Visit;

page! {
    /// The error page of the console.
    ConsoleError "console/error.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// What happened.
        #[serde(flatten)]
        error: ErrorPage,
    }
}

/// Middleware that renders the page of a [`PageError`] for a user of the console; others get the page without the
/// navigation.
pub(super) async fn keep_the_navigation(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut saved_parts = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(error) = response.extensions().get::<PageError>() else {
        return response;
    };
    let Ok(visit) = Visit::from_request_parts(&mut saved_parts, &app).await;
    let Ok(Found::Staff(user)) = ConsoleUser::find(&app, &visit, Authority::is_staff).await else {
        return response;
    };
    let mut page = ConsoleError {
        shell: user.shell(NavItem::of_path(saved_parts.uri.path())),
        error: error.page_for(&app, &user.visit),
    };
    if !error.has_link() {
        let overview = app.config.server.issuer.url(paths::CONSOLE);
        page.error.link = Some(Link::new("Go to the overview", overview));
    }
    error.respond(&app, &user.visit, &page)
}
