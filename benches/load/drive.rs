//! Keeps connections busy for a while and measures rate, latency and processor time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;

use crate::http::Http;
use crate::process::{Cpu, check, sleep};
use crate::work::Work;

/// The number of generator threads: enough to keep the server busy, few enough to leave it most of the processors.
const THREADS: usize = 2;
const WARM_UP: Duration = Duration::from_millis(700);
/// The time limit for the last responses.
const LAST_RESPONSES: Duration = Duration::from_secs(20);

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const DONE: u8 = 2;

/// When a run ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// After this time.
    Time(Duration),
    /// After this number of operations, without a warm-up.
    Count(u64),
}

/// The processes whose processor time is measured.
pub struct Watched<'a> {
    pub server: u32,
    /// A function, since the database starts processes when connections are opened.
    pub database: &'a dyn Fn() -> Vec<u32>,
}

impl Watched<'_> {
    /// The processor time that the server, its database and the generator have used.
    fn cpu(&self) -> [Cpu; 3] {
        [
            Cpu::of(&[self.server]),
            Cpu::of(&(self.database)()),
            Cpu::of(&[std::process::id()]),
        ]
    }
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub operations: u64,
    pub seconds: f64,
    pub errors: u64,
    /// Milliseconds at the 50th, 95th and 99th percentile.
    pub latency: [f64; 3],
    /// Microseconds of processor time per operation, of the server, its database and the generator.
    pub cpu: [f64; 3],
    pub first_error: Option<String>,
}

impl Figures {
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }
}

#[derive(Default)]
struct Shared {
    phase: AtomicU8,
    operations: AtomicU64,
    errors: AtomicU64,
    first_error: Mutex<Option<String>>,
}

/// The counts so far.
struct Counts {
    operations: u64,
    errors: u64,
}

impl Shared {
    fn counts(&self) -> Counts {
        Counts {
            operations: self.operations.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
        }
    }

    fn note(&self, error: &anyhow::Error) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        let mut first = self.first_error.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("{error:#}"));
    }
}

/// Runs each work on its own connection, all concurrently.
pub fn drive(
    address: SocketAddr,
    works: Vec<Work>,
    until: Until,
    watched: &Watched<'_>,
) -> anyhow::Result<Figures> {
    let shared = Arc::new(Shared::default());
    let mut parts: Vec<Vec<Work>> = (0..THREADS.min(works.len())).map(|_| Vec::new()).collect();
    let count = parts.len();
    for (at, work) in works.into_iter().enumerate() {
        parts[at % count].push(work);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let shared = shared.clone();
                scope.spawn(move || keep_busy(address, part, &shared))
            })
            .collect();
        let measured = measure(&shared, until, watched);
        shared.phase.store(DONE, Ordering::Relaxed);
        let mut latencies = Vec::new();
        for thread in threads {
            let part = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
            latencies.extend(part);
        }
        let mut figures = measured?;
        latencies.sort_unstable();
        figures.latency = [0.5, 0.95, 0.99].map(|share| percentile(&latencies, share));
        figures.first_error = shared
            .first_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Ok(figures)
    })
}

fn measure(shared: &Shared, until: Until, watched: &Watched<'_>) -> anyhow::Result<Figures> {
    if let Until::Time(_) = until {
        sleep(WARM_UP)?;
    }
    let (cpu_before, before, began) = (watched.cpu(), shared.counts(), Instant::now());
    shared.phase.store(MEASURING, Ordering::Relaxed);
    match until {
        Until::Time(time) => sleep(time)?,
        Until::Count(count) => {
            while shared.counts().operations < count {
                check()?;
                anyhow::ensure!(shared.counts().errors < count, "too many errors");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    let (after, seconds, cpu_after) = (shared.counts(), began.elapsed().as_secs_f64(), watched.cpu());
    shared.phase.store(DONE, Ordering::Relaxed);
    let operations = after.operations - before.operations;
    let mut figures = Figures {
        operations,
        seconds,
        errors: after.errors - before.errors,
        ..Figures::default()
    };
    for (figure, (after, before)) in figures.cpu.iter_mut().zip(cpu_after.iter().zip(&cpu_before)) {
        *figure = after.since(before) / operations.max(1) as f64;
    }
    Ok(figures)
}

fn percentile(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    let at = (last * share).round() as usize;
    sorted.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1e3)
}

/// Runs the connections of one thread; yields the microseconds that each measured operation took.
fn keep_busy(address: SocketAddr, works: Vec<Work>, shared: &Arc<Shared>) -> anyhow::Result<Vec<u32>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for work in works {
            tasks.spawn(one_connection(address, work, shared.clone()));
        }
        let mut all = Vec::new();
        loop {
            let finishing = shared.phase.load(Ordering::Relaxed) == DONE;
            let wait = if finishing {
                LAST_RESPONSES
            } else {
                Duration::from_hours(1)
            };
            let next = tokio::time::timeout(wait, tasks.join_next()).await;
            match next.context("the last responses did not arrive")? {
                None => return Ok(all),
                Some(done) => all.extend(done??),
            }
        }
    })
}

async fn one_connection(
    address: SocketAddr,
    mut work: Work,
    shared: Arc<Shared>,
) -> anyhow::Result<Vec<u32>> {
    let mut http = Http::connect(address).await?;
    let mut latencies = Vec::with_capacity(1 << 12);
    loop {
        let phase = shared.phase.load(Ordering::Relaxed);
        if phase == DONE {
            return Ok(latencies);
        }
        let began = Instant::now();
        match work.once(&mut http).await {
            Ok(()) => {
                shared.operations.fetch_add(1, Ordering::Relaxed);
                if phase != WARMING {
                    latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            }
            Err(error) => {
                shared.note(&error);
                tokio::time::sleep(Duration::from_millis(10)).await;
                http = Http::connect(address).await?;
            }
        }
    }
}
