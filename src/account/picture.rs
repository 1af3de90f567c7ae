//! Pictures of accounts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::changes::change;
use super::home::{AccountTab, path_after_change};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::pictures::{GetPicture, RemovePicture, SetPicture};
use crate::directory::{Actor, Who};
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::submission::Submission;
use crate::web::upload::Uploaded;

/// Changes the picture.
pub async fn change_picture(Uploaded { sent, picture }: Uploaded<SignedIn>) -> Result<Response, PageError> {
    let address = sent.app.config.server.issuer.url(paths::PICTURE.pattern());
    let set = SetPicture {
        image: picture,
        address,
    };
    change(&sent, set, AccountTab::Profile, "picture").await
}

/// Removes the picture.
pub async fn remove_picture(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    sent.change(RemovePicture).await?;
    Ok(sent.go_to(&path_after_change("picture")))
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
