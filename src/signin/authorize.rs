//! The authorization endpoint: the way in for a request, and the one dispatcher that decides each next step.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::app::AppState;
use crate::auth::acr_for;
use crate::clock::Time;
use crate::crypto::{Expected, JwsAlgorithm, Token, Typ, verify};
use crate::directory::{claim_facts, registration};
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::session::Session;
use crate::model::{GrantId, RequestId, Scopes};
use crate::oidc::authorize::{PageFault, RawRequest, Refused, ValidRequest, validate};
use crate::oidc::claims::wanted;
use crate::oidc::interaction::{Facts, SessionFacts, Step, next_step};
use crate::oidc::response::{self, Delivery};
use crate::paths;
use crate::store::consents;
use crate::store::grants;
use crate::store::requests::{self, Request};
use crate::web::error::PageError;
use crate::web::form_post::FormPost;
use crate::web::params::Received;
use crate::web::visit::{Visit, see_other};

/// A request that has passed every check, with the facts on it; stored only once a page must be shown.
struct Pending {
    client: Arc<Client>,
    valid: ValidRequest,
    stored: Request,
    is_stored: bool,
}

/// Takes a request (OIDC Core section 3.1.2.1).
///
/// One that is posted comes from another site, without our cookies: it goes on as a GET, which has them.
///
/// # Errors
/// A page when the app or its redirect URI is not trusted.
pub async fn enter(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    method: Method,
    Received(params): Received,
) -> Result<Response, PageError> {
    let raw = RawRequest::new(params?.pairs());
    if method == Method::POST {
        return Ok(see_other(&format!(
            "{}?{}",
            app.config.server.issuer.url(paths::AUTHORIZE),
            raw.encode()
        )));
    }
    let client = match raw.get("client_id") {
        Some(id) => app.db.app(id).await?,
        None => None,
    };
    let valid = match validate(&raw, client.as_deref()) {
        Ok(valid) => valid,
        Err(Refused::Page(fault)) => return Err(fault_page(fault, &raw)),
        Err(Refused::Redirect(redirect, error)) => {
            return Ok(deliver(
                &app,
                &visit,
                client.as_ref().map_or("", |client| &client.name),
                response::failure(&redirect, app.config.server.issuer.as_str(), &error),
            ));
        }
    };
    let Some(client) = client else {
        return Err(fault_page(PageFault::UnknownApp, &raw));
    };
    let now = app.clock.now();
    let stored = Request {
        id: RequestId::new(now),
        client_id: client.id.clone(),
        params: raw.encode(),
        created_at: now,
        chosen_session: None,
        consented_by: None,
        denied_at: None,
    };
    dispatch(
        &app,
        &visit,
        Pending {
            client,
            valid,
            stored,
            is_stored: false,
        },
    )
    .await
}

/// Goes on with a stored request, after a page has written a fact.
///
/// # Errors
/// A page when there is no such request in this browser, or it was answered already.
pub async fn resume(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let pending = load(&app, &visit, RequestId(id)).await?;
    dispatch(&app, &visit, pending).await
}

async fn load(app: &AppState, visit: &Visit, id: RequestId) -> Result<Pending, PageError> {
    let stored = requests::open(
        &mut app.db.read().await?,
        &id,
        &visit.browser_hash(),
        app.clock.now(),
    )
    .await?;
    let stored = stored.ok_or_else(expired)?;
    let client = app.db.app(stored.client_id.as_str()).await?.ok_or_else(expired)?;
    let raw = RawRequest::decode(&stored.params);
    // Checked again: the app may have changed since the request came.
    let valid = validate(&raw, Some(&client)).map_err(|_| expired())?;
    Ok(Pending {
        client,
        valid,
        stored,
        is_stored: true,
    })
}

fn expired() -> PageError {
    PageError::new(
        StatusCode::BAD_REQUEST,
        "This sign-in has ended",
        "It was finished already, took too long, or began in another browser.",
        "Go back to the app and sign in again.",
    )
}

