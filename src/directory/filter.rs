//! The query language of the list of accounts, on pages and on the command line: `status:active role:admin
//! last_seen_before:"2023-07-01T00:00:00Z" ann`. Terms combine with AND.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::names;
use crate::clock::Time;
use crate::model::account::Status;
use crate::model::refusal::{Code, Refusal};
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::text_enum;
use crate::store::account_list::{Conditions, RoleSources, pack};

text_enum! {
    /// The displayed state of an account: its status, except that an active account without recent activity is
    /// dormant, and one outside of its validity dates expired or upcoming.
    State {
        /// Active, and seen recently.
        Active = "active",
        /// Active, but never seen or not for a long time.
        Dormant = "dormant",
        /// Active, but its last day of validity has passed.
        Expired = "expired",
        /// Active, but its first day of validity has not come.
        Upcoming = "upcoming",
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
    /// The displayed state of an account with these dates of validity.
    #[must_use]
    pub fn of(
        status: Status,
        last_seen_at: Option<Time>,
        (from, until): (Option<Time>, Option<Time>),
        dormant_after: Duration,
        now: Time,
    ) -> Self {
        match status {
            Status::Active if until.is_some_and(|until| until <= now) => Self::Expired,
            Status::Active if from.is_some_and(|from| from > now) => Self::Upcoming,
            Status::Active if last_seen_at.is_none_or(|seen| seen + dormant_after <= now) => Self::Dormant,
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
            Status::Invited => Self::Invited,
            Status::Pending => Self::Pending,
            Status::Deleted => Self::Deleted,
        }
    }
}

/// An active account last seen before this time, or never, is dormant.
#[must_use]
pub fn dormancy_limit(dormant_after: Duration, now: Time) -> Time {
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
            let Some(key) = term.key.map(|key| names::folded(&key)) else {
                filter.words.push(names::folded(&value));
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

    /// The conditions for the store under a scheme.
    #[must_use]
    pub fn conditions(&self, scheme: &Scheme, now: Time) -> Conditions {
        let horizon = dormancy_limit(scheme.dormant_after(), now);
        let word = self.words.first().filter(|_| self.words.len() == 1);
        let (mut status, mut not_dormant_since, mut dormant_since) = (None, None, None);
        match self.state {
            None | Some(State::Expired | State::Upcoming) => {}
            Some(State::Active) => not_dormant_since = Some(horizon),
            Some(State::Dormant) => dormant_since = Some(horizon),
            Some(State::Suspended) => status = Some(Status::Suspended),
            Some(State::Invited) => status = Some(Status::Invited),
            Some(State::Pending) => status = Some(Status::Pending),
            Some(State::Deleted) => status = Some(Status::Deleted),
        }
        Conditions {
            status,
            not_dormant_since,
            expired: self.state == Some(State::Expired),
            upcoming: self.state == Some(State::Upcoming),
            dormant_since,
            seen_before: self.seen_before,
            seen_after: self.seen_after,
            role: self.role.as_deref().map(|role| role_sources(scheme, role)),
            team: self.team.as_deref().map(names::folded),
            group: self.group.as_deref().map(names::folded),
            text: pattern(&self.words),
            id: word.cloned(),
            number: word.and_then(|word| word.parse().ok()),
        }
    }
}

/// How accounts hold an instance role: by a grant, by a role that implies it, or by default.
fn role_sources(scheme: &Scheme, name: &str) -> RoleSources {
    let wanted = names::folded(name);
    let includes_wanted = |held: &str| {
        let held = BTreeSet::from([held.to_owned()]);
        let all = scheme.with_implied(RoleLevel::Instance, &held);
        all.iter().any(|role| names::folded(&role.name) == wanted)
    };
    let granted = scheme
        .roles_of(RoleLevel::Instance)
        .map(|role| role.name.as_str());
    let default = scheme.default_role.as_deref();
    let is_exclusive = |role: &str| scheme.exclusive_roles().any(|other| other.name == role);
    let default_is_exclusive = default.is_some_and(is_exclusive);
    let other_exclusive = scheme
        .exclusive_roles()
        .filter(|role| default_is_exclusive && default != Some(&role.name));
    RoleSources {
        granted: pack(granted.filter(|role| includes_wanted(role))),
        root_team: includes_wanted(scheme.top_role()),
        default: default.is_some_and(includes_wanted),
        instead: pack(other_exclusive.map(|role| role.name.as_str())),
        root_team_instead: default_is_exclusive && is_exclusive(scheme.top_role()),
    }
}

fn state_of(word: &str) -> Result<State, Refusal> {
    names::folded(word).parse().map_err(|_| {
        let all: Vec<_> = State::ALL.iter().map(|state| state.as_str()).collect();
        Code::UnknownStatus
            .at(FIELD)
            .with("status", word)
            .with("all", all.join(", "))
    })
}

/// A `LIKE` pattern for folded names that contain the words of this text in order.
#[must_use]
pub fn like_containing(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(names::folded).collect();
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

impl Term {
    /// The term as [`terms`] reads it.
    fn written(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("{key}:")).unwrap_or_default();
        let quoted = self.value.contains(char::is_whitespace) || (key.is_empty() && self.value.contains(':'));
        let quote = if quoted { "\"" } else { "" };
        format!("{key}{quote}{}{quote}", self.value)
    }
}

/// The query with this `status:` in place of its own; `None` if it cannot be parsed.
#[must_use]
pub fn with_state(query: &str, state: Option<State>) -> Option<String> {
    let kept = terms(query).ok()?.into_iter();
    let kept = kept.filter(|term| term.key.as_deref() != Some("status"));
    let state = state.map(|state| Term {
        key: Some("status".to_owned()),
        value: state.as_str().to_owned(),
    });
    let written: Vec<_> = kept.chain(state).map(|term| term.written()).collect();
    Some(written.join(" "))
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
    fn a_status_is_replaced_and_everything_else_kept() {
        let query = r#"ann status:active group:"on call" team:ops "a:b" "c d""#;
        assert_eq!(
            with_state(query, Some(State::Invited)).as_deref(),
            Some(r#"ann group:"on call" team:ops "a:b" "c d" status:invited"#)
        );
        for state in [None, Some(State::Deleted)] {
            let replaced = with_state(query, state).unwrap();
            let expected = Filter {
                state,
                ..filter(query)
            };
            assert_eq!(filter(&replaced), expected, "{replaced}");
        }
        assert_eq!(with_state("group:\"open", None), None);
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
                "active, dormant, expired, upcoming, suspended, invited, pending, deleted",
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
        let always = (None, None);
        let of = |seen| State::of(Status::Active, seen, always, days * 90, now);
        assert_eq!(of(None), State::Dormant);
        assert_eq!(of(Some(now - days * 89)), State::Active);
        assert_eq!(of(Some(now - days * 90)), State::Dormant);
        let suspended = State::of(Status::Suspended, None, always, days, now);
        assert_eq!(suspended, State::Suspended);
        let within = |from, until| State::of(Status::Active, Some(now), (from, until), days, now);
        assert_eq!(within(Some(now), None), State::Active);
        assert_eq!(within(Some(now + days), None), State::Upcoming);
        assert_eq!(within(None, Some(now)), State::Expired);
    }

    #[test]
    fn a_pattern_takes_every_character_literally() {
        assert_eq!(pattern(&["a_b".into(), "50%!".into()]).unwrap(), "%a!_b%50!%!!%");
    }
}
