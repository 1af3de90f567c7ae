//! Loading templates and static files from the binary or an operator's theme folder, and rendering pages.
//!
//! An undefined variable is an error in production too, and all values are escaped for HTML.

use std::path::Path;
use std::sync::Arc;

use super::embedded::Embedded;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, ErrorKind, TemplateSource, UndefinedBehavior, context, path_loader};
use serde::Serialize;

use super::filters;
use super::page::{Layout, Page};
use super::static_files::{StaticFile, StaticFiles};
use super::template_paths::TemplatePaths;

/// Renders pages and holds the static files; cheap to clone.
#[derive(Clone, Debug)]
pub struct Templates {
    env: Environment<'static>,
    files: Arc<StaticFiles>,
}

impl Templates {
    /// Loads the built-in templates, and those of the folder `theme`, which replace built-in templates of the same
    /// name.
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
        // A release build reads a theme's templates once, like its own.
        env.set_auto_reload(cfg!(debug_assertions));
        let files = Arc::new(StaticFiles::load(theme));
        env.add_global("static_version", files.version().to_owned());
        Self { env, files }
    }

    /// Renders a page.
    ///
    /// # Errors
    /// When the template (of a theme) does not parse or uses a variable that the page does not have.
    pub fn render<P: Page>(&self, page: &P, layout: &Layout) -> Result<String, Error> {
        self.render_fields(P::TEMPLATE, page, layout)
    }

    /// Renders a template with the fields of its page.
    ///
    /// # Errors
    /// When the template does not parse or uses a variable that is not among the fields.
    pub fn render_fields(
        &self,
        template: &str,
        fields: &impl Serialize,
        layout: &Layout,
    ) -> Result<String, Error> {
        let page = Value::from(Serde(fields));
        let path = TemplatePaths::value(&layout.base);
        let layout = Value::from(Serde(layout));
        self.env
            .get_template(template)?
            .render(context! { layout, path, ..page })
    }

    /// Renders the template of a mail, which gets neither `layout` nor `path`.
    ///
    /// # Errors
    /// When the template does not parse or uses a variable that is not among the fields.
    pub fn render_mail(&self, template: &str, fields: &impl Serialize) -> Result<String, Error> {
        self.env
            .get_template(template)?
            .render(Value::from(Serde(fields)))
    }

    /// The first of these templates that exists or, so that rendering says what is wrong, the last.
    #[must_use]
    pub fn first_of<'n>(&self, templates: &'n [String]) -> &'n str {
        let is_missing = |name: &&String| {
            let found = self.env.get_template(name);
            found.is_err_and(|error| error.kind() == ErrorKind::TemplateNotFound)
        };
        let found = templates.iter().find(|name| !is_missing(name));
        found.or(templates.last()).map_or("", String::as_str)
    }

    /// The static file with this name, from the theme or the built-in one.
    #[must_use]
    pub fn static_file(&self, name: &str) -> Option<&StaticFile> {
        self.files.get(name)
    }
}

/// Jinja's syntax, without output for a line that contains only a tag.
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
