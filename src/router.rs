//! Every route, grouped by audience, each group with its layers.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use axum::routing::{get, post};
use futures_util::FutureExt;
use tower::util::MapFutureLayer;

use crate::app::AppState;
use crate::endpoints::metadata::MetadataDocuments;
use crate::endpoints::{
    cors, device_authorization, forward_auth, introspect, metadata, revoke, token, userinfo,
};
use crate::web::brand::Accent;
use crate::web::error::PageError;
use crate::web::render_errors::{lead_to_page, render_errors};
use crate::web::routes;
use crate::{account, console, paths, signin};

/// The router of the whole server, below the issuer's path.
pub fn router(app: &Arc<AppState>) -> Router {
    let issuer = &app.config.server.issuer;
    let base = issuer.path().trim_end_matches('/').to_owned();
    let routes = public(app)
        .merge(for_apps())
        .merge(for_people(app))
        .with_state(app.clone());
    let mut whole = if base.is_empty() {
        routes
    } else {
        Router::new().nest(&base, routes)
    };
    if !base.is_empty() {
        // RFC 8414 section 3.1: the issuer's path comes after the well-known path.
        let (documents, app) = (MetadataDocuments::new(issuer), app.clone());
        whole = whole.route(
            &format!("{}{base}", paths::OAUTH_METADATA),
            get(move || async move { metadata::show(&app, documents).await }),
        );
    }
    let app = app.clone();
    whole.layer(MapFutureLayer::new(move |answer| finished(app.clone(), answer)))
}

/// Adds the common headers to every response, and turns a panic into a 500. `MapFutureLayer` instead of
/// `from_fn`, since `from_fn` boxes the future.
async fn finished(app: Arc<AppState>, response: RouteFuture<Infallible>) -> Result<Response, Infallible> {
    let response = AssertUnwindSafe(response)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!("a request panicked");
            Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        });
    response.map(|response| with_common_headers(&app, response))
}

/// What anybody may read.
fn public(app: &AppState) -> Router<Arc<AppState>> {
    let documents = MetadataDocuments::new(&app.config.server.issuer);
    let show = move |State(app): State<Arc<AppState>>| async move { metadata::show(&app, documents).await };
    routes! {
        DISCOVERY => get(show.clone()),
        OAUTH_METADATA => get(show),
        JWKS => get(metadata::jwks),
        STATIC => get(static_file),
        PICTURE => get(account::show_picture),
        HEALTH_LIVE => get(|| async { "live\n" }),
        HEALTH_READY => get(ready),
    }
}

/// The endpoints for apps and reverse proxies, which authenticate each request.
fn for_apps() -> Router<Arc<AppState>> {
    routes! {
        TOKEN => post(token::respond).options(cors::preflight),
        USERINFO => get(userinfo::respond).post(userinfo::respond).options(cors::preflight),
        INTROSPECT => post(introspect::respond),
        REVOKE => post(revoke::respond).options(cors::preflight),
        DEVICE_AUTHORIZATION => post(device_authorization::respond).options(cors::preflight),
        FORWARD_AUTH => get(forward_auth::decide),
        FORWARD_AUTH_CHECK => get(forward_auth::check),
        FORWARD_AUTH_PAGES => get(forward_auth::pages),
    }
}

/// The pages for people.
fn for_people(app: &Arc<AppState>) -> Router<Arc<AppState>> {
    signin::routes()
        .merge(account::routes())
        .merge(console::routes(app))
        .fallback(|| async { PageError::not_found() })
        .method_not_allowed_fallback(lead_to_page)
        .layer(from_fn_with_state(app.clone(), render_errors))
        .layer(from_fn(without_nul))
}

async fn ready(State(app): State<Arc<AppState>>) -> Response {
    if app.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n").into_response();
    }
    match app.db.unready_reason().await {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn static_file(State(app): State<Arc<AppState>>, Path(name): Path<String>) -> Response {
    if name == "brand.css" {
        return brand(&app).await;
    }
    let Some(file) = app.templates.static_file(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, file.content_type.to_owned()),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
        (header::ETAG, file.etag.clone()),
    ];
    (headers, file.bytes.clone()).into_response()
}

/// The style sheet with the accent colour. Pages link to it with the revision of the settings.
async fn brand(app: &AppState) -> Response {
    let Ok(instance) = app.db.instance().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let Some(accent) = instance
        .accent
        .as_ref()
        .and_then(|accent| accent.parse::<Accent>().ok())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, accent.css()).into_response()
}

/// Sets the headers that every response has.
fn with_common_headers(app: &AppState, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if app.is_stopping() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if app.config.tls.files().is_some() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    // Even redirects with a code, and errors (RFC 6749 section 5.1). A response that may be cached has set its own.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// With built-in TLS, tells browsers to use only https for this host for two years (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Refuses a NUL in the path, which would make queries fail on PostgreSQL.
async fn without_nul(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(request).await
}
