//! The job that empties the outbox. A mail is leased, sent and then deleted, so that a crash loses none and repeats at
//! most the one that was being sent.

use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;

use super::connection::{Access, StepFailed, connect, send};
use super::message::Sending;
use crate::app::AppState;
use crate::clock::Time;
use crate::model::backoff::retry_after;
use crate::model::mail::Step;
use crate::store::outbox::{self, Leased};
use crate::store::{Error, mail_settings};

/// How long a mail is leased, which is longer than all steps of sending one take together.
const LEASE: Duration = Duration::from_mins(4);
/// The maximum number of mails in one run.
const MAX_PER_RUN: usize = 500;
/// How long the server may take to say goodbye.
const QUIT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long after it was queued a mail is tried again before it is given up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(48);

/// What a run of the job has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many mails were sent.
    pub sent: usize,
    /// How many could not be sent, and wait or were given up.
    pub failed: usize,
}

/// Sends the mails that are due. A run ends with the first one for which the server cannot be reached.
pub async fn deliver(app: &AppState) -> anyhow::Result<Delivered> {
    let mut run = Delivered::default();
    let Some(access) = access(app).await? else {
        return Ok(run);
    };
    let instance = app.db.instance().await?;
    let sending = Sending {
        master: &app.master,
        templates: &app.templates,
        issuer: &app.config.server.issuer,
        organisation: &instance.organisation,
        sender: &access.settings.sender,
    };
    let mut connection = None;
    while run.sent + run.failed < MAX_PER_RUN {
        let Some(leased) = lease(app).await? else { break };
        let outcome = send_one(&access, &sending, &mut connection, &leased, app.clock.now()).await;
        match &outcome {
            Ok(()) => run.sent += 1,
            Err(_) => run.failed += 1,
        }
        let is_reachable = !matches!(&outcome, Err(failed) if failed.step != Step::Message);
        settle(app, leased, outcome).await?;
        if !is_reachable {
            break;
        }
    }
    if let Some(mut connection) = connection {
        let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await;
    }
    Ok(run)
}

/// How to reach the mail server; `None` if there is none.
async fn access(app: &AppState) -> anyhow::Result<Option<Access>> {
    let Some(settings) = mail_settings::get(&mut app.db.read().await?).await? else {
        return Ok(None);
    };
    Ok(Some(Access::new(&app.config, &app.master, settings)?))
}

async fn lease(app: &AppState) -> Result<Option<Leased>, Error> {
    let now = app.clock.now();
    app.db
        .write_one(move |tx| Box::pin(async move { outbox::lease(tx, now, now + LEASE).await }))
        .await
}

/// Sends a mail, on the connection of the previous one if that still works.
async fn send_one(
    access: &Access,
    sending: &Sending<'_>,
    connection: &mut Option<AsyncSmtpConnection>,
    leased: &Leased,
    now: Time,
) -> Result<(), StepFailed> {
    let message = sending.message(leased, now).map_err(|error| StepFailed {
        step: Step::Message,
        detail: format!("{error:#}"),
        for_good: true,
    })?;
    let mut open = match connection.take().filter(|open| !open.has_broken()) {
        Some(open) => open,
        None => connect(access, |_| ()).await?,
    };
    let outcome = send(&mut open, &message).await;
    if outcome.is_ok() {
        *connection = Some(open);
    }
    outcome
}

/// Deletes a mail that was sent; otherwise it waits for the next try, or is given up.
async fn settle(app: &AppState, leased: Leased, outcome: Result<(), StepFailed>) -> Result<(), Error> {
    let now = app.clock.now();
    let Err(failed) = outcome else {
        return app
            .db
            .write_one(move |tx| Box::pin(async move { outbox::delivered(tx, &leased).await }))
            .await;
    };
    let event = super::message::name_of(&leased.mail);
    let error = format!("{}: {}", failed.step, failed.detail);
    let next = now + retry_after(leased.attempts);
    let given_up = failed.for_good || next.since(leased.queued_at) > GIVE_UP_AFTER;
    tracing::warn!(
        event,
        attempts = leased.attempts,
        given_up,
        error,
        "a mail was not sent"
    );
    let failed_at = given_up.then_some(now);
    app.db
        .write_one(move |tx| {
            Box::pin(async move { outbox::not_delivered(tx, &leased, &error, next, failed_at).await })
        })
        .await
}
