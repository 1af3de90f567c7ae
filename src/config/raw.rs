//! The texts of the configuration from the file and the environment, before they are parsed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// The prefix of environment variables. Section and key follow, separated by two underscores.
const PREFIX: &str = "DOORWARD__";

/// A key for the example.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub name: &'static str,
    /// For a secret, the other key that names a file with the value.
    pub in_file: Option<&'static str>,
    /// The value in the example, as TOML: the default, or an example if there is no default.
    pub shown: &'static str,
    /// The lines of its doc comment.
    pub doc: &'static [&'static str],
}

/// A fault in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key's path, such as `tls.certificate`, or the file's path if the file cannot be parsed.
    pub key: String,
    /// The environment variable with the value, if it came from one.
    pub variable: Option<String>,
    /// The fault, with what is accepted. It never contains a secret.
    pub message: String,
}

/// All faults in the configuration, at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(
    /// The faults, in the order of the sections.
    pub Vec<ConfigError>,
);

/// The unparsed values by the path of their key.
#[derive(Default)]
pub(super) struct Raw {
    values: BTreeMap<String, Given>,
    faults: Vec<ConfigError>,
}

struct Given {
    text: String,
    variable: Option<String>,
    /// Whether it is a number or a boolean of the file, which is not in quotes.
    is_number: bool,
}

