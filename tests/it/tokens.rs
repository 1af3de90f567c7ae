//! The use and the lifetime of codes and tokens.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::revocation;
use doorward::model::SessionId;
use doorward::model::client::ClientAuth;
use doorward::model::session::EndReason;
use serde_json::json;

use crate::support::{OFFLINE, TestApp, Tokens, apply, on_both};

const OTHER_VERIFIER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[apply(on_both)]
async fn b6_b7_a_code_requires_its_verifier_its_redirect_uri_and_its_app(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let code = rp.code(&browser, "ann", &[]).await;
    for change in [
        ("code_verifier", OTHER_VERIFIER),
        ("code_verifier", ""),
        ("redirect_uri", "https://x.example"),
    ] {
        let refused = rp.redeem_with(&code, &[change]).await;
        assert_eq!(refused.error(), "invalid_grant", "{change:?}");
    }
    let other = test.rp_with("other", |_| ()).await;
    assert_eq!(other.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(rp.redeem(&code).await.status, 200, "none of these used it up");
}

#[apply(on_both)]
async fn b6_b7_only_an_exact_replay_revokes_the_tokens_of_a_code(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let code = rp.code(&browser, "ann", &[]).await;
    let tokens = rp.redeem(&code).await.tokens();
    let other_verifier = [("code_verifier", OTHER_VERIFIER)];
    let wrong = rp.redeem_with(&code, &other_verifier).await;
    assert_eq!(wrong.error(), "invalid_grant");
    let other = test.rp_with("other", |_| ()).await;
    assert_eq!(other.redeem(&code).await.error(), "invalid_grant");
    let still = rp.userinfo(tokens.access()).await.status;
    assert_eq!(still, 200, "a wrong replay revokes nothing");
    test.clock.advance(Duration::from_secs(30));
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
    let after = rp.userinfo(tokens.access()).await.status;
    assert_eq!(after, 401, "an exact replay does");
}

#[apply(on_both)]
async fn a_code_expires_after_a_minute(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let code = rp.code(&browser, "ann", &[]).await;
    test.clock.advance(Duration::from_secs(61));
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn b12_a_refresh_narrows_the_scopes_and_never_widens_them(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let scope = [("scope", "openid email offline_access")];
    let tokens = rp.sign_in(&browser, "ann", &scope).await;
    let refresh = tokens.refresh();
    let with_scope = |scope| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("scope", scope),
        ]
    };
    let narrower = rp.call("/oauth2/token", &with_scope("openid")).await;
    assert_eq!(narrower.tokens()["scope"], "openid");
    let wider = rp.call("/oauth2/token", &with_scope("openid phone")).await;
    assert_eq!(wider.error(), "invalid_scope");
    let other = test.rp_with("other", |_| ()).await;
    assert_eq!(other.refresh(refresh).await.error(), "invalid_grant");
    let again = rp.refresh(refresh).await.status;
    assert_eq!(again, 200, "a confidential app's token does not rotate");
}

#[apply(on_both)]
async fn b13_reuse_of_a_rotated_token_revokes_the_grant(test: TestApp) {
    let register = test.rp_with("public", |settings| settings.client_auth = ClientAuth::None);
    let (rp, browser) = (register.await, test.browser());
    let first = rp.sign_in(&browser, "ann", OFFLINE).await;
    let rotated = async |tokens: &Tokens| rp.refresh(tokens.refresh()).await.tokens();
    let second = rotated(&first).await;
    assert_ne!(first.refresh(), second.refresh());
    assert_eq!(
        rotated(&first).await.refresh(),
        second.refresh(),
        "a lost response is repeated, never forked"
    );
    let third = rotated(&second).await;
    assert_eq!(rp.refresh(first.refresh()).await.error(), "invalid_grant");
    let last = rp.refresh(third.refresh()).await;
    assert_eq!(last.error(), "invalid_grant", "the whole grant is revoked");
}

