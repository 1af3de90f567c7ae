//! An authenticator app, independent of the server's own code.

use doorward::clock::Time;
use totp_rs::{Builder, Secret, Totp};

use super::{Browser, Response, TestApp};

/// The code of a base32 secret, which may contain spaces.
pub fn code_of(secret: &str, now: Time) -> String {
    Authenticator::of(secret).code(now)
}

/// An authenticator app that has scanned the secret of a page.
pub struct Authenticator(Totp);

impl Authenticator {
    /// Reads the secret from the page that shows it.
    pub fn scan(page: &Response) -> Self {
        Self::of(&page.text("#secret"))
    }

    fn of(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code that it shows.
    pub fn code(&self, now: Time) -> String {
        self.0.generate(u64::try_from(now.seconds()).unwrap()).to_string()
    }

    /// Six digits that are not the code of any step near this time.
    pub fn wrong_code(&self, now: Time) -> String {
        let near: Vec<String> = (-4..=4)
            .map(|step| self.code(Time::from_seconds(now.seconds() + 30 * step)))
            .collect();
        let all = (0..).map(|number| format!("{number:06}"));
        all.into_iter().find(|code| !near.contains(code)).unwrap()
    }
}

impl TestApp {
    /// Adds an authenticator app on the pages of a signed-in browser, and moves the clock past the step of its code;
    /// yields the authenticator with the recovery codes.
    pub async fn add_authenticator(&self, browser: &Browser) -> (Authenticator, Vec<String>) {
        let page = browser.get("/account/second-factors/new").await;
        let authenticator = Authenticator::scan(&page);
        let code = authenticator.code(self.clock.now());
        let added = browser
            .submit(&page, "/account/second-factors/new", &[("code", &code)])
            .await;
        assert_eq!(added.status, 303, "{}", added.body);
        let added = browser.get(added.location()).await;
        self.clock.advance(std::time::Duration::from_mins(1));
        let codes = added.text("#codes");
        (
            authenticator,
            codes.split_whitespace().map(str::to_owned).collect(),
        )
    }
}

impl Browser {
    /// Signs in with the password, up to the page of the second factor.
    pub async fn begin_sign_in(&self, address: &str, username: &str) -> Response {
        let asked = self.sign_in(address, username).await;
        let page = self.get(asked.location()).await;
        assert_eq!(page.text("h1"), "Confirm that it is you", "{}", page.body);
        page
    }

    /// Submits a code on the page of the second factor.
    pub async fn submit_code(&self, page: &Response, code: &str) -> Response {
        self.submit(page, "/sign-in/second-factor", &[("code", code)])
            .await
    }
}
