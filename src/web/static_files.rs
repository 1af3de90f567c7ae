//! Static files, built in or from an operator's theme folder. They are read and hashed once, when the server starts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::templates::Embedded;

/// A static file with its headers.
#[derive(Debug)]
pub struct StaticFile {
    /// The content.
    pub bytes: Bytes,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The `ETag` header, including its quotes.
    pub etag: String,
}

/// Every static file by its name.
#[derive(Debug)]
pub(super) struct StaticFiles {
    files: BTreeMap<String, StaticFile>,
    version: String,
}

impl StaticFiles {
    /// Loads the built-in files, and those of the theme's `static/` folder, which replace built-in files of the same
    /// name.
    pub(super) fn load(theme: Option<&Path>) -> Self {
        let mut contents: BTreeMap<String, Bytes> = built_in().collect();
        if let Some(theme) = theme {
            contents.extend(themed(&theme.join("static")));
        }
        let version = fingerprint(contents.values());
        let files = contents
            .into_iter()
            .filter_map(|(name, bytes)| {
                let content_type = content_type(&name)?;
                let etag = format!("\"{}\"", fingerprint([&bytes]));
                Some((
                    name,
                    StaticFile {
                        bytes,
                        content_type,
                        etag,
                    },
                ))
            })
            .collect();
        Self { files, version }
    }

    pub(super) fn get(&self, name: &str) -> Option<&StaticFile> {
        self.files.get(name)
    }

    /// A value that changes with any file; it is part of the files' URLs, so that browsers can cache them for ever.
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

fn built_in() -> impl Iterator<Item = (String, Bytes)> {
    Embedded::iter().filter_map(|path| {
        let name = path.strip_prefix("static/")?.to_owned();
        let bytes = Embedded::get(&path)?.data.into_owned();
        Some((name, bytes.into()))
    })
}

fn themed(folder: &Path) -> impl Iterator<Item = (String, Bytes)> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let bytes = fs::read(entry.path()).ok()?;
        Some((name, bytes.into()))
    })
}

/// The content type for a file name's extension; `None` if such a file must not be served.
fn content_type(name: &str) -> Option<&'static str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let content_type = match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    };
    (!stem.is_empty() && !stem.starts_with('.')).then_some(content_type)
}

fn fingerprint<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let digest = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
    hex::encode(&digest.finalize()[..8])
}
