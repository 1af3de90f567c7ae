//! What the Basic, Config, Form Post and RP-Initiated Logout plans of the OpenID Foundation ask of a provider, beyond
//! what other tests show.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::UpdateProfile;
use doorward::model::account::{PostalAddress, Profile};
use serde_json::{Value, json};

use crate::support::{Browser, REDIRECT_URI, Rp, TestApp, claims, on_both, param};

on_both!(
    oidc_core_5_1_userinfo_has_every_standard_claim,
    oidc_core_5_4_profile_can_stay_out_of_the_id_token,
    oidc_core_5_5_single_claims_come_where_they_are_asked_for,
    oidc_core_11_offline_access_with_prompt_consent_asks_each_time,
    oidc_core_12_2_a_refreshed_id_token_keeps_who_and_when,
    oidc_core_3_1_2_1_hints_and_wishes_are_no_errors,
    b24_request_objects_are_refused_by_name,
    form_post_delivers_code_state_and_issuer,
    a_code_that_comes_again_after_30_seconds_ends_its_tokens,
    a_confidential_app_can_do_without_pkce,
    a_registered_query_is_kept,
    discovery_names_everything_that_is_there,
    b43_a_sign_out_is_asked_for_unless_the_hint_is_good,
    the_person_takes_an_apps_access_back,
);

async fn signed_in(rp: &Rp, browser: &Browser, change: &[(&str, &str)]) -> Value {
    let page = browser.get(&rp.authorize(change)).await;
    let back = browser.sign_in(page.location(), "ann").await;
    rp.redeem(&param(back.location(), "code")).await.json()
}

fn id_token(tokens: &Value) -> Value {
    claims(tokens["id_token"].as_str().unwrap())
}

fn access(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap()
}

async fn fill_profile(test: &TestApp) {
    let some = |value: &str| Some(value.to_owned());
    let profile = Profile {
        given_name: some("Ann"),
        family_name: some("Lee"),
        middle_name: some("M"),
        nickname: some("annie"),
        profile: some("https://example.org/ann"),
        picture: some("https://example.org/ann.png"),
        website: some("https://ann.example.org"),
        gender: some("female"),
        birthdate: some("1990-02-03"),
        zoneinfo: some("Europe/Berlin"),
        locale: some("en-GB"),
        phone_number: some("+49301234567"),
        phone_number_verified: Some(false),
        address: Some(PostalAddress {
            locality: some("Berlin"),
            ..PostalAddress::default()
        }),
    };
    let claims = serde_json::to_value(profile).unwrap();
    let change = UpdateProfile {
        id: test.ann.clone(),
        claims: claims.as_object().unwrap().clone(),
        seen: None,
    };
    test.change(&Actor::HOST, change).await.unwrap();
}

async fn oidc_core_5_1_userinfo_has_every_standard_claim(test: TestApp) {
    fill_profile(&test).await;
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = signed_in(&rp, &browser, &[("scope", "openid profile email phone address")]).await;
    let userinfo = rp.userinfo(access(&tokens)).await.json();
    assert_eq!(
        userinfo,
        json!({
            "sub": test.ann, "name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "middle_name": "M",
            "nickname": "annie", "preferred_username": "ann", "profile": "https://example.org/ann",
            "picture": "https://example.org/ann.png", "website": "https://ann.example.org", "gender": "female",
            "birthdate": "1990-02-03", "zoneinfo": "Europe/Berlin", "locale": "en-GB",
            "updated_at": test.clock.now().seconds(), "email": "ann@example.org", "email_verified": true,
            "phone_number": "+49301234567", "phone_number_verified": false, "address": { "locality": "Berlin" },
        })
    );
    test.clock.advance(Duration::from_secs(1));
    let bare = signed_in(&rp, &browser, &[("scope", "openid"), ("prompt", "login")]).await;
    let userinfo = rp.userinfo(access(&bare)).await.json();
    assert_eq!(
        userinfo,
        json!({ "sub": test.ann }),
        "without scopes there is the subject alone"
    );
}

async fn oidc_core_5_4_profile_can_stay_out_of_the_id_token(test: TestApp) {
    let secret = test
        .register("lean", |settings| settings.claims_in_id_token = false)
        .await;
    let (rp, browser) = (Rp::new(&test, "lean", &secret), test.browser());
    let tokens = signed_in(&rp, &browser, &[]).await;
    let id_token = id_token(&tokens);
    for absent in ["name", "preferred_username", "email", "email_verified"] {
        assert_eq!(id_token.get(absent), None, "{absent}");
    }
    assert_eq!(
        id_token["groups"][0], "engineering",
        "groups, roles and teams stay"
    );
    assert_eq!(id_token["acr"], "urn:doorward:acr:password");
    assert_eq!(id_token["amr"], json!(["pwd"]));
    assert_eq!(
        rp.userinfo(access(&tokens)).await.json()["email"],
        "ann@example.org"
    );
}

