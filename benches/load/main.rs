//! Puts load on the real `doorward` program and prints what it does and what that costs.
//!
//! ```sh
//! cargo bench --bench load -- --seconds 5
//! ```
//!
//! Everything happens on loopback and in temporary folders, ends by itself, and leaves nothing running.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded for people to read"
)]

mod baseline;
mod drive;
mod flow;
mod host;
mod http;
mod postgres;
mod process;
mod target;
mod work;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use drive::{Figures, Until, Watched, drive};
use host::Host;
use http::Http;
use postgres::Postgres;
use process::{check, resident};
use target::{Seed, Target};
use work::{Scenario, Work};

/// The allocator that the server has, so that the bare handler differs from it in nothing else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Puts load on the server and prints what it does and what that costs.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to measure.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_doorward"))]
    binary: PathBuf,
    /// How long each scenario is measured at each concurrency.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How many connections at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    concurrency: Vec<usize>,
    /// Only scenarios whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Measures on PostgreSQL too.
    #[arg(long)]
    postgres: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
    #[arg(long, hide = true)]
    serve_baseline: Option<SocketAddr>,
}

#[expect(clippy::print_stdout, reason = "the one place that prints")]
fn print(line: &str) {
    println!("{line}");
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.serve_baseline {
        Some(address) => baseline::serve(address),
        None => process::stop_on_signal().and_then(|()| measure(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("load: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    measure_baseline(arguments)?;
    let host = Host::new(&arguments.binary, None)?;
    measure_server(arguments, &host, "SQLite", None)?;
    if arguments.postgres {
        let postgres = Postgres::start()?;
        let host = Host::new(&arguments.binary, Some(&postgres.database("load")?))?;
        measure_server(arguments, &host, "PostgreSQL", Some(&postgres))?;
    }
    Ok(())
}

fn row(name: &str, database: &str, c: usize, figures: &Figures, resident: f64) {
    let [p50, p95, p99] = figures.latency;
    let [server, db, own] = figures.cpu;
    print(&format!(
        "| {name} | {database} | {c} | {:.0} | {p50:.2} | {p95:.2} | {p99:.2} | {} | {server:.1} | {db:.1} | {own:.1} | {resident:.0} |",
        figures.rate(),
        figures.errors
    ));
    if let Some(error) = &figures.first_error {
        print(&format!("  first error: {error}"));
    }
}

fn measure_baseline(arguments: &Arguments) -> anyhow::Result<()> {
    let (child, address) = baseline::start()?;
    let watched = Watched {
        server: vec![child.id()],
        database: Vec::new(),
    };
    for c in &arguments.concurrency {
        let works = (0..*c).map(|_| Work::Same(baseline::asked())).collect();
        let until = Until::Time(Duration::from_secs_f64(arguments.seconds));
        let figures = drive(address, works, until, &watched)?;
        row("bare handler", "", *c, &figures, resident(child.id()));
    }
    Ok(())
}

fn measure_server(
    arguments: &Arguments,
    host: &Host,
    database: &str,
    postgres: Option<&Postgres>,
) -> anyhow::Result<()> {
    let seed = Seed::new(host)?;
    let (server, _) = host.serve()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let target = Arc::new(runtime.block_on(Target::new(seed, host.address))?);
    for scenario in Scenario::ALL {
        if !scenario.name().contains(&arguments.only) {
            continue;
        }
        for c in &arguments.concurrency {
            check()?;
            let works: Vec<Work> = runtime.block_on(async {
                let mut http = Http::connect(target.address).await?;
                let mut works = Vec::new();
                for connection in 0..*c {
                    works.push(scenario.prepare(&target, &mut http, connection).await?);
                }
                anyhow::Ok(works)
            })?;
            let watched = Watched {
                server: vec![server.id()],
                database: postgres.map(Postgres::processes).unwrap_or_default(),
            };
            let until = Until::Time(Duration::from_secs_f64(arguments.seconds));
            let figures = drive(target.address, works, until, &watched)?;
            row(scenario.name(), database, *c, &figures, resident(server.id()));
        }
    }
    Ok(())
}
