//! Forms with a picture: receiving them, with limits on their size and number.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::error::PageError;
use super::params::{Params, ParamsError};
use super::submission::{Submission, WithSession, user_of};
use crate::app::AppState;
use crate::directory::pictures::MAX_UPLOAD;
use crate::model::AccountId;

/// The maximum size of the form: larger than the maximum size of a picture, so that a picture that is too large gets an
/// error message instead of a closed connection.
pub const MAX_FORM_BYTES: usize = 16 * 1024 * 1024;

/// The maximum number of pictures that are received at the same time.
const MAX_UPLOADS: usize = 16;

/// A form with a valid CSRF token and a picture, with the user who submitted it.
pub struct Uploaded<V> {
    /// The form.
    pub sent: Submission<V>,
    /// The bytes of the picture, at most a few more than [`MAX_UPLOAD`].
    pub picture: Vec<u8>,
}

impl<V: WithSession> FromRequest<Arc<AppState>> for Uploaded<V> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (user, request) = user_of::<V>(request, app).await?;
        let upload = Upload::of(&user.session().account_id);
        let upload = upload.ok_or_else(|| PageError::busy().into_response())?;
        let form = Multipart::from_request(request, app).await;
        let received = receive(app, form.map_err(|_| ParamsError::WrongType.into())).await;
        drop(upload);
        let (fields, picture) = received.map_err(IntoResponse::into_response)?;
        let form = user.visit().form(app, fields);
        Ok(Self {
            sent: Submission {
                app: app.clone(),
                form: form.map_err(IntoResponse::into_response)?,
                user,
            },
            picture,
        })
    }
}

async fn receive(app: &AppState, form: Result<Multipart, PageError>) -> Result<(Params, Vec<u8>), PageError> {
    let received = timeout(app.config.connections.body, read(form?)).await;
    let (fields, picture) = received.map_err(|_| ParamsError::TooSlow)??;
    Ok((Params::parse(None, fields.as_bytes(), &[])?, picture))
}

/// The text fields, encoded as a form body, and the bytes of the picture.
async fn read(mut form: Multipart) -> Result<(String, Vec<u8>), PageError> {
    let (mut fields, mut picture) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await? {
        match field.name().map(str::to_owned) {
            Some(name) if name == "picture" => picture = read_picture(field).await?,
            Some(name) => fields.push((name, field.text().await?)),
            None => {}
        }
    }
    let fields = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Ok((fields, picture))
}

/// A form is larger than [`MAX_FORM_BYTES`], or malformed.
impl From<MultipartError> for PageError {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ParamsError::TooLarge.into(),
            _ => ParamsError::Malformed.into(),
        }
    }
}

/// The bytes of the picture. Of a picture that is too large, only as many as are needed to detect that.
async fn read_picture(mut field: Field<'_>) -> Result<Vec<u8>, MultipartError> {
    let mut picture = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        if picture.len() <= MAX_UPLOAD {
            picture.extend_from_slice(&chunk);
        }
    }
    Ok(picture)
}

/// An upload that is being received. Each account has at most one, since pictures are held in memory.
struct Upload(AccountId);

/// The accounts with an upload that is being received, at most [`MAX_UPLOADS`].
static UPLOADS: Mutex<BTreeSet<AccountId>> = Mutex::new(BTreeSet::new());

impl Upload {
    /// `None` if the account has an upload already, or there are too many.
    fn of(account: &AccountId) -> Option<Self> {
        let mut uploads = UPLOADS.lock().unwrap_or_else(PoisonError::into_inner);
        (uploads.len() < MAX_UPLOADS && uploads.insert(account.clone())).then(|| Self(account.clone()))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        UPLOADS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}
