//! What codes and tokens do, and when they stop.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::revocation;
use doorward::model::SessionId;
use doorward::model::client::{AccessTokenFormat, ClientAuth};
use doorward::model::session::EndReason;

use crate::support::{Answer, Browser, Rp, TestApp, on_both, param};

on_both!(
    b6_b7_only_a_right_replay_takes_back_what_a_code_gave,
    a_code_ends_in_time,
    b12_refresh_narrows_and_never_widens,
    b13_reuse_of_a_rotated_token_ends_the_family,
    b17_b23_only_a_live_access_token_opens_userinfo,
    a_refresh_token_that_is_used_lives_on,
    cr_15_suspension_ends_every_token,
    opaque_tokens_work_alike,
    a_grant_without_a_session_ends_with_all_others,
    an_account_that_is_not_valid_yet_has_no_session_and_no_tokens,
);

async fn code(rp: &Rp, browser: &Browser, scope: &str) -> String {
    let answer = browser.get(&rp.authorize(&[("scope", scope)])).await;
    let back = if answer.location().contains("/sign-in") {
        browser.sign_in(answer.location(), "ann").await
    } else {
        answer
    };
    param(back.location(), "code")
}

fn error(answer: &Answer) -> String {
    answer.json()["error"].as_str().unwrap_or_default().to_owned()
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {}", answer.body))
        .to_owned()
}

async fn b6_b7_only_a_right_replay_takes_back_what_a_code_gave(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let code = code(&rp, &browser, "openid").await;
    let other_verifier = "a".repeat(43);
    for change in [
        ("code_verifier", other_verifier.as_str()),
        ("code_verifier", ""),
        ("redirect_uri", "https://x.example"),
    ] {
        assert_eq!(
            error(&rp.redeem_with(&code, &[change]).await),
            "invalid_grant",
            "{change:?}"
        );
    }
    let tokens = rp.redeem(&code).await;
    let access = text(&tokens, "access_token");
    assert_eq!(
        error(&rp.redeem_with(&code, &[("code_verifier", &other_verifier)]).await),
        "invalid_grant"
    );
    let secret = test.register("other", |_| ()).await;
    let other = Rp::new(&test, "other", &secret);
    assert_eq!(error(&other.redeem(&code).await), "invalid_grant");
    assert_eq!(
        rp.userinfo(&access).await.status,
        200,
        "a wrong replay takes nothing back"
    );
    test.clock.advance(Duration::from_secs(30));
    assert_eq!(error(&rp.redeem(&code).await), "invalid_grant");
    assert_eq!(rp.userinfo(&access).await.status, 401, "a right replay does");
}

async fn a_code_ends_in_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let code = code(&rp, &browser, "openid").await;
    test.clock.advance(Duration::from_secs(61));
    assert_eq!(error(&rp.redeem(&code).await), "invalid_grant");
}

async fn b12_refresh_narrows_and_never_widens(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .redeem(&code(&rp, &browser, "openid email offline_access").await)
        .await;
    let refresh = text(&tokens, "refresh_token");
    let with_scope = |scope| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("scope", scope),
        ]
    };
    assert_eq!(
        text(&rp.call("/oauth2/token", &with_scope("openid")).await, "scope"),
        "openid"
    );
    assert_eq!(
        error(&rp.call("/oauth2/token", &with_scope("openid phone")).await),
        "invalid_scope"
    );
    let secret = test.register("other", |_| ()).await;
    assert_eq!(
        error(&Rp::new(&test, "other", &secret).refresh(&refresh).await),
        "invalid_grant"
    );
    assert_eq!(
        rp.refresh(&refresh).await.status,
        200,
        "a confidential app's token does not rotate"
    );
}

async fn b13_reuse_of_a_rotated_token_ends_the_family(test: TestApp) {
    test.register("public", |settings| settings.client_auth = ClientAuth::None)
        .await;
    let (rp, browser) = (Rp::new(&test, "public", ""), test.browser());
    let code = code(&rp, &browser, "openid offline_access").await;
    let challenge_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "public"),
        ("code", code.as_str()),
        ("redirect_uri", crate::support::REDIRECT_URI),
        ("code_verifier", challenge_verifier),
    ];
    let tokens = rp.call_as("/oauth2/token", &fields, "").await;
    let first = text(&tokens, "refresh_token");
    let refresh = async |token: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "public"),
            ("refresh_token", token),
        ];
        rp.call_as("/oauth2/token", &fields, "").await
    };
    let second = text(&refresh(&first).await, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(
        text(&refresh(&first).await, "refresh_token"),
        second,
        "a lost answer is repeated, never forked"
    );
    let third = text(&refresh(&second).await, "refresh_token");
    assert_eq!(error(&refresh(&first).await), "invalid_grant");
    assert_eq!(
        error(&refresh(&third).await),
        "invalid_grant",
        "the whole family is over"
    );
}

