//! Passkeys: adding them, signing in with them, and what is refused (`WebAuthn` Level 3, sections 7.1 and 7.2).

use std::sync::Arc;
use std::time::Duration;

use doorward::auth::password::PhcString;
use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use serde_json::json;

use crate::support::{
    AnswerContent, BACKED_UP, BACKUP_ELIGIBLE, Browser, PASSWORD, Response, SoftPasskey, TestApp,
    USER_PRESENT, USER_VERIFIED, apply, on_both, options, param, successes_of_sixteen,
};

const NEW: &str = "/account/passkeys/new";
const LIST: &str = "/account/second-factors";

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_passkey_signs_in_without_a_password(test: TestApp) {
    let (ann, before) = (test.signed_in("ann").await, test.signed_in("ann").await);
    let page = ann.get(NEW).await;
    let asked = options(&page);
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["rp"]["name"], "Example");
    let (mut passkey, codes) = test.add_passkey(&ann).await;
    assert_eq!(codes.len(), 10);
    assert!(
        !before.is_signed_in().await,
        "the password alone began that session"
    );
    let elsewhere = test.browser();
    let done = elsewhere.sign_in_with(&mut passkey).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(elsewhere.is_signed_in().await);
    let list = elsewhere.get(LIST).await;
    assert!(list.text("section[aria-labelledby=passkeys]").contains("used"));
    // The form offers no second passkey to the same authenticator.
    let again = options(&elsewhere.get(NEW).await);
    assert_eq!(again["excludeCredentials"].as_array().unwrap().len(), 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b22_tokens_say_that_a_passkey_was_used(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let rp = test.rp().await;
    for (flags, key) in [(0, "hwk"), (BACKUP_ELIGIBLE, "swk")] {
        if flags > 0 {
            passkey = synced_passkey(&test, &ann).await;
        }
        let browser = test.browser();
        let to_sign_in = browser.get(&rp.authorize(&[])).await;
        let page = browser.get(to_sign_in.location()).await;
        let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
        let back = browser.get(done.location()).await;
        let claims = rp.redeem(&param(back.location(), "code")).await.tokens().claims();
        assert_eq!(claims["amr"], json!([key, "user", "mfa"]));
        assert_eq!(claims["acr"], "urn:doorward:acr:2fa");
    }
}

/// Adds a passkey that its owner's devices share.
async fn synced_passkey(test: &TestApp, browser: &Browser) -> SoftPasskey {
    let page = browser.get(NEW).await;
    let asked = options(&page);
    let mut passkey = SoftPasskey::new(&asked, &test.base);
    passkey.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    let answer = passkey.attest(&passkey.answer_content("webauthn.create", &asked), 0x26);
    let added = browser
        .submit(&page, NEW, &[("credential", &answer.to_string())])
        .await;
    assert_eq!(added.status, 303, "{}", added.body);
    passkey
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_passkey_stands_in_for_a_code(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let browser = test.browser();
    let page = browser.begin_sign_in("/sign-in", "ann").await;
    assert!(
        page.attributes("input[name=code]", "name").is_empty(),
        "there is no authenticator app"
    );
    assert!(!browser.is_signed_in().await);
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    browser.get(done.location()).await;
    assert!(browser.is_signed_in().await);
    // The same holds for an app.
    let (rp, browser) = (test.rp().await, test.browser());
    let to_sign_in = browser.get(&rp.authorize(&[])).await;
    let page = browser.begin_sign_in(to_sign_in.location(), "ann").await;
    let done = browser.submit_passkey(&page, &passkey.answer(&page)).await;
    let back = browser.get(done.location()).await;
    assert!(!param(back.location(), "code").is_empty(), "{}", back.location());
    // With an authenticator app too, the page asks for either.
    test.add_authenticator(&ann).await;
    let page = test.browser().begin_sign_in("/sign-in", "ann").await;
    options(&page);
    assert!(!page.attributes("input[name=code]", "name").is_empty());
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_passkey_asks_for_a_second_way_back_in(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (_, codes) = test.add_passkey(&ann).await;
    let browser = test.browser();
    let page = browser.begin_sign_in("/sign-in", "ann").await;
    let links = page.attributes(".ways a", "href");
    let recovery = links.iter().find(|link| link.contains("with=recovery")).unwrap();
    let page = browser.get(recovery).await;
    browser.submit_code(&page, &codes[0]).await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn removing_the_last_one_leaves_the_password_alone(test: TestApp) {
    let (ann, elsewhere) = (test.signed_in("ann").await, test.browser());
    let (mut passkey, _) = test.add_passkey(&ann).await;
    test.add_authenticator(&ann).await;
    elsewhere.sign_in_with(&mut passkey).await;
    let renamed = ann
        .submit(
            &ann.get(LIST).await,
            "/account/passkeys/rename",
            &[("name", "My laptop")],
        )
        .await;
    let list = ann.get(renamed.location()).await;
    assert!(
        list.text("section[aria-labelledby=passkeys]")
            .contains("My laptop")
    );
    ann.submit(&list, "/account/passkeys/remove", &[]).await;
    assert!(ann.is_signed_in().await && !elsewhere.is_signed_in().await);
    let refused = test.browser().sign_in_with(&mut passkey).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        test.count("recovery_codes").await,
        10,
        "the authenticator app is still there"
    );
    let list = ann.get(LIST).await;
    ann.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(test.count("recovery_codes").await, 0);
    assert!(test.signed_in("ann").await.is_signed_in().await);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b49_a_challenge_is_answered_once_right_or_wrong(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let browser = test.browser();
    let page = browser.get("/sign-in").await;
    let wrong = browser.submit_passkey(&page, "{}").await;
    assert_eq!(wrong.status, 422);
    let right = passkey.answer(&page);
    assert_eq!(
        browser.submit_passkey(&page, &right).await.status,
        422,
        "the challenge is spent"
    );
    let page = wrong;
    let right = passkey.answer(&page);
    assert_eq!(browser.submit_passkey(&page, &right).await.status, 303);
    let replayed = browser.submit_passkey(&page, &right).await;
    assert_eq!(replayed.status, 422);
    // A wrong answer spends the challenge for a new passkey too.
    let page = ann.get(NEW).await;
    let asked = options(&page);
    let new = SoftPasskey::new(&asked, &test.base);
    let answer = new
        .attest(&new.answer_content("webauthn.create", &asked), 0x26)
        .to_string();
    for (answer, status) in [("{}", 422), (answer.as_str(), 422)] {
        assert_eq!(
            ann.submit(&page, NEW, &[("credential", answer)]).await.status,
            status
        );
    }
    assert_eq!(test.count("passkeys").await, 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b49_a_challenge_is_of_one_browser_or_session_and_expires(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let (one, other) = (test.browser(), test.browser());
    let page = one.get("/sign-in").await;
    let foreign = page.attribute("form[data-passkey] input[name=challenge]", "value");
    let own = other.get("/sign-in").await;
    let form = [("credential", &*passkey.answer(&page)), ("challenge", &foreign)];
    assert_eq!(other.submit(&own, "/sign-in/passkey", &form).await.status, 422);
    test.clock.advance(Duration::from_mins(31));
    assert_eq!(
        one.submit_passkey(&page, &passkey.answer(&page)).await.status,
        422
    );
    // A challenge for a new passkey belongs to one session.
    test.add_person("bob").await;
    let (ann, bob) = (test.browser(), test.signed_in("bob").await);
    ann.sign_in_with(&mut passkey).await;
    let page = ann.get(NEW).await;
    let asked = options(&page);
    let new = SoftPasskey::new(&asked, &test.base);
    let answer = new
        .attest(&new.answer_content("webauthn.create", &asked), 0x26)
        .to_string();
    let foreign = page.attribute("form[data-passkey] input[name=challenge]", "value");
    let form = [("credential", answer.as_str()), ("challenge", &foreign)];
    let refused = bob.submit(&bob.get(NEW).await, NEW, &form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(test.count("passkeys").await, 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b49_an_answer_signs_in_once(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(browser.get("/sign-in").await);
    let answer = passkey.answer(&page);
    let successes = successes_of_sixteen(|_| {
        let (browser, page, answer) = (browser.clone(), page.clone(), answer.clone());
        async move { browser.submit_passkey(&page, &answer).await.status == 303 }
    })
    .await;
    assert_eq!(successes, 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b51_one_counter_signs_in_once(test: TestApp) {
    let (mut passkey, _) = test.add_passkey(&test.signed_in("ann").await).await;
    passkey.counter += 1;
    let mut answers = Vec::new();
    for _ in 0..16 {
        let browser = test.browser();
        let page = browser.get("/sign-in").await;
        let answer = passkey.assert(&passkey.answer_content("webauthn.get", &options(&page)));
        answers.push(Some((browser, page, answer.to_string())));
    }
    let successes = successes_of_sixteen(|turn| {
        let (browser, page, answer) = answers[turn].take().unwrap();
        async move { browser.submit_passkey(&page, &answer).await.status == 303 }
    })
    .await;
    assert_eq!(successes, 1);
}

/// A change to an otherwise right answer.
type Change = fn(&mut AnswerContent);

/// Changes to a right answer to a challenge for signing in, each of which makes it wrong.
const WRONG_ANSWERS: [(&str, Change); 12] = [
    ("type", |says| says.kind = "webauthn.create"),
    ("origin", |says| {
        says.origin = "http://localhost.example.org".into();
    }),
    ("port", |says| says.origin = "http://localhost:1".into()),
    ("challenge", |says| {
        says.challenge = "AAAAAAAAAAAAAAAAAAAAAA".into();
    }),
    ("cross origin", |says| says.more = json!({ "crossOrigin": true })),
    ("server", |says| says.server = "example.org".into()),
    ("no presence", |says| says.flags &= !USER_PRESENT),
    ("no verification", |says| says.flags &= !USER_VERIFIED),
    ("backed up without being eligible", |says| says.flags |= BACKED_UP),
    ("eligible now", |says| says.flags |= BACKUP_ELIGIBLE),
    ("no owner", |says| says.handle = None),
    ("counter", |says| says.counter = 1),
];

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b50_b51_b53_wrong_answers_do_not_sign_in(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let browser = test.browser();
    for (name, change) in WRONG_ANSWERS {
        let page = browser.get("/sign-in").await;
        passkey.counter += 1;
        let mut says = passkey.answer_content("webauthn.get", &options(&page));
        change(&mut says);
        let refused = browser
            .submit_passkey(&page, &passkey.assert(&says).to_string())
            .await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(
            refused.text("[role=alert]").contains("does not work here"),
            "{name}"
        );
    }
    assert_eq!(browser.sign_in_with(&mut passkey).await.status, 303);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b53_an_answer_is_of_one_passkey_and_its_owner(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    test.add_person("bob").await;
    let (bobs, _) = test.add_passkey(&test.signed_in("bob").await).await;
    let browser = test.browser();
    // Somebody else's handle, key or credential.
    for (name, id, key) in [("key", "ann", "bob"), ("owner", "bob", "ann")] {
        let page = browser.get("/sign-in").await;
        passkey.counter += 1;
        let of = |name: &str| if name == "ann" { &passkey } else { &bobs };
        let mut answer = of(key).assert(&of(key).answer_content("webauthn.get", &options(&page)));
        let other = of(id).assert(&of(id).answer_content("webauthn.get", &options(&page)));
        (answer["id"], answer["rawId"]) = (other["id"].clone(), other["rawId"].clone());
        assert_eq!(
            browser.submit_passkey(&page, &answer.to_string()).await.status,
            422,
            "{name}"
        );
    }
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.sign_in_with(&mut passkey).await.status, 303);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b51_a_copied_passkey_leaves_an_entry(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    let mut copy = passkey.clone();
    for _ in 0..3 {
        assert_eq!(test.browser().sign_in_with(&mut passkey).await.status, 303);
    }
    assert_eq!(test.browser().sign_in_with(&mut copy).await.status, 422);
    let browser = test.browser();
    browser.sign_in_with(&mut passkey).await;
    let entries = browser.get("/console/audit?outcome=copied_passkey").await;
    assert_eq!(entries.texts("main time").len(), 1, "{}", entries.body);
}

/// Changes to a right answer to a challenge for a new passkey, and algorithms of its key, each of which makes it wrong.
const WRONG_PASSKEYS: [(&str, Change, u8); 8] = [
    ("type", |says| says.kind = "webauthn.get", 0x26),
    ("origin", |says| says.origin = "https://localhost".into(), 0x26),
    (
        "challenge",
        |says| says.challenge = "AAAAAAAAAAAAAAAAAAAAAA".into(),
        0x26,
    ),
    (
        "cross origin",
        |says| says.more = json!({ "crossOrigin": true }),
        0x26,
    ),
    ("server", |says| says.server = "example.org".into(), 0x26),
    ("no verification", |says| says.flags &= !USER_VERIFIED, 0x26),
    (
        "backed up without being eligible",
        |says| says.flags |= BACKED_UP,
        0x26,
    ),
    // -8, EdDSA, which the options do not name.
    ("algorithm", |_| (), 0x27),
];

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b50_b52_wrong_passkeys_are_not_added(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (name, change, algorithm) in WRONG_PASSKEYS {
        let page = ann.get(NEW).await;
        let asked = options(&page);
        let passkey = SoftPasskey::new(&asked, &test.base);
        let mut says = passkey.answer_content("webauthn.create", &asked);
        change(&mut says);
        let answer = passkey.attest(&says, algorithm).to_string();
        let refused: Response = ann.submit(&page, NEW, &[("credential", &answer)]).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(refused.text(".notice").contains("could not be created"), "{name}");
    }
    assert_eq!(test.count("passkeys").await, 0);
    assert!(
        test.signed_in("ann").await.is_signed_in().await,
        "the password alone still signs in"
    );
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b52_a_passkey_belongs_to_one_account(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (passkey, _) = test.add_passkey(&ann).await;
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let page = bob.get(NEW).await;
    let answer = passkey.attest(&passkey.answer_content("webauthn.create", &options(&page)), 0x26);
    let refused = bob
        .submit(&page, NEW, &[("credential", &answer.to_string())])
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(test.count("passkeys").await, 1);
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_passkey_of_a_suspended_account_does_not_sign_in(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (mut passkey, _) = test.add_passkey(&test.signed_in("bob").await).await;
    let suspend = SuspendAccount {
        id: bob,
        reason: "left".into(),
    };
    test.change(&Actor::HOST, suspend).await.unwrap();
    let refused = test.browser().sign_in_with(&mut passkey).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text("[role=alert]").contains("suspended"),
        "{}",
        refused.body
    );
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b54_a_challenge_names_no_passkey(test: TestApp) {
    test.add_passkey(&test.signed_in("ann").await).await;
    let rp = test.rp().await;
    for hint in ["ann", "nobody"] {
        let browser = test.browser();
        let to_sign_in = browser.get(&rp.authorize(&[("login_hint", hint)])).await;
        let asked = options(&browser.get(to_sign_in.location()).await);
        assert!(
            asked["allowCredentials"].as_array().is_none_or(Vec::is_empty),
            "{asked}"
        );
    }
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b47_a_passkey_signs_in_during_an_attack(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (mut passkey, _) = test.add_passkey(&ann).await;
    for _ in 0..12 {
        test.browser().try_sign_in("ann", "wrong password here").await;
    }
    assert_eq!(test.browser().try_sign_in("ann", PASSWORD).await.status, 429);
    let browser = test.browser();
    assert_eq!(browser.sign_in_with(&mut passkey).await.status, 303);
    assert!(browser.is_signed_in().await);
    // It also proves that its owner is back.
    assert_eq!(test.browser().try_sign_in("ann", PASSWORD).await.status, 303);
}

/// A hash as expensive as a stored one may be, so that the flood lasts longer than the test.
const SLOW: &str =
    "$argon2id$v=19$m=131072,t=16,p=1$c2FsdHNhbHRzYWx0c2FsdA$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE";

#[apply(on_both)]
#[start(start_on_localhost)]
async fn b47_a_flood_of_passwords_keeps_out_neither_passkeys_nor_known_browsers(test: TestApp) {
    test.add_person("bob").await;
    let known = test.signed_in("bob").await;
    known.set_cookie("session", "");
    let (mut passkey, _) = test.add_passkey(&test.signed_in("ann").await).await;
    let (passwords, slow) = (test.app.passwords.clone(), PhcString::from(SLOW.to_owned()));
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let (passwords, slow) = (passwords.clone(), slow.clone());
        flood.spawn(async move { passwords.verify("x", &slow).await });
    }
    let first = flood.join_next().await.unwrap().unwrap();
    assert!(first.is_err(), "it found no place in the queue: {first:?}");
    assert_eq!(known.try_sign_in("bob", PASSWORD).await.status, 303);
    assert_eq!(test.browser().sign_in_with(&mut passkey).await.status, 303);
}
