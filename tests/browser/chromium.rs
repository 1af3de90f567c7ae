//! A Chromium with its own chromedriver for each test.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::chromedriver::{Chromedriver, installed};
use crate::support::PASSWORD;

/// The time limit for a page, on a machine that runs many tests at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// Limits how many browsers run at once, since each has several processes and few test machines have many cores.
static PLACES: Semaphore = Semaphore::const_new(3);

/// Some of these flags stop Chromium from contacting hosts on the network.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
];

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// The size and the colour scheme in which a page is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: u32,
    pub dark: bool,
}

impl View {
    pub const DESKTOP: Self = Self::new(1280, false);
    pub const DARK: Self = Self::new(900, true);
    pub const TABLET: Self = Self::new(640, false);
    pub const PHONE: Self = Self::new(360, false);
    pub const NARROW: Self = Self::new(320, true);

    const fn new(width: u32, dark: bool) -> Self {
        Self { width, dark }
    }

    /// The name of the colour scheme, for the names of screenshots.
    pub const fn colours(self) -> &'static str {
        if self.dark { "dark" } else { "light" }
    }
}

/// The capabilities of the Chromium that chromedriver starts.
fn wanted(folder: &Path, scripts: Scripts) -> ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    wanted
        .set_binary(&installed("chromium").to_string_lossy())
        .unwrap();
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    for argument in ARGUMENTS.into_iter().chain([profile.as_str()]) {
        wanted.add_arg(argument).unwrap();
    }
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        // Chromium refuses to run as root with its sandbox.
        wanted.add_arg("--no-sandbox").unwrap();
    }
    wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    let mut preferences = json!({
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
    });
    if scripts == Scripts::Off {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    wanted.add_experimental_option("prefs", preferences).unwrap();
    wanted
}

/// A Chromium with its chromedriver. Both processes end when it is dropped, also when a test fails.
pub struct Chromium {
    pub driver: WebDriver,
    // Dropped in this order, so that the processes end before their files are removed.
    _chromedriver: Chromedriver,
    _folder: TempDir,
    _place: SemaphorePermit<'static>,
}

impl Chromium {
    pub async fn start(scripts: Scripts) -> Self {
        let place = PLACES.acquire().await.unwrap();
        // The client of the driver needs a TLS provider, although it speaks plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let chromedriver = Chromedriver::start(folder.path());
        let address = format!("http://127.0.0.1:{}", chromedriver.port);
        let driver = WebDriver::builder(address, wanted(folder.path(), scripts))
            .await
            .expect("Chromium does not start");
        let browser = Self {
            driver,
            _chromedriver: chromedriver,
            _folder: folder,
            _place: place,
        };
        browser.set_view(View::DESKTOP).await;
        browser
    }

    /// Sends a command of the `DevTools` protocol.
    pub async fn command(&self, method: &str, parameters: Value) {
        self.ask(method, parameters).await;
    }

    /// Sends a command of the `DevTools` protocol; yields its result.
    pub async fn ask(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap()
    }

    /// Adds a virtual authenticator for passkeys, which confirms everything by itself; yields its id.
    pub async fn add_authenticator(&self) -> Value {
        self.command("WebAuthn.enable", json!({ "enableUI": false }))
            .await;
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let added = self.ask("WebAuthn.addVirtualAuthenticator", json!({ "options": options }));
        added.await["authenticatorId"].clone()
    }

