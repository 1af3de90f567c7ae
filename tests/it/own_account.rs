//! Changes that users make to their own account.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use doorward::clock::Time;
use doorward::directory::Actor;
use doorward::directory::roles::GrantRole;
use doorward::model::refusal::Code;
use doorward::model::session::SessionLimit;
use doorward::store::{accounts, sessions};
use doorward::words;

use crate::support::{Browser, OFFLINE, PASSWORD, Response, TestApp, apply, on_both};

const WRONG: &str = "wrong password here";
const NEW: &str = "another good and long passphrase";

async fn change_password(browser: &Browser, current: &str, new: &str) -> Response {
    let page = browser.get("/account/security").await;
    let filled = [("current", current), ("new", new)];
    browser.submit(&page, "/account/password", &filled).await
}

#[apply(on_both)]
async fn pp_6_a_new_password_is_checked_at_its_fields(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (current, new, expected) in [
        (WRONG, NEW, "#current-error"),
        (PASSWORD, "short", "#new-error"),
        (PASSWORD, "annannannann", "#new-error"),
    ] {
        let refused = change_password(&ann, current, new).await;
        assert_eq!(refused.status, 422, "{new}");
        let mut shown = vec!["#current-error", "#new-error"];
        shown.retain(|error| !refused.text(error).is_empty());
        assert_eq!(shown, [expected], "{new}");
    }
}

#[apply(on_both)]
async fn pp_6_a_user_changes_their_password(test: TestApp) {
    let (here, elsewhere) = (test.signed_in("ann").await, test.signed_in("ann").await);
    assert_eq!(change_password(&here, WRONG, NEW).await.status, 422);
    assert!(elsewhere.is_signed_in().await);
    let done = change_password(&here, PASSWORD, NEW).await;
    assert_eq!(done.status, 303);
    let page = here.get(done.location()).await;
    assert!(page.body.contains("password is changed"));
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(elsewhere.try_sign_in("ann", PASSWORD).await.status, 422);
    assert_eq!(elsewhere.try_sign_in("ann", NEW).await.status, 303);
}

#[apply(on_both)]
async fn wrong_current_passwords_count_as_failed_sign_ins(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for _ in 0..7 {
        change_password(&ann, WRONG, NEW).await;
    }
    let right = test.browser().try_sign_in("ann", PASSWORD).await;
    assert_eq!(right.status, 429);
}

#[apply(on_both)]
async fn concurrent_guesses_at_the_current_password_are_counted(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/account/security").await;
    let guesses: Vec<String> = (0..120).map(|turn| format!("{WRONG} {turn}")).collect();
    let answers = join_all(guesses.iter().map(|guess| {
        let filled = [("current", guess.as_str()), ("new", NEW)];
        let (ann, page) = (&ann, &page);
        async move { ann.submit(page, "/account/password", &filled).await }
    }));
    let wrong = words::refusal(&Code::PasswordWrong.at("current"));
    let answers = answers.await;
    let compared = answers
        .iter()
        .filter(|answer| answer.text("#current-error") == wrong);
    let compared = compared.count();
    assert_eq!(compared, 6, "as many as one after another");
    let right = change_password(&ann, PASSWORD, NEW).await;
    assert_ne!(right.status, 303, "the right one has to wait");
}

#[apply(on_both)]
async fn a_verified_password_is_replaced_once(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get("/account/security").await;
    let answers = join_all((0..16).map(|turn| {
        let new = format!("{NEW} {turn}");
        let (ann, page) = (&ann, &page);
        async move {
            let filled = [("current", PASSWORD), ("new", new.as_str())];
            ann.submit(page, "/account/password", &filled).await.status
        }
    }));
    let changed = answers.await.iter().filter(|status| **status == 303).count();
    assert_eq!(changed, 1);
}

#[apply(on_both)]
async fn pp_6_cl_14_a_user_changes_their_name_and_nothing_administrative(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.signed_in("bob").await);
    let page = browser.get("/account").await;
    assert!(!page.body.contains("/console"), "the console is not offered");
    let done = browser
        .submit(&page, "/account/profile", &[("name", "Bob Ray")])
        .await;
    assert_eq!(done.status, 303);
    let tokens = rp.silent_sign_in(&browser).await;
    assert_eq!(tokens.claims()["name"], "Bob Ray");
    let long = "x".repeat(300);
    let refused = browser
        .submit(&page, "/account/profile", &[("name", &long)])
        .await;
    assert_eq!(refused.status, 422);
    for path in ["/console", "/console/users", "/console/teams", "/console/roles"] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
}

