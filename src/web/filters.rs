//! The filters of templates: times, days, browsers, initials, safe links, coloured JSON, the error of a field.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape};
use serde::Deserialize;

use super::agent;
use super::dates::{self, DAY};
use crate::clock::Time;
use crate::model::action::Action;
use crate::words;

/// Adds every filter to `env`.
pub(super) fn add_to(env: &mut Environment<'static>) {
    macro_rules! add {
        ($($name:ident)+) => { $(env.add_filter(stringify!($name), $name);)+ };
    }
    add!(time moment day last_day clock day_heading long_day long_last_day browser thousands counted initials);
    add!(href json_code error_of action_text sentence lasting);
}

/// The text of an action in the audit log.
fn action_text(name: &str) -> &'static str {
    name.parse().map_or("Unknown action", words::action)
}

/// The fields of an audit entry that its sentence needs.
#[derive(Deserialize)]
struct Entry {
    action: String,
    target: Option<serde::de::IgnoredAny>,
    detail: String,
}

/// An audit entry as the parts of a sentence that follows the actor's name.
fn sentence(entry: Serde<Entry>) -> Value {
    let Serde(entry) = entry;
    let Ok(action) = entry.action.parse::<Action>() else {
        return Value::from(Serde(vec![words::Part {
            kind: "text",
            text: action_text(&entry.action).to_owned(),
            at: None,
        }]));
    };
    let detail = serde_json::from_str(&entry.detail).unwrap_or_default();
    let parts = words::history_sentence(action, entry.target.is_some(), &detail);
    Value::from(Serde(parts))
}

/// The exact time of day as a `<time>` element, which a script shows in the browser's time zone.
fn clock(at: i64) -> Value {
    let Ok(moment) = Timestamp::from_microsecond(at) else {
        return Value::from("unknown");
    };
    Value::from_safe_string(format!(
        "<time datetime=\"{}\" data-exact>{}</time>",
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%H:%M:%S UTC"),
    ))
}

/// The day under which entries are grouped, such as `Saturday, 21 November 2026`.
fn day_heading(at: i64) -> String {
    Timestamp::from_microsecond(at).map_or_else(
        |_| "Unknown day".to_owned(),
        |moment| moment.strftime("%A, %-d %B %Y").to_string(),
    )
}

/// The day of a time, such as `21 November 2026`.
fn long_day(at: i64) -> String {
    Timestamp::from_microsecond(at).map_or_else(
        |_| "unknown".to_owned(),
        |moment| moment.strftime("%-d %B %Y").to_string(),
    )
}

/// The last day before a time.
fn long_last_day(at: i64) -> String {
    long_day(at - 1)
}

/// A time (in microseconds since the epoch) as a `<time>` element: relative to `now`, with the exact time on hover.
fn time(at: i64, now: i64) -> Value {
    let Ok(moment) = Timestamp::from_microsecond(at) else {
        return Value::from("unknown");
    };
    let exact = moment.strftime("%-d %B %Y, %H:%M UTC");
    Value::from_safe_string(format!(
        "<time datetime=\"{}\" title=\"{exact}\">{}</time>",
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        relative((now.saturating_sub(at)) / 1_000_000)
            .unwrap_or_else(|| moment.strftime("%-d %B %Y").to_string()),
    ))
}

/// A time in full, for mail, in English or German.
fn moment(at: i64, language: Option<&str>) -> String {
    let Ok(at) = Timestamp::from_microsecond(at) else {
        return if is_german(language) {
            "unbekannt"
        } else {
            "unknown"
        }
        .to_owned();
    };
    if !is_german(language) {
        return at.strftime("%-d %B %Y, %H:%M UTC").to_string();
    }
    let utc = at.to_zoned(TimeZone::UTC);
    let month = usize::try_from(utc.month() - 1).ok();
    let month = month.and_then(|month| MONTHS_IN_GERMAN.get(month)).unwrap_or(&"");
    format!(
        "{}. {month} {}, {} Uhr (UTC)",
        utc.day(),
        utc.year(),
        at.strftime("%H:%M")
    )
}

const MONTHS_IN_GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn is_german(language: Option<&str>) -> bool {
    language == Some("de")
}

/// The name of a browser, as [`agent::browser_name`] has it, in English or German.
fn browser(agent: &str, language: Option<&str>) -> String {
    let words = if is_german(language) {
        agent::WORDS_IN_GERMAN
    } else {
        agent::WORDS_IN_ENGLISH
    };
    agent::browser_name(agent, words)
}

/// The day of a time, as a date field takes it.
fn day(at: i64) -> String {
    dates::format_day(Time(at))
}

/// The last whole day before a time.
fn last_day(at: i64) -> String {
    dates::format_day(Time(at) - DAY)
}

/// "3 hours ago", or "in 3 hours" for negative `seconds`; `None` for more than 30 days, where a date reads better.
fn relative(seconds: i64) -> Option<String> {
    let (count, unit) = match seconds.unsigned_abs() {
        0..45 => return Some("just now".into()),
        s @ 45..5_400 => ((s + 30) / 60, "minute"),
        s @ 5_400..129_600 => ((s + 1_800) / 3_600, "hour"),
        s @ 129_600..2_592_000 => ((s + 43_200) / 86_400, "day"),
        _ => return None,
    };
    let plural = if count == 1 { "" } else { "s" };
    Some(if seconds < 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    })
}

