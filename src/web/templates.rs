//! Templates and static files: where they come from (the binary, or an operator's theme folder) and how a page is rendered.
//!
//! An undefined variable is an error in production too, and everything that a page is given is escaped for HTML.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, TemplateSource, UndefinedBehavior, context, path_loader};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::filters;
use super::page::{Chrome, Page};
use super::template_paths::TemplatePaths;

/// The `templates/` folder: read from disk in debug builds, part of the binary in release builds.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Embedded;

/// Renders pages and hands out static files; cheap to clone.
#[derive(Clone, Debug)]
pub struct Templates {
    env: Environment<'static>,
    theme: Option<PathBuf>,
}

/// A file for the browser, with the headers that belong to it.
#[derive(Debug)]
pub struct StaticFile {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// For the `Content-Type` header.
    pub content_type: &'static str,
    /// For the `ETag` header, with its quotes.
    pub etag: String,
}

impl Templates {
    /// The built-in templates; a file of the same name in the folder `theme` takes the place of a built-in one.
    #[must_use]
    pub fn new(theme: Option<&Path>) -> Self {
        let mut env = Environment::new();
        env.set_syntax(compact());
        let themed = theme.map(path_loader);
        env.set_loader(
            move |name| match themed.as_ref().map(|load| load(name)).transpose()?.flatten() {
                Some(source) => Ok(Some(source)),
                None => Ok(built_in(name)),
            },
        );
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        filters::add_to(&mut env);
        let mut templates = Self {
            env,
            theme: theme.map(Path::to_owned),
        };
        let version = templates.version();
        templates.env.add_global("version", version);
        templates
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// When the template (of a theme) does not parse or uses a variable that the page does not have.
    pub fn render<P: Page>(&self, page: &P, chrome: &Chrome) -> Result<String, Error> {
        self.render_value(P::TEMPLATE, Value::from(Serde(page)), chrome)
    }

    fn render_value(&self, template: &str, page: Value, chrome: &Chrome) -> Result<String, Error> {
        let path = TemplatePaths::value(&chrome.base);
        let chrome = Value::from(Serde(chrome));
        self.env
            .get_template(template)?
            .render(context! { chrome, path, ..page })
    }

    /// The static file of this name, from the theme's `static/` folder or the built-in one.
    #[must_use]
    pub fn static_file(&self, name: &str) -> Option<StaticFile> {
        // The name comes from the address: only a plain file name may reach the disk.
        let (_, extension) = name.rsplit_once('.')?;
        if name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return None;
        }
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            _ => return None,
        };
        let themed = self
            .theme
            .as_ref()
            .and_then(|theme| std::fs::read(theme.join("static").join(name)).ok());
        let bytes = match themed {
            Some(bytes) => Cow::Owned(bytes),
            None => Embedded::get(&format!("static/{name}"))?.data,
        };
        let etag = format!("\"{}\"", fingerprint([bytes.as_ref()]));
        Some(StaticFile {
            bytes,
            content_type,
            etag,
        })
    }

    /// A value that changes with any static file; pages put it in the address, so that browsers may keep the files for good.
    fn version(&self) -> String {
        let built_in = Embedded::iter().filter_map(|path| path.strip_prefix("static/").map(str::to_owned));
        fingerprint(
            built_in
                .filter_map(|name| self.static_file(&name))
                .map(|file| file.bytes),
        )
    }
}

/// Jinja's syntax, where a line that holds only a tag leaves no line in the page.
fn compact() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.trim_blocks(true).lstrip_blocks(true);
    builder.build().unwrap_or_default()
}

fn built_in(name: &str) -> Option<TemplateSource> {
    let file = Embedded::get(name)?;
    let (hash, path) = (file.metadata.sha256_hash(), name.to_owned());
    let source = String::from_utf8(file.data.into_owned()).ok()?;
    let fresh = move || Embedded::get(&path).is_some_and(|file| file.metadata.sha256_hash() == hash);
    Some(TemplateSource::new(source).with_uptodate_check(fresh))
}

fn fingerprint<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let digest = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
    hex::encode(&digest.finalize()[..8])
}

#[cfg(test)]
mod tests;
