//! Pictures of people: whatever image they send becomes a small square PNG that nothing of the original is left in.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use serde_json::json;

use super::{Actor, ChangeError};
use crate::clock::Time;
use crate::crypto::Token;
use crate::store::{Db, accounts, pictures};

/// The width and height of a picture, in pixels.
pub const SIDE: u32 = 256;
/// The most pixels of either side of what is sent.
const WIDEST: u32 = 6_000;
/// The most bytes that decoding may take.
const MOST_BYTES: u64 = 160 * 1024 * 1024;

/// Encodes an image anew: its middle square, in a size that every app can show. Takes a while.
///
/// # Errors
/// A sentence that says what to do, for what is no image or too large to decode.
pub fn encode(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let wrong = "Send a PNG, JPEG, WebP or GIF image of at most 6,000 by 6,000 pixels.";
    let mut limits = Limits::default();
    limits.max_image_width = Some(WIDEST);
    limits.max_image_height = Some(WIDEST);
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| wrong)?;
    reader.limits(limits);
    let image = reader.decode().map_err(|_| wrong)?;
    let square = image.resize_to_fill(SIDE, SIDE, FilterType::Lanczos3);
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(square.to_rgba8())
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|_| wrong)?;
    Ok(png.into_inner())
}

/// Sets a person's own picture, of which apps receive the address that `address_of` makes of its version.
///
/// # Errors
/// When there is no such account, or the database fails.
pub async fn set(
    db: &Db,
    actor: Actor,
    png: Vec<u8>,
    address_of: impl Fn(&str) -> String,
    now: Time,
) -> Result<(), ChangeError> {
    let version = Token::random().as_str()[..22].to_owned();
    let address = address_of(&version);
    change(db, actor, Some((version, png, address)), now).await
}

/// Removes a person's own picture.
///
/// # Errors
/// When there is no such account, or the database fails.
pub async fn remove(db: &Db, actor: Actor, now: Time) -> Result<(), ChangeError> {
    change(db, actor, None, now).await
}

async fn change(
    db: &Db,
    actor: Actor,
    picture: Option<(String, Vec<u8>, String)>,
    now: Time,
) -> Result<(), ChangeError> {
    let id = actor.own_account()?;
    db.write(move |tx| {
        Box::pin(async move {
            let account = accounts::by_id(tx, &id).await?;
            let account = account.ok_or(ChangeError::NotFound("There is no such account."))?;
            let mut profile = account.profile;
            let action = if let Some((version, png, address)) = picture {
                pictures::set(tx, &id, &version, &png).await?;
                profile.picture = Some(address);
                "picture.set"
            } else {
                pictures::remove(tx, &id).await?;
                profile.picture = None;
                "picture.remove"
            };
            accounts::set_profile(tx, &id, &account.name, &profile, now).await?;
            actor.record(tx, action, id.as_str(), &json!({}), now).await?;
            Ok(())
        })
    })
    .await
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
            assert!(encode(wrong).is_err());
        }
        // A header that promises more pixels than anybody wants to decode.
        let mut huge = Cursor::new(Vec::new());
        DynamicImage::new_luma8(6_001, 1)
            .write_to(&mut huge, ImageFormat::Png)
            .unwrap();
        assert!(encode(&huge.into_inner()).is_err());
    }
}
