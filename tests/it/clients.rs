//! How apps prove who they are.

use crate::support::{TestApp, basic, on_both};

on_both!(
    b11_one_registered_method_and_never_in_the_query,
    b14_answers_are_json_and_not_stored,
    b15_the_password_grant_is_refused,
    b41_b42_tokens_of_others_stay_unknown_and_untouched,
);

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn b11_one_registered_method_and_never_in_the_query(test: TestApp) {
    let rp = test.rp().await;
    let right = basic(&rp.id, &rp.secret);
    assert_eq!(rp.call("/oauth2/token", &[GRANT]).await.status, 200);
    let wrong = rp
        .call_as("/oauth2/token", &[GRANT], &basic(&rp.id, "wrong"))
        .await;
    assert_eq!(
        (wrong.status, wrong.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    assert!(wrong.headers.contains_key("www-authenticate"));
    let post = [
        GRANT,
        ("client_id", rp.id.as_str()),
        ("client_secret", rp.secret.as_str()),
    ];
    assert_eq!(
        rp.call_as("/oauth2/token", &post, "").await.status,
        401,
        "another method than the registered one"
    );
    assert_eq!(
        rp.call_as("/oauth2/token", &post, &right).await.json()["error"],
        "invalid_request"
    );
    let query = format!("/oauth2/token?client_id={}&client_secret={}", rp.id, rp.secret);
    assert_eq!(
        rp.call_as(&query, &[GRANT], "").await.json()["error"],
        "invalid_request"
    );
    assert_eq!(
        rp.call_as("/oauth2/token", &[GRANT, ("client_id", "rp")], "")
            .await
            .status,
        401
    );
}

async fn b14_answers_are_json_and_not_stored(test: TestApp) {
    let rp = test.rp().await;
    for fields in [&[GRANT][..], &[("grant_type", "nothing")], &[]] {
        let answer = rp.call("/oauth2/token", fields).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
}

async fn b15_the_password_grant_is_refused(test: TestApp) {
    let rp = test.rp().await;
    let fields = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", crate::support::PASSWORD),
    ];
    assert_eq!(
        rp.call("/oauth2/token", &fields).await.json()["error"],
        "unsupported_grant_type"
    );
}

async fn b41_b42_tokens_of_others_stay_unknown_and_untouched(test: TestApp) {
    let rp = test.rp().await;
    let secret = test
        .register("other", |settings| settings.client_credentials = true)
        .await;
    let other = crate::support::Rp::new(&test, "other", &secret);
    let token = rp.call("/oauth2/token", &[GRANT]).await.json();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(
        other.introspect(token).await,
        serde_json::json!({ "active": false })
    );
    assert_eq!(
        other.call("/oauth2/revoke", &[("token", token)]).await.status,
        200
    );
    assert_eq!(rp.introspect(token).await["active"], true);
    assert_eq!(rp.call("/oauth2/revoke", &[("token", token)]).await.status, 200);
    assert_eq!(rp.introspect(token).await, serde_json::json!({ "active": false }));
    assert_eq!(
        rp.call("/oauth2/revoke", &[("token", "unknown")]).await.status,
        200
    );
    assert_eq!(
        rp.call_as("/oauth2/introspect", &[("token", token)], "")
            .await
            .status,
        401
    );
}
