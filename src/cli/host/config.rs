//! `doorward config`: checking and printing the configuration.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{Host, certificate};
use crate::app::database_options;
use crate::cli::terminal::print_line;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigAction {
    /// Check the configuration and list all errors
    Check,
    /// Print every key with its meaning and its default
    Example,
}

/// Prints every key; needs no configuration.
pub(in crate::cli) fn example() {
    print_line(Config::example().trim_end());
}

/// Checks the database's URL and the TLS files, and prints that the configuration is valid; a [`Host`] exists only if
/// the rest of it is.
///
/// # Errors
/// If the URL is invalid, or the TLS files cannot be used.
pub(in crate::cli) fn check(host: &Host) -> anyhow::Result<()> {
    database_options(&host.config).check().context("database")?;
    let warnings = certificate::check(&host.config, Host::now())?;
    let mut sentences = vec!["The configuration is valid.".to_owned()];
    sentences.extend(warnings.iter().map(|warning| format!("Warning: {warning}.")));
    host.print(
        &sentences.join("\n"),
        &json!({ "valid": true, "warnings": warnings }),
    );
    Ok(())
}
