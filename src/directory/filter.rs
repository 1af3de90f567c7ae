//! The query language of the list of accounts, on pages and on the command line: `status:active role:admin
//! last_seen_before:"2023-07-01T00:00:00Z" ann`. Terms combine with AND.

use std::time::Duration;

use jiff::Timestamp;

use super::names;
use crate::clock::Time;
use crate::model::account::Status;
use crate::model::refusal::{Code, Refusal};
use crate::model::text_enum;
use crate::store::account_list::Conditions;

text_enum! {
    /// The displayed state of an account: its status, except that an active account without recent activity
    /// is dormant.
    State {
        /// Active, and seen recently.
        Active = "active",
        /// Active, but never seen or not for a long time.
        Dormant = "dormant",
        /// Suspended by an administrator.
        Suspended = "suspended",
        /// Created or invited, and without a password yet.
        Invited = "invited",
        /// Registered and waiting for approval.
        Pending = "pending",
        /// Deleted; it can be restored for a time.
        Deleted = "deleted",
    }
}

impl State {
    /// The displayed state of an account.
    #[must_use]
    pub fn of(status: Status, last_seen_at: Option<Time>, dormant_after: Duration, now: Time) -> Self {
        match status {
            Status::Active if last_seen_at.is_none_or(|seen| seen + dormant_after <= now) => Self::Dormant,
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
            Status::Invited => Self::Invited,
            Status::Pending => Self::Pending,
            Status::Deleted => Self::Deleted,
        }
    }
}

/// The earliest time at which an active account must have been seen so that it is not dormant.
#[must_use]
pub fn awake_since(dormant_after: Duration, now: Time) -> Time {
    Time((now - dormant_after).0.saturating_add(1))
}

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `status:`
    pub state: Option<State>,
    /// `role:`
    pub role: Option<String>,
    /// `team:`
    pub team: Option<String>,
    /// `group:`
    pub group: Option<String>,
    /// `last_seen_before:`
    pub seen_before: Option<Time>,
    /// `last_seen_after:`
    pub seen_after: Option<Time>,
    /// The words without a key, which must occur in this order.
    pub words: Vec<String>,
}

/// The field of every refusal of a query.
const FIELD: &str = "query";

const KEYS: &str = "status, role, team, group, last_seen_before, last_seen_after";

impl Filter {
    /// Parses a query.
    ///
    /// # Errors
    /// The first fault, at the field `query`.
    pub fn parse(query: &str) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        for term in terms(query)? {
            let value = term.value;
            let Some(key) = term.key else {
                filter.words.push(names::key(&value));
                continue;
            };
            let wrong = |code: Code| code.at(FIELD).with("key", key.as_str());
            let text = |slot: &mut Option<String>| match slot.replace(value.clone()) {
                None if !value.is_empty() => Ok(()),
                None => Err(wrong(Code::FilterEmpty)),
                Some(_) => Err(wrong(Code::FilterRepeated)),
            };
            match key.as_str() {
                "status" => {
                    if filter.state.replace(state_of(&value)?).is_some() {
                        return Err(wrong(Code::FilterRepeated));
                    }
                }
                "role" => text(&mut filter.role)?,
                "team" => text(&mut filter.team)?,
                "group" => text(&mut filter.group)?,
                "last_seen_before" => filter.seen_before = Some(parse_time(&key, &value, Round::Up)?),
                "last_seen_after" => filter.seen_after = Some(parse_time(&key, &value, Round::Down)?),
                _ => return Err(wrong(Code::UnknownFilter).with("keys", KEYS)),
            }
        }
        Ok(filter)
    }

    /// The conditions for the store. `dormant_after` is how long an account may be without activity, and
    /// `top_role` the role that members of the root team hold.
    #[must_use]
    pub fn conditions(&self, dormant_after: Duration, top_role: &str, now: Time) -> Conditions {
        let horizon = awake_since(dormant_after, now);
        let (mut status, mut awake, mut dormant_since) = (None, None, None);
        match self.state {
            None => {}
            Some(State::Active) => awake = Some(horizon),
            Some(State::Dormant) => dormant_since = Some(horizon),
            Some(State::Suspended) => status = Some(Status::Suspended),
            Some(State::Invited) => status = Some(Status::Invited),
            Some(State::Pending) => status = Some(Status::Pending),
            Some(State::Deleted) => status = Some(Status::Deleted),
        }
        Conditions {
            status,
            awake_since: awake,
            dormant_since,
            seen_before: self.seen_before,
            seen_after: self.seen_after,
            or_root: self.role.as_deref() == Some(top_role),
            role: self.role.clone(),
            team: self.team.clone(),
            group: self.group.as_deref().map(names::key),
            text: pattern(&self.words),
        }
    }
}

fn state_of(word: &str) -> Result<State, Refusal> {
    word.parse().map_err(|_| {
        let all: Vec<_> = State::ALL.iter().map(|state| state.as_str()).collect();
        Code::UnknownStatus
            .at(FIELD)
            .with("status", word)
            .with("all", all.join(", "))
    })
}

/// A `LIKE` pattern for folded names that contain the words of this text in order.
#[must_use]
pub fn containing(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(names::key).collect();
    pattern(&words).unwrap_or_else(|| "%".to_owned())
}

