//! `path`, through which templates get the server's paths: `path.console_user(number)`.

use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{Error, ErrorKind, State};

use crate::paths;

/// The paths of the server after the issuer's own path, with a method for each constant of `paths`, in lower case.
#[derive(Debug)]
pub(super) struct TemplatePaths {
    base: String,
}

impl TemplatePaths {
    /// The value of `path` in templates if the issuer's own path is `base`.
    pub(super) fn value(base: &str) -> Value {
        Value::from_object(Self {
            base: base.to_owned(),
        })
    }
}

impl Object for TemplatePaths {
    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let pattern = pattern(method)
            .ok_or_else(|| Error::new(ErrorKind::UnknownMethod, format!("no path has the name {method}")))?;
        let expected = paths::placeholders(pattern);
        if args.len() != expected {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("path.{method} takes {expected} values, not {}", args.len()),
            ));
        }
        if args.iter().any(|value| value.is_undefined() || value.is_none()) {
            return Err(Error::new(
                ErrorKind::UndefinedError,
                format!("path.{method} is missing a value"),
            ));
        }
        let values: Vec<_> = args.iter().map(ToString::to_string).collect();
        Ok(unescaped(format!(
            "{}{}",
            self.base,
            paths::fill(pattern, &values)
        )))
    }
}

/// Escaping would also escape the slashes, so a path without special characters is not escaped.
fn unescaped(path: String) -> Value {
    if path.contains(['&', '<', '>', '"', '\'']) {
        path.into()
    } else {
        Value::from_safe_string(path)
    }
}

fn pattern(method: &str) -> Option<&'static str> {
    paths::ALL
        .iter()
        .find(|(name, _)| {
            name.bytes()
                .map(|byte| byte.to_ascii_lowercase())
                .eq(method.bytes())
        })
        .map(|(_, pattern)| *pattern)
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};

    use super::*;

    fn below(base: &str, template: &str) -> Result<String, ErrorKind> {
        let context = context! { path => TemplatePaths::value(base), name => "a/<b>" };
        Environment::new()
            .render_named_str("page.html", template, context)
            .map_err(|error| error.kind())
    }

    fn rendered(template: &str) -> Result<String, ErrorKind> {
        below("/id", template)
    }

    #[test]
    fn a_base_with_special_characters_is_escaped() {
        assert_eq!(
            below("/a&b", "{{ path.account() }}").as_deref(),
            Ok("&#x2f;a&amp;b&#x2f;account")
        );
    }

    #[test]
    fn paths_are_filled_below_the_issuer() {
        for (template, expected) in [
            ("{{ path.account() }}", "/id/account"),
            ("{{ path.home() }}", "/id/"),
            ("{{ path.console_user(12) }}", "/id/console/users/12"),
            ("{{ path.console_group(name) }}", "/id/console/groups/a%2F%3Cb%3E"),
            ("{{ path.static(\"app.js\") }}", "/id/static/app.js"),
        ] {
            assert_eq!(rendered(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn a_wrong_name_or_number_of_values_is_an_error() {
        for (template, expected) in [
            ("{{ path.nonesuch() }}", ErrorKind::UnknownMethod),
            ("{{ path.ACCOUNT() }}", ErrorKind::UnknownMethod),
            ("{{ path.console_user() }}", ErrorKind::InvalidOperation),
            ("{{ path.console_user(1, 2) }}", ErrorKind::InvalidOperation),
            ("{{ path.account(1) }}", ErrorKind::InvalidOperation),
            ("{{ path.console_user(none) }}", ErrorKind::UndefinedError),
            ("{{ path.console_user(nonesuch) }}", ErrorKind::UndefinedError),
        ] {
            assert_eq!(rendered(template), Err(expected), "{template}");
        }
    }
}