fn fault_page(fault: PageFault, raw: &RawRequest) -> PageError {
    let (heading, message) = match fault {
        PageFault::UnknownApp => (
            "This app is not known",
            "The app that sent you here is not registered with this server.",
        ),
        PageFault::DisabledApp => (
            "This app is switched off",
            "An administrator has switched this app off.",
        ),
        PageFault::NoRedirectUri => (
            "This sign-in request is incomplete",
            "The app did not say where to return to.",
        ),
        PageFault::UnknownRedirectUri => (
            "This sign-in request is not allowed",
            "The app asks to return to an address that is not registered for it.",
        ),
    };
    let next = "Go back to the app and tell its administrator.";
    let error = PageError::new(StatusCode::BAD_REQUEST, heading, message, next);
    match (fault, raw.get("client_id"), raw.get("redirect_uri")) {
        (PageFault::UnknownApp, Some(id), _) => error.with_fact("client_id", id),
        (PageFault::UnknownRedirectUri, _, Some(uri)) => error.with_fact("redirect_uri", uri),
        _ => error,
    }
}

async fn dispatch(app: &Arc<AppState>, visit: &Visit, pending: Pending) -> Result<Response, PageError> {
    let session = visit.session()?;
    let now = app.clock.now();
    let subject =
        session.map(|session| claim_facts::subject(&app.master, &pending.client, &session.account_id));
    let remembered = match session {
        Some(session) if pending.client.settings.require_consent => {
            consents::of(&mut app.db.read().await?, &session.account_id, &pending.client.id).await?
        }
        _ => Scopes::default(),
    };
    let hinted = pending
        .valid
        .id_token_hint
        .as_deref()
        .map(|hint| hinted_subject(app, &pending.client, hint));
    let facts = Facts {
        session: session
            .zip(subject.as_deref())
            .map(|(session, subject)| SessionFacts {
                id: &session.id,
                authenticated_at: session.authenticated_at,
                subject,
                acr: acr_for(session.amr.iter()),
            }),
        created_at: pending.stored.created_at,
        chosen: pending.stored.chosen_session.as_ref(),
        consented_by: pending.stored.consented_by.as_ref(),
        denied: pending.stored.denied_at.is_some(),
        remembered: &remembered,
        consent_needed: pending.client.settings.require_consent,
        // A hint that does not verify names nobody, so nobody can be the one it names.
        hinted_subject: hinted
            .as_ref()
            .map(|subject| subject.as_deref().unwrap_or_default()),
    };
    let step = next_step(&pending.valid, &facts, now);
    match (step, session) {
        (Step::Issue, Some(session)) => issue(app, visit, &pending, session, now).await,
        (Step::Refuse(error), _) => refuse(app, visit, &pending, &error, now).await,
        (Step::ChooseAccount, _) => ask(app, visit, pending, paths::ACCOUNTS).await,
        (Step::Consent, _) => ask(app, visit, pending, paths::CONSENT).await,
        (Step::Login, _) if pending.valid.prompt.create && registration::is_open(&visit.instance) => {
            ask(app, visit, pending, paths::REGISTER).await
        }
        (Step::Login | Step::Issue, _) => ask(app, visit, pending, paths::SIGN_IN).await,
    }
}

/// The `sub` of an ID token that we issued to this app, also after it has expired (OIDC Core section 3.1.2.1).
fn hinted_subject(app: &AppState, client: &Client, hint: &str) -> Option<String> {
    let algs: Vec<JwsAlgorithm> = crate::crypto::Algorithm::ALL
        .iter()
        .map(|alg| alg.jws())
        .collect();
    let claims = verify(
        hint,
        app.keyring().as_ref(),
        Expected {
            typ: Typ::IdToken,
            algs: &algs,
        },
    )
    .ok()?;
    let ours = claims.str("iss") == Some(app.config.server.issuer.as_str())
        && claims.audiences().contains(&client.id.as_str())
        && claims.time("exp").is_some();
    claims.str("sub").filter(|_| ours).map(str::to_owned)
}

