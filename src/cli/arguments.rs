//! Parses arguments of commands.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Error, Timestamp};

use crate::clock::Time;

/// Parses a time such as `2027-01-31T12:00:00Z`, or a day such as `2027-01-31`, which stands for its beginning.
pub(super) fn parse_time(text: &str) -> Result<Time, String> {
    time_or_day(text, Ok)
}

/// As [`parse_time`], but a day stands for its end.
pub(super) fn parse_end(text: &str) -> Result<Time, String> {
    time_or_day(text, Date::tomorrow)
}

/// A time, or the beginning of the day into which `shift` turns a day.
fn time_or_day(text: &str, shift: impl Fn(Date) -> Result<Date, Error>) -> Result<Time, String> {
    let day = text.parse::<Date>().ok();
    let parsed = match day.filter(|_| text.len() == "2027-01-31".len()) {
        Some(day) => shift(day)
            .and_then(|day| day.to_zoned(TimeZone::UTC))
            .map(|start| start.timestamp()),
        None => text.parse::<Timestamp>(),
    };
    parsed
        .map(|time| Time(time.as_microsecond()))
        .map_err(|_| "use a day such as 2027-01-31 or a time such as 2027-01-31T12:00:00Z".to_owned())
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
