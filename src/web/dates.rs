//! Days as forms send and show them, in UTC.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Time;
use crate::model::refusal::Code;

/// The length of a day.
pub const DAY: Duration = Duration::from_hours(24);

/// Parses a day and returns its start; `None` for an empty text.
///
/// # Errors
/// [`Code::DateInvalid`].
pub fn start_of_day(text: &str) -> Result<Option<Time>, Code> {
    if text.is_empty() {
        return Ok(None);
    }
    let date: Date = text.parse().map_err(|_| Code::DateInvalid)?;
    let start = date.to_zoned(TimeZone::UTC).map_err(|_| Code::DateInvalid)?;
    Ok(Some(Time(start.timestamp().as_microsecond())))
}

/// The day of a time, in the format of a date field.
#[must_use]
pub fn format_day(at: Time) -> String {
    Timestamp::from_microsecond(at.0).map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_parsed_and_formatted_alike() {
        let day = start_of_day("2026-01-31").unwrap().unwrap();
        assert_eq!(format_day(day), "2026-01-31");
        assert_eq!(format_day(day + DAY), "2026-02-01");
        assert_eq!(start_of_day(""), Ok(None));
        for wrong in ["tomorrow", "2026-02-30", "2026", "-1-1-1"] {
            assert!(start_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
