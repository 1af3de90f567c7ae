//! Pictures of accounts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::changes::change;
use super::home::{AccountTab, path_after_change};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::pictures::{GetPicture, MAX_UPLOAD, RemovePicture, SetPicture};
use crate::directory::{Actor, Who};
use crate::model::AccountId;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::params::{Params, ParamsError};
use crate::web::submission::Submission;

/// The maximum size of the form: larger than the maximum size of a picture, so that a picture that is too large gets an
/// error message instead of a closed connection.
pub const MAX_FORM_BYTES: usize = 16 * 1024 * 1024;

/// The maximum number of pictures that are received at the same time.
const MAX_UPLOADS: usize = 16;

/// Changes the picture.
pub async fn change_picture(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    posted: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let upload = Upload::of(&user.session.account_id).ok_or_else(PageError::busy)?;
    let form = posted.map_err(|_| ParamsError::WrongType)?;
    let (fields, image) = timeout(app.config.connections.body, read(form))
        .await
        .map_err(|_| ParamsError::TooSlow)??;
    drop(upload);
    let form = user
        .visit
        .form(&app, Params::parse(None, fields.as_bytes(), &[])?)?;
    let address = app.config.server.issuer.url(paths::PICTURE.pattern());
    let sent = Submission { app, user, form };
    change(
        &sent,
        SetPicture { image, address },
        AccountTab::Profile,
        "picture",
    )
    .await
}

/// Removes the picture.
pub async fn remove_picture(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    sent.change(RemovePicture).await?;
    Ok(sent.go_to(&path_after_change("picture")))
}

/// The text fields, encoded as a form body, and the bytes of the picture.
async fn read(mut form: Multipart) -> Result<(String, Vec<u8>), PageError> {
    let (mut fields, mut picture) = (Vec::new(), Vec::new());
    let broken = |_| PageError::from(ParamsError::TooLarge);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().map(str::to_owned) {
            Some(name) if name == "picture" => picture = read_picture(field).await.map_err(broken)?,
            Some(name) => fields.push((name, field.text().await.map_err(broken)?)),
            None => {}
        }
    }
    let fields = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Ok((fields, picture))
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
    /// `None` if there are too many already.
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

/// Shows a picture to anybody who has its URL.
///
/// It is served like a static file, without a session or cookies.
pub async fn show_picture(State(app): State<Arc<AppState>>, Path(version): Path<String>) -> Response {
    let found = app
        .directory
        .read(&Actor::new(Who::Visitor, ""), GetPicture { version })
        .await;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    match found {
        Ok(png) => (headers, png).into_response(),
        Err(failure) if failure.is(Code::PictureNotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
