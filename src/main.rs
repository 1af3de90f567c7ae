//! Parses the command line and maps an error to an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use doorward::cli::{Command, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = Command::parse();
    // The cryptography for TLS, of the server and of its own requests. This fails only if one is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Skips variables that are not UTF-8, since none of them belongs to the configuration.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    match runtime.block_on(run(command, environment.collect())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

fn fail(message: &str) -> ExitCode {
    // `eprintln!` panics where standard error cannot be written.
    let _ = writeln!(std::io::stderr(), "doorward: {message}");
    ExitCode::FAILURE
}
