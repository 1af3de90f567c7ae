//! When work that failed is tried again.

use std::time::Duration;

/// How long to wait after the first failure; each further one doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// The longest time between two tries.
const LONGEST_RETRY: Duration = Duration::from_hours(1);

/// How long to wait after this many failed attempts.
#[must_use]
pub fn retry_after(attempts: i64) -> Duration {
    let doubled = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    (FIRST_RETRY * 2_u32.pow(doubled)).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_become_rarer_up_to_one_each_hour() {
        let seconds = [1, 2, 3, 7, 8, 1000].map(|attempts| retry_after(attempts).as_secs());
        assert_eq!(seconds, [30, 60, 120, 1920, 3600, 3600]);
    }
}
