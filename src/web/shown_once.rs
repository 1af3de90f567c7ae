//! Secrets that a page shows after a form, such as new links. They are kept encrypted for a few minutes, for the
//! session that created them, so that reloading the page does not create others.

use std::time::Duration;

use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::PageError;
use super::page::{Notice, Tone};
use super::params::Params;
use super::submission::{Submission, WithSession};
use crate::app::AppState;
use crate::crypto::Aad;
use crate::model::own_path::OwnPath;
use crate::model::{SessionId, new_id};
use crate::store::shown_secrets;

/// How long a page shows them.
const KEPT: Duration = Duration::from_mins(10);

/// The query parameter that carries their id.
pub const PARAMETER: &str = "shown";

/// Secrets on a page, with the fields of the form that confirms that they were copied.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<T> {
    /// Their id.
    pub id: String,
    /// The path of the page.
    pub page: String,
    /// The secrets.
    #[serde(flatten)]
    pub secrets: T,
}

/// Keeps secrets for the session and redirects to the page that shows them.
///
/// # Errors
/// When they could not be stored.
pub async fn keep<V: WithSession, T: Serialize + Sync>(
    sent: &Submission<V>,
    page: &str,
    secrets: &T,
) -> Result<Response, PageError> {
    let (app, session) = (&sent.app, sent.user.session().id.clone());
    let now = app.clock.now();
    let id = new_id(now);
    let text = serde_json::to_vec(secrets).unwrap_or_default();
    let sealed = app.master.seal(&text, aad(&place(&id, &session), page));
    let next = format!("{page}?{PARAMETER}={id}");
    app.db
        .write(move |tx| {
            Box::pin(async move { shown_secrets::insert(tx, &id, &session, &sealed, now + KEPT).await })
        })
        .await?;
    Ok(sent.go_to(&next))
}

/// The secrets that the request for a page names or, if they are gone, a notice that says so.
///
/// # Errors
/// When they could not be read.
pub async fn find<V: WithSession, T: DeserializeOwned>(
    app: &AppState,
    user: &V,
    page: &str,
    params: &Params,
) -> Result<(Option<Shown<T>>, Option<Notice>), PageError> {
    let Some(id) = params.get(PARAMETER) else {
        return Ok((None, None));
    };
    let secrets = read(app, user, page, id).await?;
    let shown = secrets.map(|secrets| Shown {
        id: id.to_owned(),
        page: page.to_owned(),
        secrets,
    });
    let gone = "What was created is no longer shown. Create it again if it is still needed.";
    let notice = shown.is_none().then(|| Notice::new(Tone::Info, gone));
    Ok((shown, notice))
}

/// The secrets that the form names, with the path of their page; `None` if they are gone.
///
/// # Errors
/// When they could not be read.
pub async fn named<V: WithSession, T: DeserializeOwned>(
    sent: &Submission<V>,
) -> Result<Option<(String, T)>, PageError> {
    let (app, id, page) = (&sent.app, sent.trimmed(PARAMETER), sent.trimmed("page"));
    let secrets = read(app, &sent.user, &page, &id).await?;
    Ok(secrets.map(|secrets| (page, secrets)))
}

async fn read<V: WithSession, T: DeserializeOwned>(
    app: &AppState,
    user: &V,
    page: &str,
    id: &str,
) -> Result<Option<T>, PageError> {
    let session = &user.session().id;
    let sealed = shown_secrets::get(&mut app.db.read().await?, id, session, app.clock.now()).await?;
    let text = sealed.and_then(|sealed| app.master.open(&sealed, aad(&place(id, session), page)).ok());
    Ok(text.and_then(|text| serde_json::from_slice(text.expose()).ok()))
}

/// Forgets the secrets that the form names, and redirects to their page.
///
/// # Errors
/// When they could not be deleted.
pub async fn forget<V: WithSession>(sent: &Submission<V>) -> Result<Response, PageError> {
    let (id, session) = (sent.trimmed(PARAMETER), sent.user.session().id.clone());
    sent.app
        .db
        .write(move |tx| Box::pin(async move { shown_secrets::delete(tx, &id, &session).await }))
        .await?;
    let page = OwnPath::try_from(sent.trimmed("page")).unwrap_or_else(|_| OwnPath::account());
    Ok(sent.go_to(page.as_str()))
}

/// The row and the session, to which the encryption is bound.
fn place(id: &str, session: &SessionId) -> String {
    format!("{id} {session}")
}

/// The associated data of the encryption: in place of a column it names the page, so that no other page shows them.
const fn aad<'a>(place: &'a str, page: &'a str) -> Aad<'a> {
    Aad {
        table: "shown_secrets",
        row: place,
        column: page,
    }
}