impl Raw {
    /// Reads the file and the environment, which overrides it.
    pub(super) fn read(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Self {
        let mut raw = Self::default();
        if let Some(file) = file {
            match parse_file(file) {
                Ok(table) => raw.add_table("", table),
                Err((at, message)) => raw.fault(&at, message),
            }
        }
        for (name, text) in environment {
            if let Some(path) = name.strip_prefix(PREFIX) {
                let path = path.to_lowercase().replace("__", ".");
                let given = Given {
                    text,
                    variable: Some(name),
                    is_number: false,
                };
                if given.text.trim().is_empty() {
                    raw.values.entry(path).or_insert(given);
                } else {
                    raw.values.insert(path, given);
                }
            }
        }
        raw
    }

    fn add_table(&mut self, section: &str, table: Table) {
        if table.is_empty() {
            // Keeps the name of an empty section, so that a misspelt one is reported too.
            self.values.insert(
                section.to_owned() + ".",
                Given {
                    text: String::new(),
                    variable: None,
                    is_number: false,
                },
            );
        }
        for (name, value) in table {
            let path = join(section, &name);
            match value {
                Value::Table(inner) => self.add_table(&path, inner),
                scalar_or_list => match text_of(&scalar_or_list) {
                    Some(text) => {
                        let given = Given {
                            text,
                            variable: None,
                            is_number: scalar_or_list.is_integer()
                                || scalar_or_list.is_float()
                                || scalar_or_list.is_bool(),
                        };
                        self.values.insert(path, given);
                    }
                    None => self.fault(&path, "is not a value or a list of values".to_owned()),
                },
            }
        }
    }

    /// Parses a key's value, or `default` if it is absent, empty or invalid. For an invalid value, which is a fault, the
    /// parser returns what is accepted, to complete a message that begins with "is not".
    pub(super) fn take<T>(
        &mut self,
        section: &str,
        key: &Key,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let path = join(section, key.name);
        let given = self
            .values
            .remove(&path)
            .filter(|given| !given.text.trim().is_empty());
        let given = match key.in_file {
            Some(in_file) => self.take_secret(section, key.name, given, in_file),
            None => Ok(given),
        };
        let given = given.unwrap_or_else(|fault| {
            self.faults.push(fault);
            None
        });
        // Durations may be numbers of seconds.
        let is_word = key.shown.starts_with('"') && !key.shown[1..].starts_with(|c: char| c.is_ascii_digit());
        if is_word && given.as_ref().is_some_and(|given| given.is_number) {
            self.fault(&path, "must be in quotes".to_owned());
            return parse(default).ok();
        }
        let (text, variable) = given.map_or((default.to_owned(), None), |given| (given.text, given.variable));
        match parse(text.trim()) {
            Ok(value) => Some(value),
            Err(accepted) => {
                let shown = if key.in_file.is_some() {
                    "the value".to_owned()
                } else {
                    format!("{text:?}")
                };
                self.faults.push(ConfigError {
                    key: path,
                    variable,
                    message: format!("{shown} is not {accepted}"),
                });
                parse(default).ok()
            }
        }
    }

    /// The value, or the content of the file that the key `in_file` names. The environment overrides the
    /// configuration file, and each of them may set only one of the two keys.
    fn take_secret(
        &mut self,
        section: &str,
        name: &str,
        value: Option<Given>,
        in_file: &str,
    ) -> Result<Option<Given>, ConfigError> {
        let key = join(section, in_file);
        let file = self
            .values
            .remove(&key)
            .filter(|given| !given.text.trim().is_empty());
        let Some(Given { text, variable, .. }) = file else {
            return Ok(value);
        };
        match value {
            Some(value) if value.variable.is_some() == variable.is_some() => {
                let message = format!("cannot be combined with {name}: set only one of them");
                return Err(ConfigError {
                    key,
                    variable,
                    message,
                });
            }
            Some(value) if value.variable.is_some() => return Ok(Some(value)),
            _ => {}
        }
        match fs::read_to_string(text.trim()) {
            Ok(secret) => Ok(Some(Given {
                text: secret,
                variable,
                is_number: false,
            })),
            Err(error) => {
                let message = format!("{text:?} is not a file that can be read: {error}");
                Err(ConfigError {
                    key,
                    variable,
                    message,
                })
            }
        }
    }

    /// Adds a fault that does not come from parsing one value.
    pub(super) fn fault(&mut self, key: &str, message: String) {
        self.faults.push(ConfigError {
            key: key.to_owned(),
            variable: None,
            message,
        });
    }

    /// Adds a fault of two keys together, unless one of them has a fault of its own already.
    pub(super) fn fault_together(&mut self, key: &str, other: &str, message: String) {
        let is_faulty = |name| self.faults.iter().any(|fault| fault.key == name);
        if !is_faulty(key) && !is_faulty(other) {
            self.fault(key, message);
        }
    }

    /// All faults, including unknown keys. `known` lists the keys of a section.
    pub(super) fn faults(mut self, known: impl Fn(&str) -> Option<Vec<&'static str>>) -> ConfigErrors {
        for (path, given) in self.values {
            let (section, name) = path.rsplit_once('.').unwrap_or(("", &path));
            if name.is_empty() && known(section).is_some() {
                continue;
            }
            let message = known(section).map_or_else(
                || format!("there is no section [{section}]"),
                |names| format!("unknown; use one of {}", names.join(", ")),
            );
            self.faults.push(ConfigError {
                key: path,
                variable: given.variable,
                message,
            });
        }
        ConfigErrors(self.faults)
    }
}

fn join(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

/// Parses the file; an error says where and why it failed, without quoting the file, which may contain
/// secrets.
fn parse_file(path: &Path) -> Result<Table, (String, String)> {
    let name = path.display().to_string();
    let text =
        fs::read_to_string(path).map_err(|error| (name.clone(), format!("cannot be read: {error}")))?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        (
            format!("{name}, line {line}"),
            format!("is not TOML: {}", error.message()),
        )
    })
}

/// A value as text, as in an environment variable: lists with commas.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Boolean(answer) => Some(answer.to_string()),
        Value::Datetime(moment) => Some(moment.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<_>> = items
                .iter()
                .filter(|item| !item.is_array())
                .map(text_of)
                .collect();
            texts
                .filter(|texts| texts.len() == items.len())
                .map(|texts| texts.join(","))
        }
        Value::Table(_) => None,
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is invalid:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            Some(variable) => write!(f, "{} (from {variable}): {}", self.key, self.message),
            None => write!(f, "{}: {}", self.key, self.message),
        }
    }
}
