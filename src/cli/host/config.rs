//! `doorward config`: what the server is started with.

use clap::Subcommand;
use serde_json::json;

use super::{Host, print_line};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigAction {
    /// Read the configuration and list every error
    Check,
    /// Print every key with its meaning and its default
    Example,
}

/// Prints every key; it needs no configuration.
pub(in crate::cli) fn example() {
    print_line(Config::example().trim_end());
}

/// Says that the configuration is valid, which it is once there is a host.
pub(in crate::cli) fn check(host: &Host) {
    host.print("The configuration is valid.", &json!({ "valid": true }));
}