/// Stores the request if it is not yet, and sends the browser to a page.
async fn ask(
    app: &Arc<AppState>,
    visit: &Visit,
    pending: Pending,
    page: paths::Path<0>,
) -> Result<Response, PageError> {
    let id = pending.stored.id.clone();
    if !pending.is_stored {
        let (stored, browser) = (pending.stored, visit.browser_hash());
        let expires_at = stored.created_at + app.config.lifetimes.request;
        app.db
            .write::<_, crate::store::Error, _>(move |tx| {
                Box::pin(async move { requests::insert(tx, &stored, &browser, expires_at).await })
            })
            .await?;
    }
    Ok(visit.go(
        app,
        &format!("{}?request={id}", app.config.server.issuer.url(page)),
    ))
}

async fn close(app: &AppState, pending: &Pending, now: Time) -> Result<(), PageError> {
    if pending.is_stored {
        let id = pending.stored.id.clone();
        let closed = app.db.write::<_, crate::store::Error, _>(move |tx| {
            Box::pin(async move { requests::close(tx, &id, now).await })
        });
        if !closed.await? {
            return Err(expired());
        }
    }
    Ok(())
}

async fn refuse(
    app: &AppState,
    visit: &Visit,
    pending: &Pending,
    error: &crate::oidc::error::OAuthError,
    now: Time,
) -> Result<Response, PageError> {
    close(app, pending, now).await?;
    let issuer = app.config.server.issuer.as_str();
    Ok(deliver(
        app,
        visit,
        &pending.client.name,
        response::failure(&pending.valid.redirect, issuer, error),
    ))
}

/// Stores the grant with the hash of its code; a stored request is closed, where it was open, in the same transaction.
async fn issue(
    app: &AppState,
    visit: &Visit,
    pending: &Pending,
    session: &Session,
    now: Time,
) -> Result<Response, PageError> {
    let code = Token::random();
    let code_expires_at = now + app.config.lifetimes.code;
    let grant = Grant {
        id: GrantId::new(now),
        client_id: pending.client.id.clone(),
        account_id: session.account_id.clone(),
        session_id: Some(session.id.clone()),
        scopes: pending.valid.scopes.clone(),
        claims: pending.valid.claims.encode(),
        offline: pending.valid.scopes.contains("offline_access"),
        redirect_uri: Some(pending.valid.redirect.uri().to_owned()),
        nonce: pending.valid.nonce.clone(),
        code_challenge: pending.valid.code_challenge.clone(),
        auth_time: session.authenticated_at,
        amr: session.amr.clone(),
        created_at: now,
        code_expires_at: Some(code_expires_at),
        redeemed_at: None,
        revoked_at: None,
        expires_at: code_expires_at,
        cnf: None,
        act: None,
    };
    let wanted = wanted(&grant.scopes, &pending.valid.claims);
    let hash = code.hash();
    if pending.is_stored {
        let request = pending.stored.id.clone();
        let done = app.db.write::<_, crate::store::Error, _>(move |tx| {
            Box::pin(async move {
                let is_open = requests::close(tx, &request, now).await?;
                if is_open {
                    grants::insert(tx, &grant, wanted, Some(&hash)).await?;
                }
                Ok(is_open)
            })
        });
        if !done.await? {
            return Err(expired());
        }
    } else {
        let done = app.db.write_one::<_, crate::store::Error, _>(move |tx| {
            Box::pin(async move { grants::insert(tx, &grant, wanted, Some(&hash)).await })
        });
        done.await?;
    }
    let issuer = app.config.server.issuer.as_str();
    Ok(deliver(
        app,
        visit,
        &pending.client.name,
        response::success(&pending.valid.redirect, issuer, code.as_str()),
    ))
}

fn deliver(app: &AppState, visit: &Visit, name: &str, delivery: Delivery) -> Response {
    match delivery {
        Delivery::Redirect(location) => see_other(&location),
        Delivery::FormPost { action, fields } => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let page = FormPost {
                app: name.to_owned(),
                action: action.clone(),
                fields,
            };
            visit.show_leading_to(app, StatusCode::OK, &page, Some(&action))
        }
    }
}
