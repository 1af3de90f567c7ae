//! The filters that templates use: times and initials.

use jiff::Timestamp;
use minijinja::Environment;
use minijinja::value::Value;

/// Makes every filter known to `env`.
pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("time", time);
    env.add_filter("initials", |name: String| initials(&name));
}

/// A moment (microseconds since the epoch) as a `<time>`: in relation to `now`, the exact moment on hover.
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

/// "3 hours ago" or "in 3 hours" for up to 30 days of `seconds` passed; none beyond, where a date reads better.
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

/// The first letters of the first and the last word of a name, for the disc that stands for a picture.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(relative(10).as_deref(), Some("just now"));
        assert_eq!(relative(7_200).as_deref(), Some("2 hours ago"));
        assert_eq!(relative(-60).as_deref(), Some("in 1 minute"));
        assert_eq!(relative(90 * 86_400), None);
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("ann maria lee"), "AL");
        assert_eq!(initials("Ann"), "A");
        assert_eq!(initials(""), "");
    }
}
