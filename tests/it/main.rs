//! Tests over HTTP and of commands, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod access;
mod account_list;
mod account_pages;
mod account_states;
mod acting;
mod app_access;
mod app_admins;
mod app_pages;
mod app_roles;
mod app_settings;
mod attempts;
mod audit;
mod authorize;
mod browser_security;
mod bulk;
mod catalogue;
mod claim_rules;
mod clients;
mod commands;
mod confirmations;
mod conformance;
mod consent;
mod console_audit;
mod console_people;
mod cors;
mod device_codes;
mod devices;
mod documents;
mod email_proofs;
mod emails;
mod error_pages;
mod forms;
mod forward_auth;
mod health;
mod import_circles;
mod invitations;
mod launcher;
mod layers;
mod logouts;
mod lost_postgres;
mod mail;
mod malformed;
mod metadata;
mod operations;
mod own_account;
mod pages;
mod passkeys;
mod permissions;
mod private_key_jwt;
mod process;
mod races;
mod recent_console;
mod registration;
mod relying_party;
mod resets;
mod resource_servers;
mod routes;
#[path = "../samples/mod.rs"]
mod samples;
mod schemes;
mod second_factor_kinds;
mod second_factor_policy;
mod second_factor_rules;
mod second_factors;
mod sessions;
mod set_up;
mod settings;
mod sign_out;
mod startup;
mod statement_count;
mod statements;
mod subset_guard;
mod support;
mod sweep;
mod theme;
mod timing;
mod token_rules;
mod tokens;
mod trusted_devices;
mod undo;
mod user_pages;
mod users_list;
