//! The log on standard error. A separate thread writes the lines and drops those that it cannot write in time, so a
//! full disk or a stalled or closed pipe does not stop requests.

use std::io::IsTerminal;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// The maximum number of lines that wait to be written; further ones are dropped.
const WAITING_LINES: usize = 16_384;

/// Starts logging. Dropping the guard writes the lines that wait.
pub(in crate::cli) fn start(log: &Log) -> WorkerGuard {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING_LINES)
        .finish(std::io::stderr());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(writer);
    // Tests start several servers in one process; only the first call has an effect.
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    guard
}
