//! The rules of throttling: pure functions on a stored counter, for an account and for a client address.
//!
//! Only failures count, so successful sign-ins are never slowed down. Callers check before the password is
//! verified, and again in the transaction that creates the session, so that parallel guesses gain nothing.
//! The counters are in the database, shared by all nodes and by every place that verifies a password.

use std::time::Duration;

use crate::clock::Time;

/// The failures of one account or one client address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// For an account the failures since the last success, for an address those in the current window.
    pub failures: i64,
    /// When the first of them happened.
    pub window_started_at: Time,
    /// When the last of them happened.
    pub last_failure_at: Time,
}

/// Whether a password may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Now.
    Allow,
    /// Not before this time.
    Wait(Time),
    /// Never; the password must be reset.
    Disabled,
}

/// How far the clocks of nodes may differ. A counter further in the future was written before its clock was
/// set back.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

impl Counter {
    /// If the clock was set back since the counter was written, the counter to store instead: it restarts the
    /// wait at now. Otherwise the wait would end at once or last for very long.
    #[must_use]
    pub fn after_clock_change(self, now: Time) -> Option<Self> {
        let moved = Self {
            window_started_at: self.window_started_at.min(now),
            last_failure_at: self.last_failure_at.min(now),
            ..self
        };
        (self.last_failure_at > now + CLOCK_SKEW).then_some(moved)
    }

    fn first(now: Time) -> Self {
        Self {
            failures: 1,
            window_started_at: now,
            last_failure_at: now,
        }
    }

    fn next(self, now: Time) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            last_failure_at: self.last_failure_at.max(now),
            ..self
        }
    }
}

/// The rule for one account's password. A success deletes the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRule {
    /// Failures without a wait.
    pub free: i64,
    /// The wait after the next failure; it doubles with each further one.
    pub first_wait: Duration,
    /// The maximum wait.
    pub longest_wait: Duration,
    /// Consecutive failures that disable the password (NIST SP 800-63B-4 section 3.2.2: at most 100).
    pub disabled_after: i64,
}

impl Default for AccountRule {
    fn default() -> Self {
        Self {
            free: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(15),
            disabled_after: 100,
        }
    }
}

impl AccountRule {
    /// Whether the account's password may be tried at `now`; `None` is an account without failures.
    #[must_use]
    pub fn decide(&self, counter: Option<Counter>, now: Time) -> Decision {
        let Some(counter) = counter else {
            return Decision::Allow;
        };
        if counter.failures >= self.disabled_after {
            return Decision::Disabled;
        }
        wait_until(counter.last_failure_at + self.wait(counter.failures), now)
    }

    /// The counter to store after a failure at `now`.
    #[must_use]
    pub fn after_failure(&self, counter: Option<Counter>, now: Time) -> Counter {
        counter.map_or_else(|| Counter::first(now), |counter| counter.next(now))
    }

    fn wait(&self, failures: i64) -> Duration {
        let Ok(beyond) = u32::try_from(failures.saturating_sub(self.free)) else {
            return Duration::ZERO;
        };
        let Some(doublings) = beyond.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first_wait.saturating_mul(factor).min(self.longest_wait)
    }
}

/// The rule for one client address, over all accounts that are tried from it. A success does not delete the
/// counter, since an attacker could do that with an account of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRule {
    /// Failures allowed in a window.
    pub budget: i64,
    /// The window, which begins with the first failure.
    pub window: Duration,
}

impl Default for AddressRule {
    fn default() -> Self {
        Self::new(100, Duration::from_mins(15))
    }
}

impl AddressRule {
    /// A rule that allows this many failures in a window.
    #[must_use]
    pub const fn new(budget: i64, window: Duration) -> Self {
        Self { budget, window }
    }

    /// Whether passwords may be tried from the address at `now`; `None` is an address without failures.
    #[must_use]
    pub fn decide(&self, counter: Option<Counter>, now: Time) -> Decision {
        match counter {
            Some(counter) if counter.failures >= self.budget => {
                wait_until(counter.window_started_at + self.window, now)
            }
            _ => Decision::Allow,
        }
    }

    /// The counter to store after a failure at `now`, in the current window or in a new one.
    #[must_use]
    pub fn after_failure(&self, counter: Option<Counter>, now: Time) -> Counter {
        match counter {
            Some(counter) if now < counter.window_started_at + self.window => counter.next(now),
            _ => Counter::first(now),
        }
    }
}

