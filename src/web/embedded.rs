//! The files of `templates/`.

use rust_embed::RustEmbed;

/// The `templates/` folder: read from disk in debug builds, part of the binary in release builds.
#[derive(RustEmbed)]
#[folder = "templates/"]
pub(super) struct Embedded;
