//! What people do with their own account.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SetValidity;
use doorward::directory::roles::GrantRole;

use crate::support::{PASSWORD, TestApp, on_both, param};

on_both!(
    pp_6_a_person_changes_their_password,
    pp_6_cl_14_a_person_changes_their_name_and_nothing_administrative,
    a_person_ends_other_sessions,
    cl_14_a_person_changes_their_picture_which_is_encoded_anew,
    cr_29_apps_that_use_what_they_hold_move_last_seen,
    a_token_outlives_no_membership_and_no_role,
    a_validity_that_is_cut_short_ends_what_is_there,
    cr_13_cr_29_signing_in_and_using_a_session_move_last_seen,
);

const NEW: &str = "another good and long passphrase";

async fn pp_6_a_person_changes_their_password(test: TestApp) {
    let (here, elsewhere) = (test.browser(), test.browser());
    here.sign_in("/sign-in", "ann").await;
    elsewhere.sign_in("/sign-in", "ann").await;
    let page = here.get("/account").await;
    for (current, new, fault) in [
        ("wrong password here", NEW, "#current-error"),
        (PASSWORD, "short", "#new-error"),
        (PASSWORD, "annannannann", "#new-error"),
    ] {
        let filled = [("current", current), ("new", new)];
        let refused = here.submit(&page, "/account/password", &filled).await;
        assert_eq!(refused.status, 422, "{new}");
        let faults: Vec<_> = ["#current-error", "#new-error"]
            .into_iter()
            .filter(|fault| !refused.text(fault).is_empty())
            .collect();
        assert_eq!(faults, [fault], "{new}");
    }
    assert_eq!(elsewhere.get("/account").await.status, 200);
    let filled = [("current", PASSWORD), ("new", NEW)];
    let done = here.submit(&page, "/account/password", &filled).await;
    assert_eq!(done.status, 303);
    assert!(
        here.get(done.location())
            .await
            .body
            .contains("password is changed")
    );
    assert!(elsewhere.get("/account").await.location().ends_with("/sign-in"));
    let page = elsewhere.get("/sign-in").await;
    for (password, status) in [(PASSWORD, 422), (NEW, 303)] {
        let filled = [("username", "ann"), ("password", password)];
        assert_eq!(
            elsewhere.submit(&page, "/sign-in/password", &filled).await.status,
            status
        );
    }
    // Guessing here counts as guessing at the sign-in page does.
    let page = here.get("/account").await;
    let wrong = [("current", "wrong password here"), ("new", NEW)];
    for _ in 0..7 {
        here.submit(&page, "/account/password", &wrong).await;
    }
    let page = test.browser();
    let form = page.get("/sign-in").await;
    let right = [("username", "ann"), ("password", NEW)];
    assert_eq!(page.submit(&form, "/sign-in/password", &right).await.status, 429);
}

async fn pp_6_cl_14_a_person_changes_their_name_and_nothing_administrative(test: TestApp) {
    test.person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    browser.sign_in("/sign-in", "bob").await;
    let page = browser.get("/account").await;
    assert!(!page.body.contains("/console"), "the console is not offered");
    let done = browser
        .submit(&page, "/account/profile", &[("name", "Bob Ray")])
        .await;
    assert_eq!(done.status, 303);
    let back = browser.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(
        crate::support::claims(tokens["id_token"].as_str().unwrap())["name"],
        "Bob Ray"
    );
    let long = "x".repeat(300);
    let refused = browser
        .submit(&page, "/account/profile", &[("name", &long)])
        .await;
    assert_eq!(refused.status, 422);
    for path in ["/console", "/console/users", "/console/teams", "/console/roles"] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }
}

async fn a_person_ends_other_sessions(test: TestApp) {
    let (here, there, third) = (test.browser(), test.browser(), test.browser());
    for browser in [&here, &there, &third] {
        browser.sign_in("/sign-in", "ann").await;
    }
    let page = here.get("/account").await;
    let one = page.form("/account/sessions/end");
    assert!(one.iter().any(|(name, _)| name == "session"), "{one:?}");
    let done = here.submit(&page, "/account/sessions/end", &[]).await;
    assert_eq!(done.status, 303);
    let mut live = 0;
    for browser in [&there, &third] {
        live += usize::from(browser.get("/account").await.status == 200);
    }
    assert_eq!(live, 1, "one ended");
    let mut fields = one;
    fields.retain(|(name, _)| name == "csrf");
    assert_eq!(here.post("/account/sessions/end", &fields).await.status, 303);
    for browser in [&there, &third] {
        assert!(browser.get("/account").await.location().ends_with("/sign-in"));
    }
    assert_eq!(here.get("/account").await.status, 200);
    // Another person's session is out of reach.
    test.person("bob").await;
    let bob = test.browser();
    bob.sign_in("/sign-in", "bob").await;
    let bobs = bob.get("/account").await.form("/account/password");
    let mut fields: Vec<_> = bobs.into_iter().filter(|(name, _)| name == "csrf").collect();
    let id = {
        let mut conn = test.app.db.read().await.unwrap();
        let now = test.clock.now();
        doorward::store::sessions::live_of(&mut conn, &test.ann, now - Duration::from_hours(1), now)
            .await
            .unwrap()[0]
            .id
            .0
            .clone()
    };
    fields.push(("session".into(), id));
    assert_eq!(bob.post("/account/sessions/end", &fields).await.status, 404);
    assert_eq!(here.get("/account").await.status, 200);
}

