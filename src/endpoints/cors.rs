//! Cross-origin requests of browser apps to the endpoints for apps (the Fetch standard, section 3.3).
//!
//! A preflight request does not name the app, so every app's origin may send one; but only the app's own origins may
//! read the response to the request itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::model::client::ClientSettings;
use crate::web::error::ApiError;

/// The headers that a script may send.
const HEADERS: HeaderValue = HeaderValue::from_static("Authorization, Content-Type");
/// The methods that a script may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// How long browsers cache the response to a preflight request, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// The origin of the script that sends a request.
fn origin(headers: &HeaderMap) -> Option<(&HeaderValue, &str)> {
    let value = headers.get(header::ORIGIN)?;
    Some((value, value.to_str().ok()?))
}

/// The origin of a request's script, if its app allows it.
pub struct AllowedOrigin(Option<HeaderValue>);

impl AllowedOrigin {
    /// The origin in these headers, if it is one of the app with these settings.
    #[must_use]
    pub fn of(headers: &HeaderMap, settings: &ClientSettings) -> Self {
        let allowed = origin(headers).filter(|(_, text)| settings.origins().any(|own| own == *text));
        Self(allowed.map(|(value, _)| value.clone()))
    }

    /// Lets the script read a response.
    pub fn expose(self, response: impl IntoResponse) -> Response {
        let mut response = response.into_response();
        if let Some(origin) = self.0 {
            expose_to(&mut response, origin);
        }
        response
    }
}

fn expose_to(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

/// Answers a preflight request.
pub async fn preflight(State(app): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some((value, text)) = origin(&headers)
        && app.db.is_origin_of_an_app(text).await?
    {
        expose_to(&mut response, value.clone());
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    Ok(response)
}