    /// Changes the size and the colour scheme.
    pub async fn set_view(&self, view: View) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": view.colours() },
            // Otherwise a colour might be read in the middle of a transition.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let media = json!({ "media": "", "features": features });
        self.command("Emulation.setEmulatedMedia", media).await;
        self.size(view.width, 900).await;
    }

    async fn size(&self, width: u32, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Retries until an element exists, since a new page may be loading.
    async fn retry<T>(&self, attempt: impl AsyncFn() -> WebDriverResult<Option<T>>) -> Result<T, String> {
        let begun = Instant::now();
        loop {
            let last = match attempt().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => "nothing matches".to_owned(),
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > PATIENCE {
                return Err(last);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The first element that matches, once it exists.
    pub async fn find(&self, css: &str) -> WebElement {
        self.with(css, async |element| Ok(element)).await
    }

    /// Acts on the first element that matches, once it exists.
    async fn with<T>(&self, css: &str, act: impl AsyncFn(WebElement) -> WebDriverResult<T>) -> T {
        let attempt = async || act(self.driver.find(By::Css(css)).await?).await.map(Some);
        let done = self.retry(attempt).await;
        done.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.unwrap().len()
    }

    /// The visible text of the first element that matches.
    pub async fn text(&self, css: &str) -> String {
        self.with(css, async |element| element.text().await).await
    }

    /// Waits until an element has this visible text, since the previous page may have the same element with another text.
    pub async fn wait_for_text(&self, css: &str, text: &str) {
        let read = async || {
            let found = self.driver.find(By::Css(css)).await?.text().await?;
            Ok((found == text).then_some(()))
        };
        if let Err(error) = self.retry(read).await {
            panic!("{css} reads {:?}, not {text:?} ({error})", self.text(css).await);
        }
    }

    pub async fn value(&self, css: &str) -> String {
        self.find(css).await.prop("value").await.unwrap().unwrap()
    }

    pub async fn click(&self, css: &str) {
        self.with(css, async |element| element.click().await).await;
    }

    /// Clicks the button with this text.
    pub async fn press(&self, text: &str) {
        let press = async || {
            for button in self.driver.find_all(By::Css("button")).await? {
                if button.text().await? == text {
                    return button.click().await.map(Some);
                }
            }
            Ok(None)
        };
        let pressed = self.retry(press).await;
        pressed.unwrap_or_else(|error| panic!("the button {text:?}: {error}"));
    }

    /// Replaces the text of a field.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Signs a test user in, until their home page is shown.
    pub async fn sign_in(&self, base: &str, username: &str) {
        self.open(&format!("{base}/sign-in")).await;
        self.fill("#username", username).await;
        self.fill("#password", PASSWORD).await;
        self.press("Sign in").await;
        self.expect_page("Your apps").await;
    }

    /// Waits for the page with this heading, and checks it.
    pub async fn expect_page(&self, heading: &str) {
        let there = async || {
            for found in self.driver.find_all(By::Css("h1")).await? {
                if found.text().await? == heading {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        };
        if let Err(error) = self.retry(there).await {
            let page = self.text("body").await;
            panic!("no page {heading:?} appeared ({error}); it reads: {page}");
        }
        self.check().await;
    }

    /// Checks what holds for every page: no console messages, no violation of the content security policy, no
    /// accessibility faults, and no horizontal scrolling.
    pub async fn check(&self) {
        let address = self.driver.current_url().await.unwrap();
        let loaded = async || {
            let state = self.driver.execute("return document.readyState", Vec::new());
            Ok((state.await?.json() == "complete").then_some(()))
        };
        self.retry(loaded).await.unwrap();
        let faults = self.faults().await;
        assert!(faults.is_empty(), "{address}: {faults:#?}");
    }

    /// All faults of the page.
    pub async fn faults(&self) -> Vec<String> {
        [self.console().await, self.barriers().await].concat()
    }

    /// The console messages since the last call.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        let wrong = entries.into_iter().filter(|entry| {
            // A page with an error status is reported too. Such pages are intended, but missing files are not.
            let noted = entry.source.as_deref() == Some("network") && entry.message.contains("status of 4");
            let missing = noted && entry.message.contains("/static/");
            (missing || !noted) && entry.level != "DEBUG"
        });
        wrong
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// The accessibility faults of the page.
    pub async fn barriers(&self) -> Vec<String> {
        self.script(concat!(include_str!("colours.js"), include_str!("barriers.js")))
            .await
    }

    /// Runs a script in the page, which works even if the page itself may not run scripts.
    pub async fn script<T: serde::de::DeserializeOwned>(&self, script: &str) -> T {
        let response = self.driver.execute(script, Vec::new()).await.unwrap();
        response.convert().unwrap()
    }

    /// Saves a screenshot of the whole page in `target/screenshots/`.
    pub async fn picture(&self, name: &str, width: u32) {
        let height: u64 = self.script("return document.documentElement.scrollHeight").await;
        self.size(width, height.max(600)).await;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        self.driver.screenshot(&file).await.unwrap();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Quitting the driver can take minutes if Chromium does not respond, and the processes are killed anyway.
        let _ = self.driver.clone().leak();
    }
}
