//! Tests of the pages in a real Chromium.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod amounts;
mod chromedriver;
mod chromium;
mod console;
mod demo;
mod flow;
mod form_post;
mod frames;
mod gallery;
mod keyboard;
mod leaving;
mod pages;
mod passkeys;
mod phone;
mod recovery;
#[path = "../samples/mod.rs"]
mod samples;
mod serve;
mod set_up;
#[path = "../it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests over HTTP, which use the rest of it"
)]
mod support;