fn wait_until(until: Time, now: Time) -> Decision {
    if until > now {
        Decision::Wait(until)
    } else {
        Decision::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::from_seconds(1_800_000_000);
    const HOUR: Duration = Duration::from_hours(1);
    const DAY: Duration = Duration::from_hours(24);

    fn counter(failures: i64) -> Counter {
        Counter {
            failures,
            window_started_at: NOON,
            last_failure_at: NOON,
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn b47_waits_double_up_to_a_quarter_of_an_hour_and_100_failures_disable() {
        let rule = AccountRule::default();
        assert_eq!(rule.decide(None, NOON), Decision::Allow);
        for (failures, wait) in [
            (0, 0),
            (1, 0),
            (5, 0),
            (6, 1),
            (7, 2),
            (8, 4),
            (10, 16),
            (15, 512),
            (16, 900),
            (37, 900),
            (38, 900),
            (99, 900),
        ] {
            let expected = if wait == 0 {
                Decision::Allow
            } else {
                Decision::Wait(NOON + seconds(wait))
            };
            assert_eq!(rule.decide(Some(counter(failures)), NOON), expected, "{failures}");
            assert_eq!(
                rule.decide(Some(counter(failures)), NOON + seconds(wait)),
                Decision::Allow,
                "{failures}"
            );
        }
        for failures in [100, 101, i64::MAX] {
            assert_eq!(
                rule.decide(Some(counter(failures)), NOON + DAY * 400),
                Decision::Disabled,
                "{failures}"
            );
        }
        assert_eq!(rule.decide(Some(counter(i64::MIN)), NOON), Decision::Allow);
    }

    #[test]
    fn b47_a_patient_guesser_is_stopped_at_100() {
        let rule = AccountRule::default();
        let (mut row, mut now, mut tries) = (None, NOON, 0);
        loop {
            match rule.decide(row, now) {
                Decision::Allow => {
                    tries += 1;
                    row = Some(rule.after_failure(row, now));
                }
                Decision::Wait(until) => now = until,
                Decision::Disabled => break,
            }
        }
        assert_eq!(tries, 100);
        assert!(now.since(NOON) > HOUR * 20, "{:?}", now.since(NOON));
    }

    #[test]
    fn successful_sign_ins_leave_no_counter_and_never_wait() {
        for _ in 0..250 {
            assert_eq!(AccountRule::default().decide(None, NOON), Decision::Allow);
            assert_eq!(AddressRule::default().decide(None, NOON), Decision::Allow);
        }
    }

    #[test]
    fn an_address_has_a_budget_in_each_window() {
        let rule = AddressRule::default();
        let mut row = None;
        for _ in 0..100 {
            assert_eq!(rule.decide(row, NOON + seconds(30)), Decision::Allow);
            row = Some(rule.after_failure(row, NOON));
        }
        assert_eq!(
            rule.decide(row, NOON + seconds(30)),
            Decision::Wait(NOON + seconds(900))
        );
        assert_eq!(rule.decide(row, NOON + seconds(900)), Decision::Allow);
        assert_eq!(rule.after_failure(row, NOON + seconds(899)).failures, 101);
        assert_eq!(
            rule.after_failure(row, NOON + seconds(900)),
            Counter::first(NOON + seconds(900))
        );
    }

    #[test]
    fn r7_a_backward_jump_never_clears_a_lock_out() {
        let rule = AccountRule::default();
        let address = AddressRule::default();
        for back in [seconds(60), HOUR, DAY, DAY * 400] {
            let now = NOON - back;
            for row in [counter(20), counter(120)] {
                let row = row.after_clock_change(now).unwrap_or(row);
                assert_ne!(rule.decide(Some(row), now), Decision::Allow, "{back:?}");
            }
            let row = counter(120).after_clock_change(now).unwrap_or(counter(120));
            assert_ne!(address.decide(Some(row), now), Decision::Allow, "{back:?}");
        }
    }

    #[test]
    fn r7_a_failure_written_by_a_clock_far_ahead_locks_out_for_one_wait_only() {
        let ahead = Counter {
            last_failure_at: NOON + DAY * 400,
            ..Counter::first(NOON + DAY * 400)
        };
        let row = Counter {
            failures: 20,
            ..ahead
        }
        .after_clock_change(NOON)
        .unwrap();
        assert_eq!(
            AccountRule::default().decide(Some(row), NOON),
            Decision::Wait(NOON + seconds(900))
        );
        assert_eq!(
            row.after_clock_change(NOON + seconds(1)),
            None,
            "the wait does not restart"
        );
        assert_eq!(
            AccountRule::default().decide(Some(row), NOON + seconds(900)),
            Decision::Allow
        );
        let row = Counter {
            failures: 100,
            ..ahead
        }
        .after_clock_change(NOON)
        .unwrap();
        assert_eq!(
            AddressRule::default().decide(Some(row), NOON + seconds(900)),
            Decision::Allow
        );
    }

    #[test]
    fn r7_nodes_with_clocks_half_a_minute_apart_agree() {
        let row = Counter {
            failures: 16,
            ..Counter::first(NOON + seconds(30))
        };
        assert_eq!(row.after_clock_change(NOON), None);
        assert_eq!(
            AccountRule::default().decide(Some(row), NOON),
            Decision::Wait(NOON + seconds(930))
        );
        assert_eq!(
            AccountRule::default()
                .after_failure(Some(row), NOON)
                .last_failure_at,
            row.last_failure_at
        );
    }
}