#[apply(on_both)]
async fn b17_b23_userinfo_requires_a_live_access_token(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    for other in [tokens.id_token(), tokens.refresh(), "x", ""] {
        let response = rp.userinfo(other).await;
        assert_eq!(
            (response.status, response.error().as_str()),
            (401, "invalid_token")
        );
    }
    let own = rp.client_credentials().await;
    let as_app = rp.userinfo(own.access()).await.status;
    assert_eq!(as_app, 401, "an app is not a person");
    let access = tokens.access();
    let in_query = format!("/oauth2/userinfo?access_token={access}");
    assert_eq!(browser.get(&in_query).await.status, 401);
    let in_body = rp
        .call_as("/oauth2/userinfo", &[("access_token", access)], "")
        .await;
    assert_eq!(in_body.status, 200);
    test.clock.advance(Duration::from_mins(6));
    assert_eq!(rp.userinfo(access).await.status, 401, "it has expired");
}

#[apply(on_both)]
async fn a_used_refresh_token_is_extended(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    for _ in 0..4 {
        test.clock.advance(Duration::from_hours(20 * 24));
        assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    }
    test.clock.advance(Duration::from_hours(31 * 24));
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn cr_15_suspension_ends_every_token(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    assert_eq!(rp.introspect(tokens.refresh()).await["active"], true);
    let (id, reason) = (test.ann.clone(), "left".into());
    test.add_person("bob").await;
    test.make_owner("bob").await;
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    for token in [tokens.access(), tokens.refresh()] {
        assert_eq!(rp.introspect(token).await, json!({ "active": false }));
    }
    assert_eq!(rp.silent_error(&browser).await, "login_required");
}

#[apply(on_both)]
async fn a_revoked_access_token_is_refused(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let access = tokens.access();
    assert_eq!(rp.userinfo(access).await.status, 200);
    assert_eq!(rp.call("/oauth2/revoke", &[("token", access)]).await.status, 200);
    assert_eq!(rp.userinfo(access).await.status, 401);
    assert_eq!(rp.introspect(access).await, json!({ "active": false }));
}

/// Ends every session and grant of Ann, as if from another session.
async fn end_all_others(test: &TestApp) {
    let (account, now) = (test.ann.clone(), test.clock.now());
    let ended = test.app.db.write::<_, doorward::store::Error, _>(move |tx| {
        Box::pin(async move {
            let kept = SessionId("another".into());
            revocation::end_others((tx, now), &account, &kept, EndReason::PasswordChanged).await
        })
    });
    ended.await.unwrap();
}

#[apply(on_both)]
async fn a_grant_without_a_session_ends_with_all_others(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let with_session = rp.sign_in(&browser, "ann", &[]).await;
    // Ids with the same time sort at random, and the later grant is found by its id.
    test.clock.advance(Duration::from_secs(1));
    let without = rp.sign_in(&browser, "ann", &[]).await;
    test.sql(
        "UPDATE grants SET session_id = NULL, redirect_uri = NULL, code_hash = NULL, code_expires_at = NULL \
         WHERE id = (SELECT MAX(id) FROM grants)",
    )
    .await;
    test.sql("UPDATE sessions SET ended_at = 1").await;
    assert_eq!(rp.userinfo(with_session.access()).await.status, 401);
    assert_eq!(rp.userinfo(without.access()).await.status, 200);
    assert_eq!(rp.introspect(without.access()).await["active"], true);
    end_all_others(&test).await;
    assert_eq!(rp.userinfo(without.access()).await.status, 401);
}

#[apply(on_both)]
async fn an_account_that_is_not_valid_yet_has_no_session_and_no_tokens(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let unused = rp.code(&browser, "ann", &[]).await;
    let tomorrow = test.clock.now().0 + 24 * 60 * 60 * 1_000_000;
    test.sql(&format!("UPDATE accounts SET valid_from = {tomorrow}"))
        .await;
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(rp.redeem(&unused).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(tokens.refresh()).await["active"], false);
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    test.sql("UPDATE accounts SET valid_from = NULL").await;
    let again = rp.refresh(tokens.refresh()).await.status;
    assert_eq!(again, 200, "it was not revoked");
}
