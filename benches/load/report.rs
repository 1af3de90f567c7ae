//! Printing the results.

use std::fmt::Write;
use std::fs;

use crate::drive::Figures;
use crate::process::resident;

/// Prints each row at once, aligned for a terminal or as Markdown.
pub struct Report {
    pub markdown: bool,
}

const HEADS: [&str; 12] = [
    "scenario",
    "database",
    "c",
    "ops/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "errors",
    "server µs",
    "database µs",
    "generator µs",
    "RSS MiB",
];

impl Report {
    /// Prints the machine and its load before anything is measured.
    pub fn machine() {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map_or("unknown", |rest| rest.trim_start_matches(['\t', ' ', ':']));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self::lines(
            "Machine",
            &[
                format!("{cores} cores, {model}, Linux {}", kernel.trim()),
                format!("load average before: {}", load()),
            ],
        );
    }

    pub fn lines(head: &str, lines: &[String]) {
        print(&format!("\n{head}:\n"));
        for line in lines {
            print(&format!("- {line}"));
        }
    }

    pub fn heads(&self) {
        print("");
        self.cells(&HEADS.map(str::to_owned));
        if self.markdown {
            print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        }
    }

    /// Prints the figures of a run, with the memory of the server process.
    pub fn row(&self, name: &str, database: &str, c: usize, figures: &Figures, server: u32) {
        let [p50, p95, p99] = figures.latency.map(|time| format!("{time:.2}"));
        let [cpu, db, own] = figures.cpu.map(|time| format!("{time:.1}"));
        let db = if database == "PostgreSQL" {
            db
        } else {
            String::new()
        };
        self.cells(&[
            name.to_owned(),
            database.to_owned(),
            c.to_string(),
            format!("{:.0}", figures.rate()),
            p50,
            p95,
            p99,
            figures.errors.to_string(),
            cpu,
            db,
            own,
            format!("{:.0}", resident(server)),
        ]);
        if let Some(error) = &figures.first_error {
            print(&format!("  the first error: {error}"));
        }
    }

    fn cells(&self, cells: &[String; 12]) {
        if self.markdown {
            print(&format!("| {} |", cells.join(" | ")));
            return;
        }
        let (name, rest) = cells.split_at(2);
        let mut line = format!("{:<32}{:<11}", name[0], name[1]);
        for cell in rest {
            _ = write!(line, "{cell:>13}");
        }
        print(&line);
    }

    pub fn end() {
        print(&format!("\nload average after: {}", load()));
    }
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

#[expect(clippy::print_stdout, reason = "the only place that prints")]
pub fn print(line: &str) {
    println!("{line}");
}