fn thousands(number: i64) -> String {
    words::thousands(number)
}

fn counted(number: i64, noun: &str) -> String {
    words::counted(number, noun)
}

/// A length of time in its largest whole unit: "12 hours", "7 days".
fn lasting(seconds: i64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    let unit = units.into_iter().find(|(_, length)| seconds % length == 0);
    let (noun, length) = unit.unwrap_or(("second", 1));
    counted(seconds / length, noun)
}

/// The first letters of the first and the last word of a name, which are shown if there is no picture.
fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A URL if it is safe as a link: a path of this server, a web or mail address, or the URL of a native app, whose
/// scheme is a reversed domain name and so contains a dot (RFC 8252 section 7.1). Any other URL becomes "#".
fn href(address: &str) -> String {
    let safe = match url::Url::parse(address) {
        Ok(url) => matches!(url.scheme(), "https" | "http" | "mailto") || url.scheme().contains('.'),
        Err(_) => address.starts_with('/') && !address[1..].starts_with(['/', '\\']),
    };
    if safe { address } else { "#" }.to_owned()
}

/// Formatted JSON as HTML, with keys, strings and other values in spans for colouring.
fn json_code(source: &str) -> Value {
    let mut html = String::with_capacity(source.len() * 2);
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (class, end) = if first == '"' {
            let end = string_end(rest);
            (if rest[end..].starts_with(':') { "k" } else { "s" }, end)
        } else if first.is_alphanumeric() || first == '-' {
            ("n", rest.find([',', '\n', ' ', ']', '}']).unwrap_or(rest.len()))
        } else {
            (
                "",
                rest.find(|c: char| c == '"' || c == '-' || c.is_alphanumeric())
                    .unwrap_or(rest.len()),
            )
        };
        let (token, after) = rest.split_at(end);
        let _infallible = if class.is_empty() {
            write!(html, "{}", HtmlEscape(token))
        } else {
            write!(html, "<span class=\"json-{class}\">{}</span>", HtmlEscape(token))
        };
        rest = after;
    }
    Value::from_safe_string(html)
}

/// The length of the JSON string at the start of `source`, including both quotes.
fn string_end(source: &str) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    source.len()
}

#[derive(Deserialize)]
struct Mistake {
    field: Option<String>,
    message: String,
}

/// The message of the first error at the field `name`.
fn error_of(errors: Serde<Vec<Mistake>>, name: &str) -> Option<String> {
    errors
        .0
        .into_iter()
        .find(|error| error.field.as_deref() == Some(name))
        .map(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_round_and_say_their_direction() {
        let cases = [
            (0, "just now"),
            (-44, "just now"),
            (60, "1 minute ago"),
            (-300, "in 5 minutes"),
            (5_399, "90 minutes ago"),
            (10_800, "3 hours ago"),
            (86_400 * 2, "2 days ago"),
        ];
        for (seconds, text) in cases {
            assert_eq!(relative(seconds).as_deref(), Some(text), "{seconds}");
        }
        assert_eq!(relative(86_400 * 31), None);
        assert_eq!(relative(i64::MIN), None);
    }

    #[test]
    fn a_time_contains_the_exact_time() {
        assert_eq!(
            time(0, 3_600_000_000 * 2).to_string(),
            "<time datetime=\"1970-01-01T00:00:00Z\" title=\"1 January 1970, 00:00 UTC\">2 hours ago</time>"
        );
        assert_eq!(time(i64::MAX, 0).to_string(), "unknown");
    }

    #[test]
    fn a_length_of_time_has_the_largest_unit_that_divides_it() {
        for (seconds, text) in [
            (3_600, "1 hour"),
            (43_200, "12 hours"),
            (90_000, "25 hours"),
            (2_592_000, "30 days"),
            (300, "5 minutes"),
            (90, "90 seconds"),
        ] {
            assert_eq!(lasting(seconds), text);
        }
    }

    #[test]
    fn initials_take_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Ann Lee", "AL"),
            ("ann", "A"),
            ("Ann van der Lee", "AL"),
            ("", ""),
            ("(Éva) ß", "ÉSS"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn only_safe_urls_become_links() {
        for good in [
            "/account",
            "https://example.org/a?b#c",
            "org.example.app:/done",
            "mailto:a@example.org",
        ] {
            assert_eq!(href(good), good);
        }
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "view-source:https://example.org",
            "ftp://example.org",
            "nonesuch:x",
            "//evil.example",
            "/\\evil.example",
            "",
            "x",
        ] {
            assert_eq!(href(bad), "#", "{bad:?}");
        }
    }

    #[test]
    fn json_is_coloured_and_escaped() {
        assert_eq!(
            json_code("{\n  \"a\\\"<\": \"b, c\",\n  \"n\": -1.5\n}").to_string(),
            "{\n  <span class=\"json-k\">&quot;a\\&quot;&lt;&quot;</span>: <span class=\"json-s\">&quot;b, c&quot;</span>,\n  \
             <span class=\"json-k\">&quot;n&quot;</span>: <span class=\"json-n\">-1.5</span>\n}"
        );
        assert_eq!(
            json_code("\"open").to_string(),
            "<span class=\"json-s\">&quot;open</span>"
        );
    }
}
