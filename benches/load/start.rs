//! The start time, the memory and the size of the server.

use std::time::Duration;

use crate::host::Host;
use crate::process::{resident, sleep};

/// Starts the server several times on an existing database; yields the figures as lines.
pub fn figures(host: &Host) -> anyhow::Result<Vec<String>> {
    let (mut first, first_start) = host.serve()?;
    first.stop()?;
    let (mut times, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (mut server, took) = host.serve()?;
        times.push(took);
        sleep(Duration::from_secs(1))?;
        idle.push(resident(server.id()));
        server.stop()?;
    }
    times.sort_unstable();
    idle.sort_unstable_by(f64::total_cmp);
    Ok(vec![
        format!(
            "cold start: {:.1} ms, median of 5 ({:.1} to {:.1}); the first start, which creates keys: {:.0} ms",
            millis(times[2]),
            millis(times[0]),
            millis(times[4]),
            millis(first_start)
        ),
        format!("idle memory: {:.1} MiB, one second after the start", idle[2]),
        format!("binary: {:.1} MB, stripped", host.binary_size()? as f64 / 1e6),
    ])
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
