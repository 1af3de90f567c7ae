//! Websites behind a reverse proxy: a simulated one, and a real nginx.

mod guards;
mod nginx;
mod registration;
mod visitors;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::model::access::AccessRule;
use doorward::model::client::{ClientSettings, Login};

use crate::support::{Browser, On, PASSWORD, Response, TestApp, new_settings};

/// The website of the app `wiki`.
pub const WIKI: &str = "https://wiki.example.org";

impl TestApp {
    /// Starts a server that trusts proxies on this machine.
    pub async fn behind_proxy(on: On) -> Self {
        Self::start_with(on, &[("DOORWARD__TRUSTED_PROXIES", "127.0.0.1")]).await
    }
}

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
pub async fn register(test: &TestApp, id: &str, origins: &[&str]) {
    test.register(id, |settings| *settings = websites(origins)).await;
}

/// Replaces the settings of the app `wiki`.
async fn set_wiki(test: &TestApp, settings: ClientSettings) {
    let update = new_settings("wiki", settings);
    test.change(&Actor::HOST, update).await.unwrap();
}

/// A visitor: one browser at this server, and at a website through a proxy.
pub struct Visitor {
    here: Browser,
    /// The requests of the proxy, with the cookies of the website.
    site: Browser,
    origin: &'static str,
}

impl Visitor {
    fn new(test: &TestApp, origin: &'static str) -> Self {
        Self::of(test.browser(), test, origin)
    }

    /// The visitor with this browser at another website.
    fn of(here: Browser, test: &TestApp, origin: &'static str) -> Self {
        let site = test.browser();
        Self { here, site, origin }
    }

    /// What Traefik or Caddy gets when it asks about a request.
    async fn visit(&self, target: &str) -> Response {
        let (proto, host) = self.origin.split_once("://").unwrap();
        self.site.always_send("x-forwarded-proto", proto);
        self.site.always_send("x-forwarded-host", host);
        self.site.always_send("x-forwarded-uri", target);
        self.site.get("/forward-auth").await
    }

    /// What nginx gets from one of its endpoints.
    async fn ask(&self, endpoint: &str, target: &str) -> Response {
        self.site
            .always_send("x-original-url", &format!("{}{target}", self.origin));
        self.site.get(endpoint).await
    }

    /// Follows the redirect of a request to the sign-in, and signs in if it asks; yields the path to return to.
    async fn sign_in_from(&self, started: &Response, username: &str) -> String {
        assert_eq!(started.status, 303, "{}", started.body);
        let mut back = self.here.get(started.location()).await;
        if back.location().contains("/sign-in?") {
            let page = self.here.get(back.location()).await;
            let done = self.here.submit_password(&page, username, PASSWORD).await;
            back = self.here.get(done.location()).await;
        }
        let callback = back.location().strip_prefix(self.origin);
        callback
            .unwrap_or_else(|| panic!("{}", back.location()))
            .to_owned()
    }

    /// Signs in to the website; yields the response that sets its cookie.
    async fn sign_in(&self, username: &str) -> Response {
        let started = self.visit("/").await;
        let callback = self.sign_in_from(&started, username).await;
        self.visit(&callback).await
    }

    /// Whether the proxy lets in a request.
    pub async fn is_in(&self) -> bool {
        let answer = self.visit("/").await;
        assert!([200, 303].contains(&answer.status), "{}", answer.status);
        answer.status == 200
    }
}

/// A visitor who has signed in to the website of the app `wiki`.
pub async fn at_the_wiki(test: &TestApp, username: &str) -> Visitor {
    let visitor = Visitor::new(test, WIKI);
    visitor.sign_in(username).await;
    assert!(visitor.is_in().await);
    visitor
}

async fn suspend(test: &TestApp, username: &str) {
    let change = SuspendAccount {
        id: test.id(username).await,
        reason: "gone".into(),
    };
    test.change(&Actor::HOST, change).await.unwrap();
}
