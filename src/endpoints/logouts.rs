//! The job that tells apps who is signed out (OIDC Back-Channel Logout 1.0). It leases a logout, tells the app and then
//! settles it, so that a crash loses none; an app that is told twice recognises the session.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::sign;
use crate::app::AppState;
use crate::crypto::{Token, Typ};
use crate::directory::claim_facts;
use crate::fetch::FetchError;
use crate::model::backoff::retry_after;
use crate::model::client::Client;
use crate::model::{ClientId, SessionId};
use crate::oidc::tokens::LogoutToken;
use crate::store::Error;
use crate::store::logouts::{self, Leased};

/// How long a lease keeps the other nodes from telling the app of the logout; longer than a request takes.
const LEASE: Duration = Duration::from_mins(1);
/// How many apps are told at the same time; each is told of one logout after another.
const APPS_AT_ONCE: usize = 32;
/// How long a run goes on to an app's next logout, so that a slow app does not delay the next run for the others.
const RUN_FOR: Duration = Duration::from_secs(5);
/// How long the server tries to tell an app of a logout before it gives up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// What a run of the job has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many logouts were confirmed.
    pub confirmed: usize,
    /// How many were not, and are pending or given up.
    pub failed: usize,
}

/// Why an app was not told.
struct NotTold {
    why: String,
    /// Whether the app has refused this logout, or can never be told of it.
    for_good: bool,
}

impl From<FetchError> for NotTold {
    fn from(error: FetchError) -> Self {
        // For a failed connection, only the innermost cause says why.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self {
            for_good: matches!(error, FetchError::Status(400)),
            why: cause.to_string(),
        }
    }
}

/// Tells every app of the logouts that are due.
///
/// # Errors
/// When the database fails.
pub async fn deliver(app: &AppState) -> Result<Delivered, Error> {
    let due = logouts::due_apps(&mut app.db.read().await?, app.clock.now()).await?;
    let began = Instant::now();
    let runs = stream::iter(due).map(|id| tell(app, id, began));
    runs.buffer_unordered(APPS_AT_ONCE)
        .try_fold(Delivered::default(), async |sum, one| {
            Ok(Delivered {
                confirmed: sum.confirmed + one.confirmed,
                failed: sum.failed + one.failed,
            })
        })
        .await
}

/// Tells an app of its logouts until one fails.
async fn tell(app: &AppState, id: ClientId, began: Instant) -> Result<Delivered, Error> {
    let mut run = Delivered::default();
    while run.failed == 0 && began.elapsed() < RUN_FOR {
        let Some(leased) = lease(app, &id).await? else {
            break;
        };
        let outcome = match app.db.app(id.as_str()).await? {
            Some(client) => post(app, &client, &leased).await,
            None => break,
        };
        match &outcome {
            Ok(()) => run.confirmed += 1,
            Err(_) => run.failed += 1,
        }
        settle(app, leased, outcome).await?;
    }
    Ok(run)
}

async fn lease(app: &AppState, id: &ClientId) -> Result<Option<Leased>, Error> {
    let (id, now) = (id.clone(), app.clock.now());
    app.db
        .write_one(move |tx| Box::pin(async move { logouts::lease(tx, &id, now, now + LEASE).await }))
        .await
}

async fn post(app: &AppState, client: &Client, leased: &Leased) -> Result<(), NotTold> {
    let Some(address) = &client.settings.backchannel_logout_uri else {
        return Err(NotTold {
            why: "the app no longer has a back-channel logout URI".to_owned(),
            for_good: true,
        });
    };
    let (now, jti) = (app.clock.now(), Token::random());
    let claims = LogoutToken {
        issuer: app.config.server.issuer.as_str(),
        subject: &claim_facts::subject(&app.master, client, &leased.account_id),
        client_id: client.id.as_str(),
        sid: leased.sid.as_ref().map(SessionId::as_str),
        jti: &jti.as_str()[..22],
        issued_at: now,
    };
    let alg = client.settings.id_token_alg;
    let token = sign(app, alg, Typ::LogoutToken, &claims.claims(), now).map_err(|_| NotTold {
        why: "the logout token could not be signed".to_owned(),
        for_good: false,
    })?;
    Ok(app.fetcher.post(address, &[("logout_token", &token)]).await?)
}

/// Records whether the app has confirmed a logout. If it could not be reached, its other logouts wait with this one.
async fn settle(app: &AppState, leased: Leased, outcome: Result<(), NotTold>) -> Result<(), Error> {
    let now = app.clock.now();
    let Err(NotTold { why, for_good }) = outcome else {
        return app
            .db
            .write_one(move |tx| Box::pin(async move { logouts::confirmed(tx, &leased, now).await }))
            .await;
    };
    let next = now + retry_after(leased.attempts);
    let given_up = for_good || next.since(leased.queued_at) > GIVE_UP_AFTER;
    tracing::warn!(
        client_id = leased.client_id.as_str(),
        attempts = leased.attempts,
        given_up,
        error = why,
        "an app has not confirmed a sign-out"
    );
    let failed_at = given_up.then_some(now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                logouts::not_confirmed(tx, &leased, &why, next, failed_at).await?;
                if !for_good {
                    logouts::delay_app(tx, &leased.client_id, &why, next, now).await?;
                }
                Ok(())
            })
        })
        .await
}