async fn cr_13_cr_29_signing_in_and_using_a_session_move_last_seen(test: TestApp) {
    let seen = async || {
        let mut conn = test.app.db.read().await.unwrap();
        let ann = doorward::store::accounts::by_id(&mut conn, &test.ann)
            .await
            .unwrap();
        ann.unwrap().last_seen_at
    };
    assert_eq!(seen().await, None);
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    assert_eq!(seen().await, Some(test.clock.now()));
    let before = test.clock.now();
    test.clock.advance(Duration::from_mins(4));
    browser.get("/account").await;
    assert_eq!(seen().await, Some(before), "at most every five minutes");
    test.clock.advance(Duration::from_mins(2));
    browser.get("/account").await;
    assert_eq!(seen().await, Some(test.clock.now()));
}

async fn cl_14_a_person_changes_their_picture_which_is_encoded_anew(test: TestApp) {
    test.person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    browser.sign_in("/sign-in", "bob").await;
    let page = browser.get("/account").await;
    let csrf = page.form("/account/picture").remove(0).1;
    let mut image = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(300, 500)
        .write_to(&mut image, image::ImageFormat::Jpeg)
        .unwrap();
    let mut image = image.into_inner();
    // What is hidden behind the pixels does not come along.
    image.extend_from_slice(b"<script>alert(1)</script>");
    for (token, bytes, expected) in [
        ("wrong", image.clone(), 403),
        (csrf.as_str(), b"no image".to_vec(), 422),
        (csrf.as_str(), Vec::new(), 422),
        (csrf.as_str(), vec![0; 3 << 20], 422),
        (csrf.as_str(), image, 303),
    ] {
        let answer = browser.upload("/account/picture", token, "picture", bytes).await;
        assert_eq!(answer.status, expected, "{}", answer.body);
    }
    let back = browser.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let picture = crate::support::claims(tokens["id_token"].as_str().unwrap())["picture"].clone();
    let address = picture.as_str().unwrap();
    let shown = test.browser().get(address).await;
    assert_eq!(
        (shown.status, &shown.headers["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    assert!(!shown.body.contains("script"));
    let page = browser.get("/account").await;
    assert_eq!(page.attribute("img.tile", "src"), address);
    let gone = browser.submit(&page, "/account/picture/remove", &[]).await;
    assert_eq!(gone.status, 303);
    assert_eq!(test.browser().get(address).await.status, 404);
}

async fn cr_29_apps_that_use_what_they_hold_move_last_seen(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let asked = browser
        .get(&rp.authorize(&[("scope", "openid offline_access")]))
        .await;
    let back = browser.sign_in(asked.location(), "ann").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let seen = async || {
        let mut conn = test.app.db.read().await.unwrap();
        let ann = doorward::store::accounts::by_id(&mut conn, &test.ann)
            .await
            .unwrap();
        ann.unwrap().last_seen_at.unwrap()
    };
    let mut last = test.clock.now();
    assert_eq!(seen().await, last);
    for what in ["refresh", "userinfo", "introspection"] {
        test.clock.advance(Duration::from_mins(4));
        let tokens = rp.refresh(refresh).await.json();
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(rp.userinfo(access).await.status, 200);
        assert_eq!(rp.introspect(access).await["active"], true);
        assert_eq!(seen().await, last, "at most every five minutes");
        test.clock.advance(Duration::from_mins(1));
        match what {
            "refresh" => assert_eq!(rp.refresh(refresh).await.status, 200),
            "userinfo" => assert_eq!(rp.userinfo(access).await.status, 200),
            _ => assert_eq!(rp.introspect(access).await["active"], true),
        }
        last = test.clock.now();
        assert_eq!(seen().await, last, "{what}");
    }
}

async fn a_token_outlives_no_membership_and_no_role(test: TestApp) {
    let bob = test.person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let now = test.clock.now();
    let grant = GrantRole {
        account: bob.clone().into(),
        role: "auditor".into(),
        until: Some(now + Duration::from_secs(90)),
    };
    test.change(&Actor::HOST, grant).await.unwrap();
    let asked = browser.get(&rp.authorize(&[])).await;
    let back = browser.sign_in(asked.location(), "bob").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(tokens["expires_in"], 90);
    let told = crate::support::claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["exp"], (now + Duration::from_secs(90)).seconds());
    assert!(told["roles"].as_array().unwrap().contains(&"auditor".into()));
    test.clock.advance(Duration::from_secs(90));
    let back = browser.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(tokens["expires_in"], 300);
    let told = crate::support::claims(tokens["id_token"].as_str().unwrap());
    assert!(!told["roles"].as_array().unwrap().contains(&"auditor".into()));
}

async fn a_validity_that_is_cut_short_ends_what_is_there(test: TestApp) {
    let bob = test.person("bob").await;
    let (rp, browser) = (test.rp().await, test.browser());
    let asked = browser
        .get(&rp.authorize(&[("scope", "openid offline_access")]))
        .await;
    let back = browser.sign_in(asked.location(), "bob").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let change = SetValidity {
        id: bob,
        from: None,
        until: Some(test.clock.now() + Duration::from_mins(1)),
    };
    test.change(&Actor::HOST, change).await.unwrap();
    assert_eq!(rp.userinfo(access).await.status, 200);
    assert_eq!(rp.introspect(access).await["active"], true);
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(rp.userinfo(access).await.status, 401);
    assert_eq!(rp.introspect(access).await["active"], false);
    assert_eq!(rp.introspect(refresh).await["active"], false);
    assert_eq!(rp.refresh(refresh).await.json()["error"], "invalid_grant");
    assert!(browser.get("/account").await.location().ends_with("/sign-in"));
}
