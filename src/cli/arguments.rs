//! Parses arguments of commands.

use crate::clock::Time;

/// Parses a time such as `2027-01-31` or `2027-01-31T12:00:00Z`.
pub(super) fn parse_time(text: &str) -> Result<Time, String> {
    let date = format!("{text}T00:00:00Z");
    let parsed = text.parse::<jiff::Timestamp>().or_else(|_| date.parse());
    let parsed =
        parsed.map_err(|_| "use a date such as 2027-01-31 or a time such as 2027-01-31T12:00:00Z")?;
    Ok(Time(parsed.as_microsecond()))
}

/// Parses `name=value`. A value that begins like a JSON object, list or string, or is true, false or null, is
/// JSON; any other value is text.
pub(super) fn assignment(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("use NAME=VALUE")?;
    let is_json = value.starts_with(['{', '[', '"']) || ["true", "false", "null"].contains(&value);
    let value = match serde_json::from_str(value) {
        Ok(value) if is_json => value,
        Err(error) if is_json => return Err(format!("{name} is not JSON: {error}")),
        _ => value.into(),
    };
    Ok((name.to_owned(), value))
}
