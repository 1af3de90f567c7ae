//! Websites behind a reverse proxy.

mod registration;

use doorward::model::access::AccessRule;
use doorward::model::client::{ClientSettings, Login};

use crate::support::TestApp;

/// The website of the app `wiki`.
const WIKI: &str = "https://wiki.example.org";

/// The settings of an app with these websites, which lets in everyone.
fn websites(origins: &[&str]) -> ClientSettings {
    let callback = |origin: &&str| format!("{origin}/.doorward/callback");
    ClientSettings {
        login: Login::Proxy,
        access: AccessRule::for_everyone(),
        redirect_uris: origins.iter().map(callback).collect(),
        ..ClientSettings::default()
    }
}

/// Registers an app with these websites.
async fn register(test: &TestApp, id: &str, origins: &[&str]) {
    test.register(id, |settings| *settings = websites(origins)).await;
}
