//! A Chromium of its own for each test, driven through a chromedriver of its own.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel};

use crate::chromedriver::{Chromedriver, installed};

/// How long a page may take to come, on a machine that runs many tests at a time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: u32,
    pub dark: bool,
}

impl View {
    pub const DESK: Self = Self {
        width: 1000,
        dark: false,
    };
    pub const NIGHT: Self = Self {
        width: 1000,
        dark: true,
    };
    pub const PHONE: Self = Self {
        width: 390,
        dark: false,
    };
    pub const NARROW: Self = Self {
        width: 320,
        dark: true,
    };
}

/// One person at a browser. Both processes end with it, also when a test fails.
pub struct Chromium {
    pub driver: WebDriver,
    // Dropped in this order, so that the processes end before their files go.
    _chromedriver: Chromedriver,
    _folder: TempDir,
}

impl Chromium {
    pub async fn start(scripts: Scripts) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chromedriver = Chromedriver::start(folder.path());
        let mut wanted = DesiredCapabilities::chrome();
        wanted
            .set_binary(&installed("chromium").to_string_lossy())
            .unwrap();
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        // Without the network's flags it looks for hosts that no test may reach.
        let mut arguments = vec![
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en",
            &profile,
        ];
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            // Chromium refuses to run as root with its sandbox.
            arguments.push("--no-sandbox");
        }
        for argument in arguments {
            wanted.add_arg(argument).unwrap();
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
        let poller = ElementPollerWithTimeout::new(PATIENCE, Duration::from_millis(20));
        let driver = WebDriver::builder(format!("http://127.0.0.1:{}", chromedriver.port), wanted)
            .poller(Arc::new(poller))
            .await
            .expect("Chromium does not start");
        let browser = Self {
            driver,
            _chromedriver: chromedriver,
            _folder: folder,
        };
        browser.look(View::DESK).await;
        browser
    }

    /// Sends a command of the `DevTools` protocol.
    pub async fn command(&self, method: &str, parameters: Value) {
        self.driver.cdp().send_raw(method, parameters).await.unwrap();
    }

    /// Changes how pages are looked at.
    pub async fn look(&self, view: View) {
        let scheme = if view.dark { "dark" } else { "light" };
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setEmulatedMedia", scheme).await;
        self.size(view.width, 900).await;
    }

    async fn size(&self, width: u32, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// The first element that matches, once it is there.
    pub async fn find(&self, css: &str) -> WebElement {
        self.driver.query(By::Css(css)).first().await.unwrap()
    }

    pub async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.unwrap().len()
    }

    /// What a person reads there.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub async fn value(&self, css: &str) -> String {
        self.find(css).await.prop("value").await.unwrap().unwrap()
    }

    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Clicks the button that says this.
    pub async fn press(&self, text: &str) {
        let button = self.driver.query(By::Css("button")).with_text(text.to_owned());
        button.first().await.unwrap().click().await.unwrap();
    }

    /// Types into a field, in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Waits for the page with this heading and holds it to all that is asked of every page.
    pub async fn arrive(&self, heading: &str) {
        let found = self
            .driver
            .query(By::Css("h1"))
            .with_text(heading.to_owned())
            .first()
            .await;
        if let Err(error) = found {
            let page = self.text("body").await;
            panic!("no page {heading:?} came ({error}), but: {page}");
        }
        self.check().await;
    }

    /// Holds the page to all that is asked of every page: nothing in the console, no content policy violated, nobody
    /// kept out, and no scrolling sideways.
    pub async fn check(&self) {
        let address = self.driver.current_url().await.unwrap();
        let faults = [self.console().await, self.barriers().await].concat();
        assert!(faults.is_empty(), "{address}: {faults:#?}");
    }

    /// What the console says is wrong since it was last asked.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        let wrong = entries.into_iter().filter(|entry| {
            // A page that comes with an error status is noted too; such pages are meant, but missing files are not.
            let noted = entry.source.as_deref() == Some("network") && entry.message.contains("status of 4");
            let missing = noted && entry.message.contains("/static/");
            (missing || !noted) && entry.level != "DEBUG"
        });
        wrong
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// What keeps people out of the page.
    pub async fn barriers(&self) -> Vec<String> {
        self.script(concat!(include_str!("colours.js"), include_str!("barriers.js")))
            .await
    }

    /// Runs a script in the page, which the driver may do where the page itself may not.
    pub async fn script<T: serde::de::DeserializeOwned>(&self, script: &str) -> T {
        let answer = self.driver.execute(script, Vec::new()).await.unwrap();
        answer.convert().unwrap()
    }

    /// Keeps a picture of the whole page in `target/screenshots/`.
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
        // Parting takes the driver minutes where nobody answers, and the processes are ended anyway.
        let _ = self.driver.clone().leak();
    }
}