#[apply(on_both)]
async fn a_user_ends_one_other_session_or_all(test: TestApp) {
    let here = test.signed_in("ann").await;
    let others = [test.signed_in("ann").await, test.signed_in("ann").await];
    let page = here.get("/account/security").await;
    let form = page.form("/account/sessions/end");
    assert!(form.iter().any(|(name, _)| name == "session"), "{form:?}");
    let done = here.submit(&page, "/account/sessions/end", &[]).await;
    assert_eq!(done.status, 303);
    let live = [others[0].is_signed_in().await, others[1].is_signed_in().await];
    assert_eq!(live.iter().filter(|live| **live).count(), 1, "one ended");
    let asked = page.attribute("[aria-labelledby=sessions] [data-confirm]", "data-confirm");
    assert!(asked.contains("Apps keep the access that you allowed"), "{asked}");
    let done = here.post_with_csrf(&page, "/account/sessions/end", &[]).await;
    assert_eq!(done.status, 303);
    for browser in &others {
        assert!(!browser.is_signed_in().await);
    }
    assert!(here.is_signed_in().await);
}

#[apply(on_both)]
async fn a_user_cannot_end_the_session_of_another_account(test: TestApp) {
    let ann = test.signed_in("ann").await;
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let session = {
        let mut conn = test.app.db.read().await.unwrap();
        let now = test.clock.now();
        let limit = SessionLimit {
            absolute: Duration::from_hours(1),
            idle: Duration::from_hours(1),
        };
        let live = sessions::open_of(&mut conn, &test.ann, limit, now).await;
        live.unwrap().remove(0).id.0
    };
    let page = bob.get("/account").await;
    let filled = [("session", session.as_str())];
    let refused = bob.post_with_csrf(&page, "/account/sessions/end", &filled);
    assert_eq!(refused.await.status, 404);
    assert!(ann.is_signed_in().await);
}

/// When Ann was last seen.
async fn last_seen(test: &TestApp) -> Option<Time> {
    let mut conn = test.app.db.read().await.unwrap();
    let ann = accounts::by_id(&mut conn, &test.ann).await.unwrap();
    ann.unwrap().last_seen_at
}

#[apply(on_both)]
async fn cr_13_cr_29_signing_in_and_using_a_session_move_last_seen(test: TestApp) {
    assert_eq!(last_seen(&test).await, None);
    let browser = test.signed_in("ann").await;
    let before = test.clock.now();
    assert_eq!(last_seen(&test).await, Some(before));
    test.clock.advance(Duration::from_mins(4));
    browser.get("/account").await;
    let seen = last_seen(&test).await;
    assert_eq!(seen, Some(before), "at most every five minutes");
    test.clock.advance(Duration::from_mins(2));
    browser.get("/account").await;
    assert_eq!(last_seen(&test).await, Some(test.clock.now()));
}

/// An image with additional data after its pixels.
fn picture() -> Vec<u8> {
    let mut image = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(300, 500)
        .write_to(&mut image, image::ImageFormat::Jpeg)
        .unwrap();
    let mut image = image.into_inner();
    image.extend_from_slice(b"<script>alert(1)</script>");
    image
}

/// Uploads a picture with the CSRF token of the account page.
async fn upload(browser: &Browser, bytes: Vec<u8>) -> u16 {
    let page = browser.get("/account").await;
    let (_, csrf) = page.csrf();
    let response = browser.upload("/account/picture", &csrf, "picture", bytes).await;
    response.status
}

#[apply(on_both)]
async fn cl_14_a_picture_is_checked_and_encoded_again(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    let forged = browser.upload("/account/picture", "wrong", "picture", picture());
    assert_eq!(forged.await.status, 403);
    for (bytes, expected) in [
        (b"no image".to_vec(), 422),
        (Vec::new(), 422),
        (vec![0; 3 << 20], 422),
        (picture(), 303),
    ] {
        let length = bytes.len();
        assert_eq!(upload(&browser, bytes).await, expected, "{length} bytes");
    }
    let claims = rp.silent_sign_in(&browser).await.claims();
    let shown = test.browser().get(claims["picture"].as_str().unwrap()).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.headers["content-type"], "image/png");
    assert!(!shown.body.contains("script"));
}

