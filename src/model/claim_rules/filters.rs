//! The filters and tests of expressions. None yields a text of unlimited size, whatever the expression.

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, filters, tests};

/// The maximum size of a text that a filter yields, in bytes.
const MAX_TEXT: usize = 4096;

/// Adds every filter and test; `docs/apps.md` lists them.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("prefix", prefix);
    environment.add_filter("reject", filters::reject);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("replace", replace);
    environment.add_filter("select", filters::select);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("string", filters::string);
    environment.add_filter("suffix", suffix);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("in", tests::is_in);
    environment.add_test("ne", tests::is_ne);
    environment.add_test("none", tests::is_none);
    environment.add_test("startingwith", tests::is_startingwith);
}

fn refused(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

fn limited(text: String) -> Result<Value, Error> {
    if text.len() > MAX_TEXT {
        return Err(refused("a text is too long"));
    }
    Ok(Value::from(text))
}

fn text_of(value: &Value) -> Result<&str, Error> {
    value
        .as_str()
        .ok_or_else(|| refused("this needs a text or a list of texts"))
}

/// Changes a text, or each text of a list.
fn each(value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return limited(change(text));
    }
    let changed = value.try_iter()?.map(|one| limited(change(text_of(&one)?)));
    changed.collect::<Result<Vec<_>, _>>().map(Value::from)
}

/// Puts a text before a text, or before each text of a list.
fn prefix(value: &Value, before: &str) -> Result<Value, Error> {
    each(value, |text| format!("{before}{text}"))
}

/// Puts a text after a text, or after each text of a list.
fn suffix(value: &Value, after: &str) -> Result<Value, Error> {
    each(value, |text| format!("{text}{after}"))
}

/// Replaces a part of a text, or of each text of a list.
fn replace(value: &Value, from: &str, to: &str) -> Result<Value, Error> {
    each(value, |text| text.replace(from, to))
}

/// Joins the texts of a list.
fn join(value: &Value, separator: Option<&str>) -> Result<Value, Error> {
    if value.as_str().is_some() {
        return Err(refused("only a list can be joined"));
    }
    let mut joined = String::new();
    for (at, one) in value.try_iter()?.enumerate() {
        if at > 0 {
            joined.push_str(separator.unwrap_or_default());
        }
        joined.push_str(text_of(&one)?);
        if joined.len() > MAX_TEXT {
            break;
        }
    }
    limited(joined)
}
