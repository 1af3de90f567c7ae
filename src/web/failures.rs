//! The log of refused requests: a few lines per app and minute, since strangers can cause any number of refusals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error_pages::ErrorPage;
use crate::clock::Time;
use crate::model::ClientId;

/// The maximum number of lines in a period about one subject: an app, or a status of error pages.
const MAX_LINES: u32 = 10;
const PERIOD: Duration = Duration::from_mins(1);
/// The maximum number of subjects; beyond it, all are forgotten.
const MAX_SUBJECTS: usize = 10_000;
/// The maximum number of characters of a value from a request.
const MAX_CHARS: usize = 200;

/// What was logged recently.
#[derive(Default)]
pub struct FailureLog(Mutex<HashMap<String, Period>>);

/// The lines about a subject since a time.
struct Period {
    began_at: Time,
    lines: u32,
    dropped: u64,
}

impl FailureLog {
    /// Logs that a request from an app was refused. All unknown apps together are one subject.
    pub fn refused(&self, app: Option<&ClientId>, cause: &str, now: Time) {
        let app = app.map_or("", ClientId::as_str);
        if let Some(dropped) = self.admit(app, now) {
            tracing::warn!(
                app,
                cause = shortened(cause),
                dropped,
                "refused a request from an app"
            );
        }
    }

    /// Logs an error page. Pages without an app are one subject for each status.
    pub(super) fn page(&self, app: Option<&ClientId>, page: &ErrorPage, now: Time) {
        let status = page.status;
        let subject = app.map_or_else(|| status.to_string(), ToString::to_string);
        let Some(dropped) = self.admit(&subject, now) else {
            return;
        };
        let app = app.map_or("", ClientId::as_str);
        let facts = page.facts.iter();
        let facts: Vec<String> = facts
            .map(|fact| format!("{}: {}", fact.name, shortened(&fact.value)))
            .collect();
        let (reference, heading, facts) = (&page.reference, &page.heading, facts.join(", "));
        tracing::warn!(
            app,
            status,
            reference,
            heading,
            facts,
            dropped,
            "responded with an error page"
        );
    }

    /// Counts a line about a subject: `None` if it must be dropped, otherwise the number of lines dropped before it.
    fn admit(&self, subject: &str, now: Time) -> Option<u64> {
        let mut subjects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if subjects.len() >= MAX_SUBJECTS && !subjects.contains_key(subject) {
            subjects.clear();
        }
        let period = subjects.entry(subject.to_owned()).or_insert(Period {
            began_at: now,
            lines: 0,
            dropped: 0,
        });
        if now < period.began_at || now >= period.began_at + PERIOD {
            (period.began_at, period.lines) = (now, 0);
        }
        if period.lines == MAX_LINES {
            period.dropped += 1;
            return None;
        }
        period.lines += 1;
        Some(std::mem::take(&mut period.dropped))
    }
}

fn shortened(text: &str) -> &str {
    text.char_indices()
        .nth(MAX_CHARS)
        .map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subject_has_its_own_lines_in_each_minute() {
        let log = FailureLog::default();
        let at = |second: i64| Time::from_seconds(1_000 + second);
        for _ in 0..10 {
            assert_eq!(log.admit("a", at(0)), Some(0));
        }
        assert_eq!((log.admit("a", at(1)), log.admit("a", at(59))), (None, None));
        assert_eq!(log.admit("b", at(59)), Some(0));
        assert_eq!(
            (log.admit("a", at(60)), log.admit("a", at(60))),
            (Some(2), Some(0))
        );
        assert_eq!(log.admit("a", at(-5)), Some(0), "the clock was set back");
        for subject in 0..2 * MAX_SUBJECTS {
            log.admit(&subject.to_string(), at(0));
        }
        assert!(log.0.lock().unwrap().len() <= MAX_SUBJECTS);
    }

    #[test]
    fn values_from_requests_are_shortened() {
        assert_eq!(shortened(&"\u{e4}".repeat(300)), "\u{e4}".repeat(200));
        assert_eq!(shortened("short"), "short");
    }
}