async fn oidc_core_5_5_single_claims_come_where_they_are_asked_for(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let asked = r#"{"userinfo":{"name":{"essential":true}},"id_token":{"email":null}}"#;
    let tokens = signed_in(&rp, &browser, &[("scope", "openid"), ("claims", asked)]).await;
    let id_token = id_token(&tokens);
    assert_eq!(
        (id_token.get("name"), id_token["email"].as_str()),
        (None, Some("ann@example.org"))
    );
    let userinfo = rp.userinfo(access(&tokens)).await.json();
    assert_eq!(userinfo, json!({ "sub": test.ann, "name": "Ann Lee" }));
    let broken = browser.get(&rp.authorize(&[("claims", "[]")])).await;
    assert_eq!(param(broken.location(), "error"), "invalid_request");
}

async fn oidc_core_11_offline_access_with_prompt_consent_asks_each_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let address = rp.authorize(&[("scope", "openid offline_access"), ("prompt", "consent")]);
    let page = browser.get(&address).await;
    browser.sign_in(page.location(), "ann").await;
    for _ in 0..2 {
        let page = browser.get(&address).await;
        assert!(
            page.location().contains("/sign-in/consent?attempt="),
            "{}",
            page.location()
        );
        let consent = browser.get(page.location()).await;
        let allowed = browser
            .submit(&consent, "/sign-in/consent", &[("decision", "allow")])
            .await;
        let back = browser.get(allowed.location()).await;
        let tokens = rp.redeem(&param(back.location(), "code")).await.json();
        assert!(tokens["refresh_token"].is_string(), "{tokens}");
    }
}

async fn oidc_core_12_2_a_refreshed_id_token_keeps_who_and_when(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = signed_in(&rp, &browser, &[("scope", "openid offline_access")]).await;
    test.clock.advance(Duration::from_mins(3));
    let again = rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json();
    let (before, after) = (id_token(&tokens), id_token(&again));
    for same in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["iat"].as_i64(), Some(test.clock.now().seconds()));
    assert_ne!(before["at_hash"], after["at_hash"]);
}

async fn oidc_core_3_1_2_1_hints_and_wishes_are_no_errors(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let wishes = [
        ("ui_locales", "se de"),
        ("claims_locales", "se"),
        ("display", "popup"),
        ("acr_values", "1 2"),
        ("login_hint", "ann"),
        ("max_age", "10000"),
        ("extra", "foobar"),
        ("scope", "openid unknown"),
    ];
    let page = browser.get(&rp.authorize(&wishes)).await;
    let sign_in = browser.get(page.location()).await;
    assert!(
        sign_in
            .form("/sign-in/password")
            .contains(&("username".into(), "ann".into()))
    );
    let back = browser.sign_in(page.location(), "ann").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(tokens["scope"], "openid", "what is not understood is left out");
    let hint = tokens["id_token"].as_str().unwrap();
    let silent = [("prompt", "none"), ("id_token_hint", hint)];
    let back = browser.get(&rp.authorize(&silent)).await;
    let again = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(id_token(&tokens)["sub"], id_token(&again)["sub"]);
    let forged = format!("{hint}x");
    let back = browser
        .get(&rp.authorize(&[("prompt", "none"), ("id_token_hint", &forged)]))
        .await;
    assert_eq!(param(back.location(), "error"), "login_required");
}

async fn b24_request_objects_are_refused_by_name(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    for (name, value, error) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        (
            "request_uri",
            "https://app.example.org/r",
            "request_uri_not_supported",
        ),
        ("registration", "{}", "registration_not_supported"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
        ("response_mode", "jwt", "invalid_request"),
    ] {
        let back = browser.get(&rp.authorize(&[(name, value)])).await;
        assert_eq!(param(back.location(), "error"), error, "{name}={value}");
        assert_eq!(param(back.location(), "state"), "some state", "{name}={value}");
    }
}

async fn form_post_delivers_code_state_and_issuer(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    signed_in(&rp, &browser, &[]).await;
    let page = browser
        .get(&rp.authorize(&[("response_mode", "form_post")]))
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["cache-control"], "no-store");
    let fields = page.form(REDIRECT_URI);
    let field = |name: &str| {
        let found = fields.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(
        (field("state"), field("iss")),
        ("some state".into(), test.base.clone())
    );
    assert_eq!(rp.redeem(&field("code")).await.status, 200);
    assert!(page.body.contains("<button"), "it works without JavaScript");
}

async fn a_code_that_comes_again_after_30_seconds_ends_its_tokens(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    let code = param(back.location(), "code");
    let tokens = rp.redeem(&code).await.json();
    test.clock.advance(Duration::from_secs(30));
    assert_eq!(rp.userinfo(access(&tokens)).await.status, 200);
    assert_eq!(rp.redeem(&code).await.json()["error"], "invalid_grant");
    assert_eq!(rp.userinfo(access(&tokens)).await.status, 401);
}

