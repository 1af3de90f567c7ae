//! Measures throughput, latency and processor time of the real `doorward` program.
//!
//! ```sh
//! cargo bench --profile dist --features vendored --bench load -- --seconds 5
//! ```
//!
//! Everything runs on loopback and in temporary folders, which are removed at the end.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded for people to read"
)]

mod app;
mod baseline;
mod drive;
mod flood;
mod flow;
mod host;
mod http;
mod passkey;
mod postgres;
mod process;
mod raw;
mod report;
#[path = "../../tests/it/support/soft_passkey.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with the tests, which also send wrong answers, and fail by panicking"
)]
mod soft_passkey;
mod start;
mod target;
mod work;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::runtime::Runtime;

use drive::{Figures, Until, Watched, drive};
use flood::Flood;
use host::Host;
use http::Http;
use postgres::Postgres;
use process::{Owned, check};
use report::Report;
use target::{Seed, Target};
use work::{Scenario, Work};

/// The server's allocator, so that the bare handler is comparable.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of connections that build up use, and of the measurements before and after it.
const USE_CONNECTIONS: usize = 64;

/// Measures throughput, latency and processor time of the real `doorward` program.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to measure.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_doorward"))]
    binary: PathBuf,
    /// The seconds to measure each scenario at each concurrency
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The numbers of concurrent connections
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    concurrency: Vec<usize>,
    /// Measure only what has this text in its name: a scenario, `bare`, `raw`, `start` or `flood`
    #[arg(long, default_value = "")]
    only: String,
    /// Measure on a temporary `PostgreSQL` server too
    #[arg(long)]
    postgres: bool,
    /// Measure again after this number of grants [default: 100000]
    #[arg(long = "use", num_args = 0..=1, default_missing_value = "100000", value_name = "GRANTS")]
    used: Option<u64>,
    /// Print the table as Markdown
    #[arg(long)]
    markdown: bool,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    #[arg(long, hide = true)]
    serve_baseline: Option<SocketAddr>,
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
            report::print(&format!("load: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let report = Report {
        markdown: arguments.markdown,
    };
    Report::machine();
    let host = Host::new(&arguments.binary, None)?;
    if arguments.wants("raw") {
        Report::lines("Speed of the machine", &raw::figures(host.folder())?);
    }
    let seed = arguments.seed(&host)?;
    if arguments.wants("start") {
        Report::lines("The idle server, on SQLite", &start::figures(&host)?);
    }
    report.heads();
    if arguments.wants("bare") {
        bare(arguments, &report)?;
    }
    Bench::new(arguments, &report, "SQLite", &host, seed, None)?.run()?;
    if arguments.postgres {
        let postgres = Postgres::start()?;
        let host = Host::new(&arguments.binary, Some(&postgres.database("load")?))?;
        let seed = arguments.seed(&host)?;
        Bench::new(arguments, &report, "PostgreSQL", &host, seed, Some(&postgres))?.run()?;
    }
    Report::end();
    Ok(())
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }

    /// Fills the database, with a person for each connection that signs in with a passkey.
    fn seed(&self, host: &Host) -> anyhow::Result<Seed> {
        let most = self.concurrency.iter().copied().max().unwrap_or(0);
        let signs_in = [Scenario::Passkey, Scenario::PasskeyForm]
            .iter()
            .any(|scenario| self.wants(scenario.name()));
        Seed::new(host, if signs_in { most } else { 0 })
    }

    fn time(&self) -> Until {
        Until::Time(Duration::from_secs_f64(self.seconds))
    }
}

/// Measures the bare handler.
fn bare(arguments: &Arguments, report: &Report) -> anyhow::Result<()> {
    let (child, address) = baseline::start()?;
    let watched = Watched {
        server: child.id(),
        database: &Vec::new,
    };
    for c in &arguments.concurrency {
        let works = (0..*c).map(|_| Work::Same(baseline::request())).collect();
        let figures = drive(address, works, arguments.time(), &watched)?;
        report.row("bare handler", "", *c, &figures, child.id());
    }
    Ok(())
}

/// A server on one database, with the options of its measurements.
struct Bench<'a> {
    arguments: &'a Arguments,
    report: &'a Report,
    database: &'static str,
    postgres: Option<&'a Postgres>,
    server: Owned,
    target: Arc<Target>,
    runtime: Runtime,
}

impl<'a> Bench<'a> {
    fn new(
        arguments: &'a Arguments,
        report: &'a Report,
        database: &'static str,
        host: &Host,
        seed: Seed,
        postgres: Option<&'a Postgres>,
    ) -> anyhow::Result<Self> {
        let (server, _) = host.serve()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let target = Arc::new(runtime.block_on(Target::new(seed, host.address))?);
        Ok(Self {
            arguments,
            report,
            database,
            postgres,
            server,
            target,
            runtime,
        })
    }

    fn run(&self) -> anyhow::Result<()> {
        for scenario in Scenario::ALL {
            if self.arguments.wants(scenario.name()) {
                for c in &self.arguments.concurrency {
                    self.row(scenario, scenario.name(), *c)?;
                }
            }
        }
        if self.arguments.wants("flood") {
            self.flood()?;
        }
        let Some(used) = self.arguments.used else {
            return Ok(());
        };
        for when in ["fresh", "used"] {
            if when == "used" {
                let figures = self.drive(Scenario::CodeOffline, USE_CONNECTIONS, Until::Count(used))?;
                let name = format!("{used} grants");
                self.report
                    .row(&name, self.database, USE_CONNECTIONS, &figures, self.server.id());
            }
            for scenario in [Scenario::ClientCredentials, Scenario::Refresh, Scenario::Code] {
                self.row(scenario, &format!("{}, {when}", scenario.name()), USE_CONNECTIONS)?;
            }
        }
        Ok(())
    }

    /// Measures what hashes no password, without and with a flood of wrong passwords.
    fn flood(&self) -> anyhow::Result<()> {
        for scenario in [Scenario::Jwks, Scenario::Refresh] {
            self.row(scenario, &format!("{}, quiet", scenario.name()), 1)?;
            let flood = Flood::start(self.target.address);
            let measured = self.row(scenario, &format!("{}, flood", scenario.name()), 1);
            let met = flood.stop()?;
            measured?;
            Report::lines("The flood", &[met]);
        }
        Ok(())
    }

    fn row(&self, scenario: Scenario, name: &str, c: usize) -> anyhow::Result<()> {
        let figures = self.drive(scenario, c, self.arguments.time())?;
        self.report
            .row(name, self.database, c, &figures, self.server.id());
        Ok(())
    }

    fn drive(&self, scenario: Scenario, c: usize, until: Until) -> anyhow::Result<Figures> {
        check()?;
        let works = self.runtime.block_on(async {
            let mut http = Http::connect(self.target.address).await?;
            let mut works = Vec::new();
            for connection in 0..c {
                works.push(scenario.prepare(&self.target, &mut http, connection).await?);
            }
            anyhow::Ok(works)
        })?;
        let watched = Watched {
            server: self.server.id(),
            database: &|| self.postgres.map(Postgres::processes).unwrap_or_default(),
        };
        drive(self.target.address, works, until, &watched)
    }
}
