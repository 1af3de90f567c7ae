//! `doorward config`: checking and printing the configuration.

use clap::Subcommand;
use serde_json::json;

use super::{Host, print_line};
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

/// Prints that the configuration is valid; a [`Host`] exists only if it is.
pub(in crate::cli) fn check(host: &Host) {
    host.print("The configuration is valid.", &json!({ "valid": true }));
}
