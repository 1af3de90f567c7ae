//! The person's picture.

use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use tokio::sync::Semaphore;

use super::changes::{again, done};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::{ChangeError, pictures};
use crate::paths;
use crate::store::pictures as store;
use crate::web::error::PageError;
use crate::web::params::{Params, ParamsError};

/// The most bytes of a picture.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// How many pictures are encoded at a time, since each may take much memory for a moment.
static ENCODERS: Semaphore = Semaphore::const_new(2);

/// The most bytes of its form: more than a picture may have, so that one that is too large is told so.
pub const MOST_FORM_BYTES: usize = 16 * 1024 * 1024;

/// Takes another picture, or removes the present one.
///
/// # Errors
/// A page when the form is not ours, or the database fails.
pub async fn change_picture(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let (fields, picture) = match sent {
        Ok(form) => read(form).await?,
        Err(_) => return Err(ParamsError::WrongType.into()),
    };
    let form = user
        .visit
        .form(&app, Params::parse(None, fields.as_bytes(), &[]))?;
    let now = app.clock.now();
    if form.get("action") == Some("remove") {
        pictures::remove(&app.db, user.actor(), now).await?;
        return Ok(done(&app, "picture"));
    }
    if picture.len() > MOST_BYTES {
        return again(
            &app,
            &user,
            ChangeError::at("picture", "Send an image of at most 2 MB."),
        )
        .await;
    }
    let turn = ENCODERS
        .acquire()
        .await
        .map_err(|error| PageError::internal(&error))?;
    let encoded = tokio::task::spawn_blocking(move || pictures::encode(&picture)).await;
    drop(turn);
    let png = match encoded {
        Ok(Ok(png)) => png,
        Ok(Err(message)) => return again(&app, &user, ChangeError::at("picture", message)).await,
        Err(error) => return Err(PageError::internal(&error)),
    };
    let issuer = app.config.server.issuer.clone();
    let address_of = move |version: &str| issuer.url(paths::PICTURE.of([version]));
    pictures::set(&app.db, user.actor(), png, address_of, now).await?;
    Ok(done(&app, "picture"))
}

/// The text fields, as a form body, and the bytes of the picture.
async fn read(mut form: Multipart) -> Result<(String, Vec<u8>), PageError> {
    let (mut fields, mut picture) = (Vec::new(), Vec::new());
    let broken = |_| PageError::from(ParamsError::TooLarge);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().map(str::to_owned) {
            Some(name) if name == "picture" => picture = field.bytes().await.map_err(broken)?.to_vec(),
            Some(name) => fields.push((name, field.text().await.map_err(broken)?)),
            None => {}
        }
    }
    let fields = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Ok((fields, picture))
}

/// A person's picture, for whoever has its address.
///
/// Served like a file: no session, no cookie.
pub async fn show_picture(State(app): State<Arc<AppState>>, Path(version): Path<String>) -> Response {
    let found = match app.db.read().await {
        Ok(mut conn) => store::by_version(&mut conn, &version).await,
        Err(error) => Err(error),
    };
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    match found {
        Ok(Some(png)) => (headers, png).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
