//! Pictures of accounts. An uploaded image is re-encoded as a small square PNG, which removes its metadata.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{ChangeContext, Failure, Preparation, ReadContext, operation};
use crate::crypto::Token;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::store::{accounts, pictures};

/// The width and height of a picture, in pixels.
pub const SIDE: u32 = 256;
/// The maximum size of an upload in bytes.
pub const MAX_UPLOAD: usize = 2 * 1024 * 1024;
/// The maximum width and height of an upload, in pixels.
const MAX_SIDE: u32 = 6_000;
/// The maximum memory for decoding in bytes.
const MAX_DECODED: u64 = 160 * 1024 * 1024;

/// Limits how many pictures are encoded at once, since each needs much memory.
static ENCODERS: Semaphore = Semaphore::const_new(2);

operation! {
    /// Sets the actor's own picture.
    change SetPicture {
        /// A PNG, JPEG, WebP or GIF image of at most [`MAX_UPLOAD`] bytes; it is re-encoded before it is stored.
        image: Vec<u8>,
        /// The URL of the picture for apps, with the placeholder `{version}`.
        address: String,
    } -> (), prepared by encode, while acting;
}

impl SetPicture {
    async fn encode(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        preparation.reader().await?.caller().own_account()?;
        if self.image.len() > MAX_UPLOAD {
            return Err(Code::PictureTooLarge.at("picture").into());
        }
        let invalid = || Failure::from(Code::PictureInvalid.at("picture"));
        let turn = ENCODERS.acquire().await.map_err(|_| Code::ServerBusy)?;
        let image = std::mem::take(&mut self.image);
        let encoded = tokio::task::spawn_blocking(move || encode(&image)).await;
        drop(turn);
        self.image = encoded.ok().flatten().ok_or_else(invalid)?;
        Ok(())
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        // Random, so that the URL cannot be guessed.
        let version = Token::random().as_str()[..22].to_owned();
        let mut profile = account.profile;
        profile.picture = Some(self.address.replace("{version}", &version));
        let (tx, now) = context.tx_now();
        pictures::set(tx, &account.id, &version, &self.image).await?;
        accounts::set_profile(tx, &account.id, &account.name, &profile, now).await?;
        context
            .record(Action::PictureSet, account.id.as_str(), &json!({}))
            .await
    }
}

operation! {
    /// Removes the actor's own picture.
    change RemovePicture -> (), while acting;
}

impl RemovePicture {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let mut profile = account.profile;
        profile.picture = None;
        let (tx, now) = context.tx_now();
        pictures::remove(tx, &account.id).await?;
        accounts::set_profile(tx, &account.id, &account.name, &profile, now).await?;
        context
            .record(Action::PictureRemove, account.id.as_str(), &json!({}))
            .await
    }
}

operation! {
    /// Reads the picture with a version. Whoever knows its URL may read it.
    read GetPicture { version: String } -> Vec<u8>;
}

impl GetPicture {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<u8>, Failure> {
        let found = pictures::by_version(context.conn(), &self.version).await?;
        found.ok_or(Code::PictureNotFound.into())
    }
}

/// Re-encodes the middle square of an image; `None` if it is not an image or has too many pixels. It can block the
/// thread for seconds.
fn encode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.limits(limits);
    let image = reader.decode().ok()?;
    let square = image.resize_to_fill(SIDE, SIDE, FilterType::Lanczos3);
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(square.to_rgba8())
        .write_to(&mut png, ImageFormat::Png)
        .ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_becomes_a_small_square() {
        let mut sent = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(40, 900)
            .write_to(&mut sent, ImageFormat::Jpeg)
            .unwrap();
        let png = encode(&sent.into_inner()).unwrap();
        let image = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
        assert_eq!((image.width(), image.height()), (SIDE, SIDE));
    }

    #[test]
    fn what_is_no_image_is_refused() {
        for wrong in [&b""[..], b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
            assert!(encode(wrong).is_none());
        }
        // A header that declares far more pixels than the limit.
        let mut huge = Cursor::new(Vec::new());
        DynamicImage::new_luma8(6_001, 1)
            .write_to(&mut huge, ImageFormat::Png)
            .unwrap();
        assert!(encode(&huge.into_inner()).is_none());
    }
}
