//! Lifetimes of tokens, as people read and type them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long something is valid, in whole seconds; written as `90 s`, `10 min`, `12 hours` or `30 days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Lifetime(u64);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Lifetime {
    /// No time at all, which no token may have.
    pub const ZERO: Self = Self(0);
    /// The shortest lifetime of an access token and of an ID token.
    pub const SHORTEST_TOKEN: Self = Self(MINUTE);
    /// The longest lifetime of an access token and of an ID token.
    pub const LONGEST_TOKEN: Self = Self(DAY);
    /// The shortest lifetime of a refresh token.
    pub const SHORTEST_REFRESH: Self = Self(HOUR);
    /// The longest lifetime of a refresh token and of a secret.
    pub const LONGEST_REFRESH: Self = Self::of_days(3650);

    /// A number of days.
    #[must_use]
    pub const fn of_days(days: u64) -> Self {
        Self(days.saturating_mul(DAY))
    }

    /// As a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl From<Duration> for Lifetime {
    fn from(duration: Duration) -> Self {
        Self(duration.as_secs())
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |number: u64| if number == 1 { "" } else { "s" };
        match self.0 {
            seconds if seconds > 0 && seconds.is_multiple_of(DAY) => {
                let days = seconds / DAY;
                write!(f, "{days} day{}", plural(days))
            }
            seconds if seconds > 0 && seconds.is_multiple_of(HOUR) => {
                let hours = seconds / HOUR;
                write!(f, "{hours} hour{}", plural(hours))
            }
            seconds if seconds > 0 && seconds.is_multiple_of(MINUTE) => write!(f, "{} min", seconds / MINUTE),
            seconds => write!(f, "{seconds} s"),
        }
    }
}

/// The text is not a number with a unit of time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("use a time such as 90 s, 10 min, 12 hours or 30 days")]
pub struct NotALifetime;

impl FromStr for Lifetime {
    type Err = NotALifetime;

    fn from_str(text: &str) -> Result<Self, NotALifetime> {
        let text = text.trim();
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match text.get(digits.len()..).unwrap_or_default().trim() {
            "s" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => MINUTE,
            "h" | "hour" | "hours" => HOUR,
            "d" | "day" | "days" => DAY,
            _ => return Err(NotALifetime),
        };
        let number: u64 = digits.parse().map_err(|_| NotALifetime)?;
        number.checked_mul(unit).map(Self).ok_or(NotALifetime)
    }
}

impl From<Lifetime> for String {
    fn from(lifetime: Lifetime) -> Self {
        lifetime.to_string()
    }
}

impl TryFrom<String> for Lifetime {
    type Error = NotALifetime;

    fn try_from(text: String) -> Result<Self, NotALifetime> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_read_as_it_is_written() {
        for (typed, written) in [
            ("90s", "90 s"),
            ("600 s", "10 min"),
            ("10m", "10 min"),
            ("10 min", "10 min"),
            ("60 minutes", "1 hour"),
            ("36h", "36 hours"),
            ("24 hours", "1 day"),
            (" 30 days ", "30 days"),
            ("0d", "0 s"),
        ] {
            let lifetime: Lifetime = typed.parse().unwrap();
            assert_eq!(lifetime.to_string(), written);
            assert_eq!(lifetime.to_string().parse(), Ok(lifetime));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "10",
            "m",
            "ten min",
            "1.5 h",
            "-1 d",
            "10 years",
            "99999999999999999999 d",
            "9999999999999999 d",
        ] {
            assert_eq!(wrong.parse::<Lifetime>(), Err(NotALifetime), "{wrong}");
        }
    }
}
