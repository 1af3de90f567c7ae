//! The sample app's sign-in, refresh and sign-out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use openidconnect::RefreshToken;

use super::{SampleApp, cookie_of, parameters, see_other, set_cookie};
use crate::demo::failure::Failure;
use crate::demo::relying_party::SignedIn;
use crate::demo::visitors::Visitor;

/// Redirects the browser to the provider.
pub(super) async fn sign_in(State(app): State<Arc<SampleApp>>, headers: HeaderMap) -> Response {
    let (url, pending) = match app.relying_party.begin().await {
        Ok(begun) => begun,
        Err(failure) => return app.failed("You cannot sign in now", failure),
    };
    let mut visitor = cookie_of(&headers)
        .and_then(|cookie| app.visitors.remove(&cookie))
        .unwrap_or_else(Visitor::new);
    visitor.begin(pending);
    let cookie = app.visitors.add(visitor);
    (set_cookie(cookie), see_other(url.as_str())).into_response()
}

/// Handles the authorization response.
pub(super) async fn callback(
    State(app): State<Arc<SampleApp>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let cookie = cookie_of(&headers);
    let response = parameters(query.unwrap_or_default().as_bytes());
    match finish(&app, cookie.as_deref(), response).await {
        Ok((account, refresh)) => {
            let mut visitor = cookie
                .and_then(|cookie| app.visitors.remove(&cookie))
                .unwrap_or_else(Visitor::new);
            visitor.sign_in(account, refresh);
            let cookie = app.visitors.add(visitor);
            // The redirect removes the code from the address bar.
            (set_cookie(cookie), see_other("/")).into_response()
        }
        Err(failure) => app.failed("You were not signed in", failure),
    }
}

/// Finishes the sign-in that the response belongs to.
async fn finish(
    app: &SampleApp,
    cookie: Option<&str>,
    mut response: HashMap<String, String>,
) -> Result<(SignedIn, Option<RefreshToken>), Failure> {
    let invalid = |cause: &str| Failure::Invalid(cause.to_owned());
    // The response may come from another site, so it must first be bound to a sign-in of this browser.
    let pending = cookie
        .zip(response.get("state"))
        .and_then(|(cookie, state)| app.visitors.with(cookie, |visitor| visitor.take_pending(state))?)
        .ok_or_else(|| invalid("This browser has no unfinished sign-in for this response."))?;
    app.relying_party
        .check_issuer(response.get("iss").map(String::as_str))?;
    if let Some(error) = response.remove("error") {
        let description = response.remove("error_description");
        return Err(Failure::Refused { error, description });
    }
    let code = response
        .remove("code")
        .ok_or_else(|| invalid("The response has neither a code nor an error."))?;
    app.relying_party.finish(pending, code, app.clock.now()).await
}

/// Refreshes the tokens.
pub(super) async fn refresh(State(app): State<Arc<SampleApp>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(cookie) = app.form(&headers, &body) else {
        return see_other("/").into_response();
    };
    let taken = app.visitors.with(&cookie, |visitor| {
        visitor.account.clone().zip(visitor.refresh.take())
    });
    let Some((account, refresh_token)) = taken.flatten() else {
        return see_other("/").into_response();
    };
    match app
        .relying_party
        .refresh(&account, &refresh_token, app.clock.now())
        .await
    {
        Ok((account, next)) => {
            app.visitors.with(&cookie, |visitor| {
                visitor.account = Some(Arc::new(account));
                // RFC 6749 section 6: without a new refresh token, the old one remains valid.
                visitor.refresh = Some(next.unwrap_or(refresh_token));
                visitor.notice = Some("The tokens were refreshed.");
            });
            see_other("/").into_response()
        }
        Err(failure) => {
            if !matches!(failure, Failure::Refused { .. }) {
                app.visitors
                    .with(&cookie, |visitor| visitor.refresh = Some(refresh_token));
            }
            app.failed("The tokens were not refreshed", failure)
        }
    }
}

/// Signs out of the app and redirects the browser to the provider to sign out there.
pub(super) async fn sign_out(State(app): State<Arc<SampleApp>>, headers: HeaderMap, body: Bytes) -> Response {
    let visitor = app
        .form(&headers, &body)
        .and_then(|cookie| app.visitors.remove(&cookie));
    let Some(account) = visitor.and_then(|visitor| visitor.account) else {
        return see_other("/").into_response();
    };
    match app.relying_party.sign_out(&account).await {
        Ok(Some((url, state))) => {
            let mut visitor = Visitor::new();
            visitor.sign_out_state = Some(state);
            let cookie = app.visitors.add(visitor);
            (set_cookie(cookie), see_other(url.as_str())).into_response()
        }
        Ok(None) => see_other("/").into_response(),
        Err(failure) => app.failed("You are signed out of this app, but not of Doorward", failure),
    }
}

/// Handles the redirect after signing out at the provider.
pub(super) async fn signed_out(
    State(app): State<Arc<SampleApp>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let state = parameters(query.unwrap_or_default().as_bytes()).remove("state");
    if let Some((cookie, state)) = cookie_of(&headers).zip(state) {
        app.visitors.with(&cookie, |visitor| {
            if visitor
                .sign_out_state
                .take_if(|expected| *expected == state)
                .is_some()
            {
                visitor.notice = Some("You signed out of this app and of Doorward.");
            }
        });
    }
    see_other("/").into_response()
}
