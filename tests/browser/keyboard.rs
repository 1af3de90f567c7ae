//! The whole way with nothing but a keyboard, and the focus never out of sight.

use serde::Deserialize;
use thirtyfour::{Key, TypingData};

use crate::chromium::{Chromium, Scripts, View};
use crate::demo::{Demo, PASSWORD};

/// More stops than any page has.
const MOST_STOPS: usize = 40;

/// Where the focus is, and how it shows.
#[derive(Debug, Deserialize)]
struct Stop {
    name: String,
    id: String,
    outline: String,
    width: f64,
    contrast: f64,
    inside: bool,
}

/// Somebody who has no mouse.
struct Keyboard(Chromium);

impl Keyboard {
    async fn strike(&self, keys: impl Into<TypingData>) {
        self.0
            .driver
            .action_chain()
            .send_keys(keys)
            .perform()
            .await
            .unwrap();
    }

    /// Where the focus is; it must show.
    async fn stop(&self) -> Stop {
        let stop: Stop = self
            .0
            .script(concat!(include_str!("colours.js"), include_str!("focus.js")))
            .await;
        let shows = stop.outline != "none" && stop.width >= 2.0 && stop.contrast >= 3.0 && stop.inside;
        assert!(shows, "the focus does not show: {stop:?}");
        stop
    }

    /// Goes on until the focus is at what bears this name or id.
    async fn tab_to(&self, wanted: &str) {
        let mut passed = Vec::new();
        for _ in 0..MOST_STOPS {
            self.strike(Key::Tab).await;
            let stop = self.stop().await;
            if stop.name == wanted || stop.id == wanted {
                return;
            }
            passed.push(stop.name);
        }
        panic!("no way to {wanted:?}, only to {passed:#?}");
    }
}

#[tokio::test]
async fn a_keyboard_is_enough_from_signing_in_to_signing_out() {
    let (demo, browser) = (Demo::start().await, Chromium::start(Scripts::On).await);
    let person = Keyboard(browser);
    person.0.open(&demo.app).await;
    person.0.arrive("An app that leaves the door to Doorward").await;
    person.tab_to("Sign in with Doorward").await;
    person.strike(Key::Enter).await;

    person.0.arrive("Sign in to Field Notes").await;
    assert_eq!(person.stop().await.id, "username", "typing can begin at once");
    person.strike("bob").await;
    person.tab_to("password").await;
    person.strike("not the password").await;
    person.strike(Key::Enter).await;

    person.0.find("#password-error").await;
    let summary = person.stop().await;
    assert!(summary.name.contains("needs your attention"), "{summary:?}");
    person
        .tab_to("The username or password is wrong. Check both and try again.")
        .await;
    person.strike(Key::Enter).await;
    assert_eq!(
        person.stop().await.id,
        "password",
        "the summary leads to the field"
    );
    person.strike(PASSWORD).await;
    person.tab_to("Show password").await;
    person.strike(Key::Enter).await;
    assert_eq!(person.stop().await.id, "password");
    assert_eq!(person.0.value("#password[type=text]").await, PASSWORD);
    person.tab_to("Sign in").await;
    person.strike(Key::Enter).await;

    person.0.arrive("Let Field Notes use your account?").await;
    person.tab_to("Allow").await;
    person.strike(Key::Enter).await;

    person.0.arrive("Bob Okafor").await;
    person.tab_to("Refresh the tokens").await;
    person.strike(Key::Enter).await;
    person.0.find("[role=status]").await;
    person.tab_to("id-token").await;
    person.tab_to("userinfo").await;

    person.0.open(&format!("{}/account", demo.issuer)).await;
    person.0.arrive("Bob Okafor").await;
    person.strike(Key::Tab).await;
    assert_eq!(person.stop().await.name, "Skip to the content");
    // The ring must show on dark ground as well.
    person.0.look(View::NIGHT).await;
    person.tab_to("Sign out").await;
    person.strike(Key::Enter).await;
    person.0.arrive("You are signed out").await;
    person.tab_to("Sign in again").await;
}