/// A `LIKE` pattern for texts that contain the words in order; `None` without words.
fn pattern(words: &[String]) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let mut pattern = String::from("%");
    for word in words {
        for c in word.chars() {
            if ['%', '_', '!'].contains(&c) {
                pattern.push('!');
            }
            pattern.push(c);
        }
        pattern.push('%');
    }
    Some(pattern)
}

/// How a time between two microseconds is rounded.
#[derive(Clone, Copy)]
enum Round {
    Up,
    Down,
}

/// Parses a time in the format of RFC 3339, which may have nanoseconds.
fn parse_time(key: &str, text: &str, round: Round) -> Result<Time, Refusal> {
    let wrong = |code: Code| code.at(FIELD).with("key", key).with("text", text);
    let parsed: Timestamp = text.parse().map_err(|_| wrong(Code::TimeInvalid))?;
    let (micros, rest) = (
        parsed.as_nanosecond().div_euclid(1_000),
        parsed.as_nanosecond().rem_euclid(1_000),
    );
    let up = i128::from(matches!(round, Round::Up) && rest > 0);
    i64::try_from(micros + up)
        .map(Time)
        .map_err(|_| wrong(Code::TimeOutOfRange))
}

struct Term {
    key: Option<String>,
    value: String,
}

/// Splits a query into terms at spaces; a value may be quoted.
fn terms(query: &str) -> Result<Vec<Term>, Refusal> {
    let mut terms = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let bare = rest
            .find(|c: char| c.is_whitespace() || c == '"')
            .unwrap_or(rest.len());
        let (head, tail) = rest.split_at(bare);
        let quoted = tail.strip_prefix('"');
        let key = head.split_once(':').map(|(key, _)| key.to_owned());
        let value = head.split_once(':').map_or(head, |(_, value)| value);
        let value = match quoted {
            None => {
                rest = tail.trim_start();
                value.to_owned()
            }
            Some(quoted) => {
                let Some((inside, after)) = quoted.split_once('"') else {
                    return Err(Code::QuoteUnclosed.at(FIELD));
                };
                rest = after.trim_start();
                format!("{value}{inside}")
            }
        };
        terms.push(Term { key, value });
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> Filter {
        Filter::parse(query).unwrap()
    }

    #[test]
    fn cr_27_terms_combine() {
        let parsed = filter(r#"status:active role:admin team:ops group:"On-Call" Ann  LEE"#);
        assert_eq!(parsed.state, Some(State::Active));
        assert_eq!(parsed.role.as_deref(), Some("admin"));
        assert_eq!(parsed.team.as_deref(), Some("ops"));
        assert_eq!(parsed.group.as_deref(), Some("On-Call"));
        assert_eq!(parsed.words, ["ann", "lee"]);
        assert_eq!(filter("   "), Filter::default());
    }

    #[test]
    fn cr_27_moments_are_exact_to_the_nanosecond() {
        let before = |text: &str| {
            filter(&format!("last_seen_before:\"{text}\""))
                .seen_before
                .unwrap()
        };
        let after = |text: &str| filter(&format!("last_seen_after:{text}")).seen_after.unwrap();
        let second = Time::from_seconds(1_688_169_600);
        assert_eq!(before("2023-07-01T00:00:00Z"), second);
        assert_eq!(before("2023-07-01T02:00:00+02:00"), second);
        // A time of exactly this second is before the same second plus a nanosecond, and not after it.
        assert_eq!(before("2023-07-01T00:00:00.000000001Z"), Time(second.0 + 1));
        assert_eq!(after("2023-07-01T00:00:00.000000001Z"), second);
        assert_eq!(after("2023-07-01T00:00:00.000001Z"), Time(second.0 + 1));
    }

    #[test]
    fn cr_25_what_cannot_be_read_says_what_could() {
        for (query, part) in [
            (
                "status:gone",
                "active, dormant, suspended, invited, pending, deleted",
            ),
            ("state:active", "status, role, team"),
            ("last_seen_before:yesterday", "2023-07-01T00:00:00Z"),
            ("group:\"on call", "quotation mark"),
            ("status:active status:active", "twice"),
            ("role:a role:b", "twice"),
            ("role:", "needs a value"),
        ] {
            let error = crate::words::refusal(&Filter::parse(query).unwrap_err());
            assert!(error.contains(part), "{query}: {error}");
        }
    }

    #[test]
    fn cr_12_dormant_is_never_seen_or_not_for_90_days() {
        let (days, now) = (Duration::from_hours(24), Time::from_seconds(1_800_000_000));
        let of = |seen| State::of(Status::Active, seen, days * 90, now);
        assert_eq!(of(None), State::Dormant);
        assert_eq!(of(Some(now - days * 89)), State::Active);
        assert_eq!(of(Some(now - days * 90)), State::Dormant);
        assert_eq!(State::of(Status::Suspended, None, days, now), State::Suspended);
    }

    #[test]
    fn a_pattern_takes_every_character_as_itself() {
        assert_eq!(pattern(&["a_b".into(), "50%!".into()]).unwrap(), "%a!_b%50!%!!%");
    }
}
