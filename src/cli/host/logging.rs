//! The log on standard error. Its writer neither waits nor fails: a thread of its own writes the lines, and lines that it
//! cannot write in time are dropped, so that a full disk, a stalled pipe or a reader that has gone stops no request.

use std::io::IsTerminal;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// The most lines that wait to be written; further ones are dropped.
const WAITING_LINES: usize = 16_384;

/// Starts logging; what waits is written when the guard is dropped.
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