async fn a_confidential_app_can_do_without_pkce(test: TestApp) {
    let secret = test
        .register("old", |settings| settings.require_pkce = false)
        .await;
    let (rp, browser) = (Rp::new(&test, "old", &secret), test.browser());
    let without = [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", ""),
    ];
    let page = browser.get(&rp.authorize(&without)).await;
    let back = browser.sign_in(page.location(), "ann").await;
    let tokens = rp
        .redeem_with(&param(back.location(), "code"), &[("code_verifier", "")])
        .await
        .json();
    assert_eq!(
        id_token(&tokens).get("nonce"),
        None,
        "a nonce that was not sent is not made up"
    );
}

async fn a_registered_query_is_kept(test: TestApp) {
    let uri = "https://app.example.org/callback?tenant=1";
    test.register("query", |settings| settings.redirect_uris = vec![uri.to_owned()])
        .await;
    let (rp, browser) = (Rp::new(&test, "query", ""), test.browser());
    let page = browser.get(&rp.authorize(&[("redirect_uri", uri)])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    assert!(
        back.location().starts_with(&format!("{uri}&")),
        "{}",
        back.location()
    );
    assert_eq!(param(back.location(), "tenant"), "1");
}

async fn discovery_names_everything_that_is_there(test: TestApp) {
    let browser = test.browser();
    let document = browser.get("/.well-known/openid-configuration").await;
    assert_eq!(document.headers["content-type"], "application/json");
    let document = document.json();
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
    ] {
        let address = document[name].as_str().unwrap();
        let path = address.strip_prefix(&test.base).unwrap();
        assert_ne!(browser.get(path).await.status, 404, "{name}");
    }
    for (name, value) in [
        ("response_types_supported", json!(["code"])),
        (
            "response_modes_supported",
            json!(["query", "fragment", "form_post"]),
        ),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("acr_values_supported", json!(["urn:doorward:acr:password"])),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let none = json!("none");
    for name in [
        "id_token_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
    ] {
        let list = document[name].as_array().unwrap();
        assert!(list.contains(&json!("RS256")) && !list.contains(&none), "{name}");
    }
    let keys = browser.get("/oauth2/jwks").await.json();
    for key in keys["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
        assert!(
            key["kid"].is_string() && key["alg"].is_string() && key["use"] == "sig",
            "{key}"
        );
    }
}

async fn b43_a_sign_out_is_asked_for_unless_the_hint_is_good(test: TestApp) {
    let home = "https://app.example.org/";
    let secret = test
        .register("out", |s| s.post_logout_redirect_uris = vec![home.to_owned()])
        .await;
    let (rp, browser) = (Rp::new(&test, "out", &secret), test.browser());
    let tokens = signed_in(&rp, &browser, &[]).await;
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    let forged = format!("{hint}x");
    // What does not prove itself asks the person, and leads nowhere else.
    for query in [
        String::new(),
        "state=s".to_owned(),
        format!("post_logout_redirect_uri={home}&client_id=out&state=s"),
    ] {
        let answer = browser.get(&format!("/oauth2/logout?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(!answer.form("/oauth2/logout").is_empty(), "{query}");
    }
    for query in [
        format!("post_logout_redirect_uri={home}&state=s"),
        format!("post_logout_redirect_uri={home}x&id_token_hint={hint}"),
        format!("post_logout_redirect_uri={home}&id_token_hint={forged}"),
    ] {
        let answer = browser.get(&format!("/oauth2/logout?{query}")).await;
        assert!(!answer.headers.contains_key("location"), "{query}");
        assert_eq!(browser.get("/account").await.status, 200, "{query}");
    }
    // An expired hint still names who signs out.
    test.clock.advance(Duration::from_hours(2));
    let answer = browser
        .get(&format!(
            "/oauth2/logout?post_logout_redirect_uri={home}&id_token_hint={hint}"
        ))
        .await;
    assert_eq!(answer.location(), home);
    assert!(browser.get("/account").await.location().ends_with("/sign-in"));
    let silent = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    assert_eq!(param(silent.location(), "error"), "login_required");
}

async fn the_person_takes_an_apps_access_back(test: TestApp) {
    let secret = test.register("asks", |s| s.require_consent = true).await;
    let (rp, browser) = (Rp::new(&test, "asks", &secret), test.browser());
    let page = browser
        .get(&rp.authorize(&[("scope", "openid offline_access")]))
        .await;
    let asked = browser.sign_in(page.location(), "ann").await;
    let consent = browser.get(asked.location()).await;
    let allowed = browser
        .submit(&consent, "/sign-in/consent", &[("decision", "allow")])
        .await;
    let back = browser.get(allowed.location()).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let account = browser.get("/account").await;
    let removed = browser.submit(&account, "/account/apps/remove", &[]).await;
    assert_eq!(removed.status, 303);
    let after = browser.get(removed.location()).await;
    assert!(after.body.contains("no longer has access"), "{}", after.body);
    assert_eq!(rp.userinfo(access(&tokens)).await.status, 401);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(rp.refresh(refresh).await.json()["error"], "invalid_grant");
    let again = browser.get(&rp.authorize(&[("scope", "openid")])).await;
    assert!(again.location().contains("/sign-in/consent"), "it asks again");
}