#[apply(on_both)]
async fn a_malformed_upload_is_not_called_too_large(test: TestApp) {
    let browser = test.signed_in("ann").await;
    let part = "--x\r\nContent-Disposition: form-data; name=\"picture\"\r\n\r\n";
    for body in [part, "--x\r\nname\r\n\r\nvalue\r\n--x--\r\n", ""] {
        let refused = browser.upload_body("/account/picture", "x", body.into()).await;
        assert_eq!(refused.status, 400, "{body:?}");
        refused.expect_text("the parameters are malformed");
    }
    let large = [part.as_bytes(), &vec![0; 17 << 20], b"\r\n--x--\r\n"].concat();
    let refused = browser.upload_body("/account/picture", "x", large).await;
    assert_eq!(refused.status, 413);
}

#[apply(on_both)]
async fn an_account_uploads_one_picture_at_a_time(test: TestApp) {
    let browser = Arc::new(test.signed_in("ann").await);
    let becomes = async |expected: u16| {
        for _ in 0..100 {
            if upload(&browser, picture()).await == expected {
                return;
            }
        }
        panic!("never {expected}");
    };
    let unfinished = tokio::spawn({
        let browser = browser.clone();
        async move { browser.upload_forever("/account/picture").await }
    });
    becomes(503).await;
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    assert_eq!(upload(&bob, picture()).await, 303, "others do not have to wait");
    unfinished.abort();
    becomes(303).await;
}

#[apply(on_both)]
async fn cl_14_a_user_changes_and_removes_their_picture(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    assert_eq!(upload(&browser, picture()).await, 303);
    let claims = rp.silent_sign_in(&browser).await.claims();
    let address = claims["picture"].as_str().unwrap();
    let page = browser.get("/account").await;
    assert_eq!(page.attribute("img.tile", "src"), address);
    let removed = browser.submit(&page, "/account/picture/remove", &[]).await;
    assert_eq!(removed.status, 303);
    assert_eq!(test.browser().get(address).await.status, 404);
}

#[apply(on_both)]
async fn cr_29_apps_that_use_their_tokens_move_last_seen(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let refresh = tokens.refresh();
    let mut last = test.clock.now();
    assert_eq!(last_seen(&test).await, Some(last));
    for use_of_a_token in ["refresh", "userinfo", "introspection", "of the refresh token"] {
        test.clock.advance(Duration::from_mins(4));
        let tokens = rp.refresh(refresh).await.tokens();
        let access = tokens.access();
        assert_eq!(rp.userinfo(access).await.status, 200);
        assert_eq!(rp.introspect(access).await["active"], true);
        let seen = last_seen(&test).await;
        assert_eq!(seen, Some(last), "at most every five minutes");
        test.clock.advance(Duration::from_mins(1));
        match use_of_a_token {
            "refresh" => assert_eq!(rp.refresh(refresh).await.status, 200),
            "userinfo" => assert_eq!(rp.userinfo(access).await.status, 200),
            "introspection" => assert_eq!(rp.introspect(access).await["active"], true),
            _ => assert_eq!(rp.introspect(refresh).await["active"], true),
        }
        last = test.clock.now();
        assert_eq!(last_seen(&test).await, Some(last), "{use_of_a_token}");
    }
}

#[apply(on_both)]
async fn tokens_end_no_later_than_memberships_and_roles(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let now = test.clock.now();
    let grant = GrantRole {
        account: bob.clone().into(),
        role: "auditor".into(),
        until: Some(now + Duration::from_secs(90)),
    };
    test.change(&Actor::HOST, grant).await.unwrap();
    let tokens = rp.sign_in(&browser, "bob", &[]).await;
    assert_eq!(tokens["expires_in"], 90);
    let claims = tokens.claims();
    assert_eq!(claims["exp"], (now + Duration::from_secs(90)).seconds());
    assert!(claims["roles"].as_array().unwrap().contains(&"auditor".into()));
    test.clock.advance(Duration::from_secs(90));
    let tokens = rp.silent_sign_in(&browser).await;
    assert_eq!(tokens["expires_in"], 300);
    let claims = tokens.claims();
    assert!(!claims["roles"].as_array().unwrap().contains(&"auditor".into()));
}
