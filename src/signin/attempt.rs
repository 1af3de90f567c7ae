//! The sign-in attempt of a request, decrypted, with its facts from the database and its target validated again.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;

use crate::app::AppState;
use crate::model::attempt::{Attempt, Facts, Target};
use crate::model::client::Client;
use crate::model::own_path::OwnPath;
use crate::oidc::authorize::{RawRequest, ValidRequest, validate};
use crate::paths;
use crate::store::attempts;
use crate::web::error::PageError;
use crate::web::page::AppTile;
use crate::web::sealed_attempt;
use crate::web::visit::Visit;
use crate::words::error_pages::ATTEMPT_ENDED;

/// An attempt that has not ended.
pub(super) struct OpenAttempt {
    pub(super) attempt: Attempt,
    pub(super) facts: Facts,
    pub(super) target: CheckedTarget,
    /// The sealed attempt from the request; `None` as long as no page was shown for it.
    pub(super) sealed: Option<String>,
}

/// Where an attempt leads: its target, validated for this request.
pub(super) enum CheckedTarget {
    App(Box<AppRequest>),
    Own { path: OwnPath, max_age: Option<u32> },
}

/// A valid authorization request.
pub(super) struct AppRequest {
    pub(super) client: Arc<Client>,
    pub(super) valid: ValidRequest,
}

impl OpenAttempt {
    /// A new attempt for an authorization request.
    pub(super) fn begin(app: &AppState, request: AppRequest, raw: &RawRequest) -> Self {
        let target = Target::Authorize {
            client: request.client.id.clone(),
            params: raw.encode(),
        };
        Self {
            attempt: sealed_attempt::begin(app, target),
            facts: Facts::default(),
            target: CheckedTarget::App(Box::new(request)),
            sealed: None,
        }
    }

    /// Opens a sealed attempt of this browser.
    ///
    /// # Errors
    /// An error page if the attempt has ended.
    pub(super) async fn open(app: &AppState, visit: &Visit, sealed: &str) -> Result<Self, PageError> {
        let attempt = sealed_attempt::open(app, visit, sealed).ok_or_else(attempt_ended)?;
        let facts = attempts::facts(&mut app.db.read().await?, &attempt.id).await?;
        if facts.finished_at.is_some() {
            return Err(attempt_ended());
        }
        let target = match &attempt.target {
            Target::Own { path, max_age } => CheckedTarget::Own {
                path: path.clone(),
                max_age: *max_age,
            },
            Target::Authorize { client, params } => {
                let client = app.db.app(client.as_str()).await?.ok_or_else(attempt_ended)?;
                // The app may have changed since the request, so it is validated again.
                let valid =
                    validate(&RawRequest::decode(params), Some(&client)).map_err(|_| attempt_ended())?;
                CheckedTarget::App(Box::new(AppRequest { client, valid }))
            }
        };
        Ok(Self {
            attempt,
            facts,
            target,
            sealed: Some(sealed.to_owned()),
        })
    }

    /// As [`Self::open`], for a page that may be shown without an attempt.
    ///
    /// # Errors
    /// An error page if the attempt has ended.
    pub(super) async fn find(
        app: &AppState,
        visit: &Visit,
        sealed: Option<&str>,
    ) -> Result<Option<Self>, PageError> {
        match sealed {
            Some(sealed) => Self::open(app, visit, sealed).await.map(Some),
            None => Ok(None),
        }
    }

    /// The authorization request; `None` if the attempt leads to a page of this server.
    pub(super) const fn request(&self) -> Option<&AppRequest> {
        match &self.target {
            CheckedTarget::App(request) => Some(request),
            CheckedTarget::Own { .. } => None,
        }
    }

    /// The sealed attempt, for URLs and forms.
    pub(super) fn to_sealed(&self, app: &AppState, visit: &Visit) -> String {
        match &self.sealed {
            Some(sealed) => sealed.clone(),
            None => sealed_attempt::seal(app, visit, &self.attempt),
        }
    }
}

impl AppRequest {
    pub(super) fn tile(&self) -> AppTile {
        AppTile {
            name: self.client.name.clone(),
            logo: self.client.logo.clone(),
            host: url::Url::parse(self.valid.redirect.uri())
                .ok()
                .and_then(|uri| uri.host_str().map(str::to_owned)),
        }
    }
}

/// The app that an attempt is for.
pub(super) fn tile_of(attempt: Option<&OpenAttempt>) -> Option<AppTile> {
    attempt?.request().map(AppRequest::tile)
}

/// The redirect URI of an attempt, for the content security policy of its pages, whose forms may redirect there.
pub(super) fn redirect_uri_of(attempt: Option<&OpenAttempt>) -> Option<&str> {
    attempt?.request().map(|request| request.valid.redirect.uri())
}

pub(super) fn attempt_ended() -> PageError {
    PageError::new(StatusCode::BAD_REQUEST, &ATTEMPT_ENDED)
}

/// Redirects to the dispatcher or, without an attempt, to the home page.
pub(super) fn resume_attempt(app: &AppState, visit: &Visit, sealed: Option<&str>) -> Response {
    let issuer = &app.config.server.issuer;
    match sealed {
        Some(_) => visit.redirect(app, &with_attempt(&issuer.url(paths::SIGN_IN_CONTINUE), sealed)),
        None => visit.redirect(app, &issuer.url(paths::HOME)),
    }
}

/// A URL of the sign-in with a sealed attempt in its query.
pub(super) fn with_attempt(url: &str, sealed: Option<&str>) -> String {
    let Some(sealed) = sealed else {
        return url.to_owned();
    };
    // A submitted form can contain any value.
    let sealed: String = form_urlencoded::byte_serialize(sealed.as_bytes()).collect();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}attempt={sealed}")
}
