//! Signing in and out with the keyboard alone; the focus is always visible.

use std::time::Duration;

use serde::Deserialize;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{Key, TypingData};

use crate::chromium::{Chromium, Scripts, View};
use crate::demo::{Demo, PASSWORD};

/// More tab stops than any page has.
const MAX_STOPS: usize = 40;

/// The focused element, and the visibility of its focus.
#[derive(Debug, Deserialize)]
pub struct Stop {
    pub name: String,
    pub id: String,
    outline: String,
    width: f64,
    contrast: f64,
    inside: bool,
}

/// A user without a mouse.
pub struct Keyboard(pub Chromium);

impl Keyboard {
    pub async fn type_keys(&self, keys: impl Into<TypingData>) {
        self.0
            .driver
            .action_chain()
            .send_keys(keys)
            .perform()
            .await
            .unwrap();
    }

    /// The focused element, whose focus must be visible.
    pub async fn focused(&self) -> Stop {
        let stop = self.focus().await.unwrap();
        let shows = stop.outline != "none" && stop.width >= 2.0 && stop.contrast >= 3.0 && stop.inside;
        assert!(shows, "the focus does not show: {stop:?}");
        stop
    }

    /// Waits until the focused element's name begins with this text or is this id, since a new page may still move the
    /// focus.
    pub async fn wait_for_focus(&self, wanted: &str) {
        for _ in 0..500 {
            let stop = self.focus().await;
            if stop.is_ok_and(|stop| stop.name.starts_with(wanted) || stop.id == wanted) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let stop = self.focused().await;
        let there = stop.name.starts_with(wanted) || stop.id == wanted;
        assert!(there, "not {wanted:?} but {stop:?}");
    }

    async fn focus(&self) -> WebDriverResult<Stop> {
        let script = concat!(include_str!("colours.js"), include_str!("focus.js"));
        self.0.driver.execute(script, Vec::new()).await?.convert()
    }

    /// Moves the focus to the element with this name or id, and presses Enter.
    pub async fn activate(&self, wanted: &str) {
        self.tab_to(wanted).await;
        self.type_keys(Key::Enter).await;
    }

    /// Presses Tab until the element with this name or id has the focus.
    pub async fn tab_to(&self, wanted: &str) {
        let mut passed = Vec::new();
        for _ in 0..MAX_STOPS {
            self.type_keys(Key::Tab).await;
            let stop = self.focused().await;
            if stop.name == wanted || stop.id == wanted {
                return;
            }
            passed.push(stop.name);
        }
        panic!("no way to {wanted:?}, only to {passed:#?}");
    }
}

#[tokio::test]
async fn signing_in_and_out_works_with_the_keyboard_alone() {
    let (demo, browser) = (Demo::start().await, Chromium::start(Scripts::On).await);
    let person = Keyboard(browser);
    person.0.open(&demo.app).await;
    person
        .0
        .expect_page("An app that signs you in with Doorward")
        .await;
    person.activate("Sign in with Doorward").await;
    person.0.expect_page("Sign in to Field Notes").await;
    sign_in_at_the_second_try(&person).await;
    person.0.expect_page("Let Field Notes use your account?").await;
    person.activate("Allow").await;

    person.0.expect_page("Bob Okafor").await;
    person.activate("Refresh the tokens").await;
    person.0.find("[role=status]").await;
    person.tab_to("id-token").await;
    person.tab_to("userinfo").await;

    person.0.open(&format!("{}/account", demo.issuer)).await;
    person.0.expect_page("Bob Okafor").await;
    person.type_keys(Key::Tab).await;
    assert_eq!(person.focused().await.name, "Skip to the content");
    // The focus ring must be visible in dark mode as well.
    person.0.set_view(View::DARK).await;
    person.activate("Sign out").await;
    person.0.expect_page("You are signed out").await;
    person.tab_to("Sign in again").await;
}

/// Submits a wrong password, goes from the message to the field, and submits the right one after showing it.
async fn sign_in_at_the_second_try(person: &Keyboard) {
    person.wait_for_focus("username").await;
    person.type_keys("bob").await;
    person.tab_to("password").await;
    person.type_keys("not the password").await;
    person.type_keys(Key::Enter).await;

    person.0.find("#password-error").await;
    person.wait_for_focus("One field needs your attention").await;
    let message = "The username or password is wrong. Check both and try again.";
    person.activate(message).await;
    person.wait_for_focus("password").await;
    person.type_keys(PASSWORD).await;
    person.activate("Show password").await;
    assert_eq!(person.focused().await.id, "password");
    assert_eq!(person.0.value("#password[type=text]").await, PASSWORD);
    person.activate("Sign in").await;
}
