//! A flood of wrong passwords beside a measurement, each for another name and from another network.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;

use crate::http::{Http, between, get, post};

/// Connections that send wrong passwords.
const CONNECTIONS: u64 = 50;
/// How often each of them sends one; together 500 a second.
const EVERY: Duration = Duration::from_millis(100);

/// A flood that ends when it is stopped.
pub struct Flood {
    shared: Arc<Shared>,
    thread: JoinHandle<anyhow::Result<()>>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    /// How many passwords were compared with a hash, and how many were refused at once.
    compared: AtomicU64,
    refused: AtomicU64,
    /// The longest time that a refusal took.
    slowest: Mutex<Duration>,
}

impl Flood {
    /// Starts a flood.
    pub fn start(address: SocketAddr) -> Self {
        let shared = Arc::new(Shared::default());
        let ours = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connections = JoinSet::new();
                for number in 0..CONNECTIONS {
                    connections.spawn(one_connection(address, number, ours.clone()));
                }
                while let Some(done) = connections.join_next().await {
                    done??;
                }
                anyhow::Ok(())
            })
        });
        Self { shared, thread }
    }

    /// Stops the flood; yields its counts as a line.
    pub fn stop(self) -> anyhow::Result<String> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let done = self.thread.join();
        done.map_err(|_| anyhow::anyhow!("the flood panicked"))??;
        let slowest = *self.shared.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(format!(
            "{} wrong passwords were compared, {} refused at once, within {slowest:.0?}",
            self.shared.compared.load(Ordering::Relaxed),
            self.shared.refused.load(Ordering::Relaxed),
        ))
    }
}

async fn one_connection(address: SocketAddr, number: u64, shared: Arc<Shared>) -> anyhow::Result<()> {
    let mut http = Http::connect(address).await?;
    let page = http.send(&get("/sign-in", "")).await?.expect(200)?;
    let browser = page.cookie("doorward_browser").context("no browser cookie")?;
    let csrf = between(page.body, "name=\"csrf\" value=\"", "\"").context("no CSRF token")?;
    let (browser, csrf) = (browser.to_owned(), csrf.to_owned());
    let mut ticks = tokio::time::interval(EVERY);
    let mut turn = number;
    while !shared.is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        let [_, _, _, _, _, a, b, c] = turn.to_be_bytes();
        let headers = format!("cookie: {browser}\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n");
        let name = format!("nobody{turn}");
        let fields = [
            ("csrf", &*csrf),
            ("username", &name),
            ("password", "a wrong password"),
        ];
        let began = Instant::now();
        let status = http
            .send(&post("/sign-in/password", &headers, &fields))
            .await?
            .status;
        match status {
            422 => shared.compared.fetch_add(1, Ordering::Relaxed),
            429 | 503 => {
                let mut slowest = shared.slowest.lock().unwrap_or_else(PoisonError::into_inner);
                *slowest = began.elapsed().max(*slowest);
                shared.refused.fetch_add(1, Ordering::Relaxed)
            }
            other => anyhow::bail!("status {other} for a wrong password"),
        };
        turn += CONNECTIONS;
    }
    Ok(())
}
