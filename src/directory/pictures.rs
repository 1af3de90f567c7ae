//! Pictures of accounts and logos of apps. An uploaded image is re-encoded as a small square PNG, which removes its
//! metadata.

use std::io::Cursor;

use image::imageops::{FilterType, overlay};
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbaImage};
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

/// Limits how many pictures are encoded at once, since each needs a lot of memory.
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
        self.image = re_encoded(std::mem::take(&mut self.image), Framing::Crop).await?;
        Ok(())
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let version = new_version();
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
    /// Reads the picture with this version. Whoever knows its URL may read it.
    read GetPicture { version: String } -> Vec<u8>;
}

impl GetPicture {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<u8>, Failure> {
        let found = pictures::by_version(context.conn(), &self.version).await?;
        found.ok_or(Code::PictureNotFound.into())
    }
}

/// How an image becomes a square.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    /// Cropped to its middle square.
    Crop,
    /// Padded with transparent margins.
    Pad,
}

/// The version of a new picture: random, so that the URL cannot be guessed.
pub(super) fn new_version() -> String {
    Token::random().as_str()[..22].to_owned()
}

/// Re-encodes an upload.
///
/// # Errors
/// [`Code::PictureTooLarge`], [`Code::PictureInvalid`] or [`Code::ServerBusy`].
pub(super) async fn re_encoded(image: Vec<u8>, framing: Framing) -> Result<Vec<u8>, Failure> {
    if image.len() > MAX_UPLOAD {
        return Err(Code::PictureTooLarge.at("picture").into());
    }
    let permit = ENCODERS.acquire().await.map_err(|_| Code::ServerBusy)?;
    let encoded = tokio::task::spawn_blocking(move || encode(&image, framing)).await;
    drop(permit);
    let invalid = || Failure::from(Code::PictureInvalid.at("picture"));
    encoded.ok().flatten().ok_or_else(invalid)
}

/// Re-encodes an image as a square; `None` if it is not an image or has too many pixels. It can block the
/// thread for seconds.
fn encode(bytes: &[u8], framing: Framing) -> Option<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.limits(limits);
    let image = reader.decode().ok()?;
    let square = match framing {
        Framing::Crop => image.resize_to_fill(SIDE, SIDE, FilterType::Lanczos3).to_rgba8(),
        Framing::Pad => {
            let whole = image.resize(SIDE, SIDE, FilterType::Lanczos3).to_rgba8();
            let margin = |side: u32| i64::from((SIDE - side) / 2);
            let mut square = RgbaImage::new(SIDE, SIDE);
            overlay(&mut square, &whole, margin(whole.width()), margin(whole.height()));
            square
        }
    };
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(square)
        .write_to(&mut png, ImageFormat::Png)
        .ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_becomes_a_small_square() {
        let mut sent = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(40, 900)
            .write_to(&mut sent, ImageFormat::Jpeg)
            .unwrap();
        let sent = sent.into_inner();
        for framing in [Framing::Crop, Framing::Pad] {
            let png = encode(&sent, framing).unwrap();
            let image = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
            assert_eq!((image.width(), image.height()), (SIDE, SIDE));
            let corner_is_clear = image.to_rgba8().get_pixel(0, 0).0[3] == 0;
            assert_eq!(corner_is_clear, matches!(framing, Framing::Pad));
        }
    }

    #[test]
    fn a_file_that_is_no_image_is_refused() {
        for wrong in [&b""[..], b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
            assert!(encode(wrong, Framing::Crop).is_none());
        }
        // A header that declares far more pixels than the limit.
        let mut huge = Cursor::new(Vec::new());
        DynamicImage::new_luma8(6_001, 1)
            .write_to(&mut huge, ImageFormat::Png)
            .unwrap();
        assert!(encode(&huge.into_inner(), Framing::Pad).is_none());
    }
}
