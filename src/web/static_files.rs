//! Static files, built in or from an operator's theme folder. They are read and hashed once, when the server starts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::embedded::Embedded;

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

    /// A value that changes with any file; it is part of the files' URLs, so that browsers can cache them forever.
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

fn built_in() -> impl Iterator<Item = (String, Bytes)> {
    Embedded::iter().filter_map(|path| {
        let name = path.strip_prefix("static/")?.to_owned();
        let bytes = Embedded::get(&path)?.data.into_owned();
        let bytes = match (name.rsplit_once('.'), String::from_utf8(bytes)) {
            (Some((_, "css")), Ok(css)) => compact(&css).into_bytes(),
            (Some((_, "js")), Ok(script)) => uncommented(&script).into_bytes(),
            (_, Ok(text)) => text.into_bytes(),
            (_, Err(binary)) => binary.into_bytes(),
        };
        Some((name, bytes.into()))
    })
}

/// A script without its comment lines and its indentation; our scripts have no multi-line strings.
fn uncommented(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.flat_map(|line| [line, "\n"]).collect()
}

/// A style sheet without comments, and without the spaces that separate nothing.
fn compact(css: &str) -> String {
    let mut short = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                continue;
            }
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        let follows = short.ends_with(['{', '}', ';', ',', ':', ' ']) || short.is_empty();
        match next {
            c if c.is_whitespace() && follows => {}
            c if c.is_whitespace() => short.push(' '),
            '{' | '}' | ',' => {
                // The last declaration of a block needs no semicolon.
                let end = short
                    .trim_end_matches(|c| c == ' ' || (c == ';' && next == '}'))
                    .len();
                short.truncate(end);
                short.push(next);
            }
            _ => short.push_str(token),
        }
    }
    short
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_has_no_comments_and_keeps_its_lines() {
        let script = "// Why.\n\"use strict\";\n\nif (a) {\n  b(\"//\");\n}\n";
        assert_eq!(uncommented(script), "\"use strict\";\nif (a) {\nb(\"//\");\n}\n");
        for name in ["app.js", "passkey.js", "submit.js"] {
            let source = Embedded::get(&format!("static/{name}"))
                .unwrap()
                .data
                .into_owned();
            assert!(
                !String::from_utf8(source).unwrap().contains(['`', '\t']),
                "{name} may have a multi-line string"
            );
        }
    }

    #[test]
    fn a_style_sheet_is_compact_and_means_the_same() {
        for (css, expected) in [
            ("a { b: c; }\n", "a{b:c}"),
            (
                "/* x { } */\n.a, .b > c :is(d) { e: f g;\n  h: i }",
                ".a,.b > c :is(d){e:f g;h:i}",
            ),
            (
                "a::before { content: \" { ; \" attr(x); }",
                "a::before{content:\" { ; \" attr(x)}",
            ),
            (
                "@media (a: b) and (c: d) { e { f: calc(1px + 2px); } }",
                "@media (a:b) and (c:d){e{f:calc(1px + 2px)}}",
            ),
            (
                "a { --b: light-dark(#fff, #000); }",
                "a{--b:light-dark(#fff,#000)}",
            ),
            ("/* open", ""),
        ] {
            assert_eq!(compact(css), expected);
        }
        let (css, bytes) = (
            Embedded::get("static/style.css").unwrap(),
            built_in().find(|(name, _)| name == "style.css"),
        );
        assert!(bytes.unwrap().1.len() < css.data.len());
    }
}
