//! The time of a refused sign-in, which must not tell whether the name has an account.

use std::time::{Duration, Instant};

use crate::support::{On, TestApp};

/// How many sign-ins of each kind are measured.
const SAMPLES: usize = 1_000;

/// The share of pairs of a known and an unknown name in which the known one took longer. It is one half if the times
/// have the same distribution, with a standard deviation of 0.013 for a thousand of each.
fn share_longer(known: &[Duration], unknown: &[Duration]) -> f64 {
    let mut sorted = unknown.to_vec();
    sorted.sort_unstable();
    let longer: usize = known
        .iter()
        .map(|time| sorted.partition_point(|other| other < time))
        .sum();
    let pairs = u32::try_from(known.len() * unknown.len()).unwrap();
    f64::from(u32::try_from(longer).unwrap()) / f64::from(pairs)
}

fn percentile(times: &[Duration], hundredths: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) * hundredths / 100]
}

/// Measures refused sign-ins to a known and to an unknown name by turns, with hashing as cheap as in all tests, so that
/// it hides as little as possible.
#[expect(clippy::print_stderr, reason = "its purpose is to print the figures")]
async fn measure(on: On) {
    let test = TestApp::start(on).await;
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for turn in 0..2 * SAMPLES {
        // Both kinds begin with a failure that was counted, and neither ever waits.
        test.sql("UPDATE throttles SET failures = 1").await;
        let (name, times) = match turn % 2 {
            0 => ("ann", &mut known),
            _ => ("eve", &mut unknown),
        };
        let began = Instant::now();
        let refused = browser.submit_password(&page, name, "a wrong password").await;
        times.push(began.elapsed());
        assert_eq!(refused.status, 422);
    }
    let share = share_longer(&known, &unknown);
    for (kind, times) in [("known", &known), ("unknown", &unknown)] {
        let [p10, p50, p90] = [10, 50, 90].map(|hundredths| percentile(times, hundredths));
        eprintln!("{on:?}, {kind}: {p10:?}, {p50:?}, {p90:?} at the 10th, 50th and 90th percentile");
    }
    eprintln!("{on:?}: the known name took longer in {share:.3} of all pairs");
    assert!((share - 0.5).abs() < 0.04, "{share}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures times; run it by name with --ignored --nocapture"]
async fn a_refused_sign_in_takes_as_long_for_unknown_names() {
    for on in [On::Sqlite, On::Postgres] {
        measure(on).await;
    }
}