async fn b17_b23_only_a_live_access_token_opens_userinfo(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .redeem(&code(&rp, &browser, "openid offline_access").await)
        .await;
    let access = text(&tokens, "access_token");
    for other in [
        text(&tokens, "id_token"),
        text(&tokens, "refresh_token"),
        "x".into(),
        String::new(),
    ] {
        let answer = rp.userinfo(&other).await;
        assert_eq!((answer.status, error(&answer).as_str()), (401, "invalid_token"));
    }
    let own = rp
        .call("/oauth2/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(
        rp.userinfo(&text(&own, "access_token")).await.status,
        401,
        "an app is no person"
    );
    assert_eq!(
        browser
            .get(&format!("/oauth2/userinfo?access_token={access}"))
            .await
            .status,
        401
    );
    let in_body = rp
        .call_as("/oauth2/userinfo", &[("access_token", &access)], "")
        .await;
    assert_eq!(in_body.status, 200);
    test.clock.advance(Duration::from_mins(6));
    assert_eq!(rp.userinfo(&access).await.status, 401, "it has ended");
}

async fn a_refresh_token_that_is_used_lives_on(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .redeem(&code(&rp, &browser, "openid offline_access").await)
        .await;
    let refresh = text(&tokens, "refresh_token");
    for _ in 0..4 {
        test.clock.advance(Duration::from_hours(20 * 24));
        assert_eq!(rp.refresh(&refresh).await.status, 200);
    }
    test.clock.advance(Duration::from_hours(31 * 24));
    assert_eq!(error(&rp.refresh(&refresh).await), "invalid_grant");
}

async fn cr_15_suspension_ends_every_token(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .redeem(&code(&rp, &browser, "openid offline_access").await)
        .await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    assert_eq!(rp.introspect(&refresh).await["active"], true);
    let (id, reason) = (test.ann.clone(), "left".into());
    test.person("bob").await;
    test.make_owner("bob").await;
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(rp.userinfo(&access).await.status, 401);
    assert_eq!(error(&rp.refresh(&refresh).await), "invalid_grant");
    assert_eq!(
        rp.introspect(&access).await,
        serde_json::json!({ "active": false })
    );
    assert_eq!(
        rp.introspect(&refresh).await,
        serde_json::json!({ "active": false })
    );
    let again = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert_eq!(param(again.location(), "error"), "login_required");
}

async fn opaque_tokens_work_alike(test: TestApp) {
    let secret = test
        .register("opaque", |settings| {
            settings.access_token_format = AccessTokenFormat::Opaque;
        })
        .await;
    let (rp, browser) = (Rp::new(&test, "opaque", &secret), test.browser());
    let tokens = rp.redeem(&code(&rp, &browser, "openid").await).await;
    let access = text(&tokens, "access_token");
    assert_eq!(access.len(), 43);
    assert_eq!(rp.userinfo(&access).await.status, 200);
    assert_eq!(rp.call("/oauth2/revoke", &[("token", &access)]).await.status, 200);
    assert_eq!(rp.userinfo(&access).await.status, 401);
}

async fn a_grant_without_a_session_ends_with_all_others(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.redeem(&code(&rp, &browser, "openid").await).await;
    let with_session = text(&tokens, "access_token");
    // Ids of one moment sort at random, and the later grant is found by its id.
    test.clock.advance(Duration::from_secs(1));
    let tokens = rp.redeem(&code(&rp, &browser, "openid").await).await;
    let without = text(&tokens, "access_token");
    test.sql(
        "UPDATE grants SET session_id = NULL, redirect_uri = NULL, code_hash = NULL, code_expires_at = NULL \
         WHERE id = (SELECT MAX(id) FROM grants)",
    )
    .await;
    test.sql("UPDATE sessions SET ended_at = 1").await;
    assert_eq!(rp.userinfo(&with_session).await.status, 401);
    assert_eq!(rp.userinfo(&without).await.status, 200);
    assert_eq!(rp.introspect(&without).await["active"], true);
    let (account, now) = (test.ann.clone(), test.clock.now());
    let ended = test.app.db.write::<_, doorward::store::Error, _>(move |tx| {
        Box::pin(async move {
            let kept = SessionId("another".into());
            revocation::end_others((tx, now), &account, &kept, EndReason::PasswordChanged).await
        })
    });
    ended.await.unwrap();
    assert_eq!(rp.userinfo(&without).await.status, 401);
}

async fn an_account_that_is_not_valid_yet_has_no_session_and_no_tokens(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .redeem(&code(&rp, &browser, "openid offline_access").await)
        .await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let unused = code(&rp, &browser, "openid").await;
    let tomorrow = test.clock.now().0 + 24 * 60 * 60 * 1_000_000;
    test.sql(&format!("UPDATE accounts SET valid_from = {tomorrow}"))
        .await;
    assert_eq!(rp.userinfo(&access).await.status, 401);
    assert_eq!(error(&rp.refresh(&refresh).await), "invalid_grant");
    assert_eq!(error(&rp.redeem(&unused).await), "invalid_grant");
    assert_eq!(rp.introspect(&refresh).await["active"], false);
    let again = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert_eq!(param(again.location(), "error"), "login_required");
    test.sql("UPDATE accounts SET valid_from = NULL").await;
    assert_eq!(rp.refresh(&refresh).await.status, 200, "it was not revoked");
}
