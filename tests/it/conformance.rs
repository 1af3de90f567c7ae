//! Requirements of the OpenID Foundation's plans Basic, Config, Form Post and RP-Initiated Logout that no other test
//! covers.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::UpdateProfile;
use doorward::model::account::{PostalAddress, Profile};
use serde_json::json;

use crate::support::{OFFLINE, REDIRECT_URI, Rp, TestApp, apply, on_both, param};

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
        expected: None,
    };
    test.change(&Actor::HOST, change).await.unwrap();
}

#[apply(on_both)]
async fn oidc_core_5_1_userinfo_has_every_standard_claim(test: TestApp) {
    fill_profile(&test).await;
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp
        .sign_in(
            &browser,
            "ann",
            &[("scope", "openid profile email phone address")],
        )
        .await;
    let userinfo = rp.userinfo(tokens.access()).await.json();
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
    let bare = rp
        .sign_in(&browser, "ann", &[("scope", "openid"), ("prompt", "login")])
        .await;
    let userinfo = rp.userinfo(bare.access()).await.json();
    assert_eq!(
        userinfo,
        json!({ "sub": test.ann }),
        "without further scopes, only the subject is returned"
    );
}

#[apply(on_both)]
async fn oidc_core_5_4_profile_can_stay_out_of_the_id_token(test: TestApp) {
    let rp = test
        .rp_with("lean", |settings| settings.claims_in_id_token = false)
        .await;
    let browser = test.browser();
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let id_token = tokens.claims();
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
        rp.userinfo(tokens.access()).await.json()["email"],
        "ann@example.org"
    );
}

#[apply(on_both)]
async fn oidc_core_5_5_single_claims_are_returned_where_they_are_requested(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let asked = r#"{"userinfo":{"name":{"essential":true}},"id_token":{"email":null}}"#;
    let tokens = rp
        .sign_in(&browser, "ann", &[("scope", "openid"), ("claims", asked)])
        .await;
    let id_token = tokens.claims();
    assert_eq!(
        (id_token.get("name"), id_token["email"].as_str()),
        (None, Some("ann@example.org"))
    );
    let userinfo = rp.userinfo(tokens.access()).await.json();
    assert_eq!(userinfo, json!({ "sub": test.ann, "name": "Ann Lee" }));
    let broken = browser.get(&rp.authorize(&[("claims", "[]")])).await;
    assert_eq!(param(broken.location(), "error"), "invalid_request");
}

#[apply(on_both)]
async fn oidc_core_12_2_a_refreshed_id_token_keeps_user_and_auth_time(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    test.clock.advance(Duration::from_mins(3));
    let again = rp.refresh(tokens.refresh()).await.tokens();
    let (before, after) = (tokens.claims(), again.claims());
    for same in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["iat"].as_i64(), Some(test.clock.now().seconds()));
    assert_ne!(before["at_hash"], after["at_hash"]);
}

#[apply(on_both)]
async fn oidc_core_3_1_2_1_optional_parameters_cause_no_errors(test: TestApp) {
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
    let fields = sign_in.form("/sign-in/password");
    assert!(fields.contains(&("username".into(), "ann".into())), "{fields:?}");
    let back = browser.sign_in(page.location(), "ann").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens["scope"], "openid", "an unknown scope is left out");
}

#[apply(on_both)]
async fn oidc_core_3_1_2_1_an_id_token_hint_selects_the_user(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let hint = tokens.id_token();
    let back = browser
        .get(&rp.authorize(&[("prompt", "none"), ("id_token_hint", hint)]))
        .await;
    let again = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["sub"], again.claims()["sub"]);
    let forged = format!("{hint}x");
    let back = browser
        .get(&rp.authorize(&[("prompt", "none"), ("id_token_hint", &forged)]))
        .await;
    assert_eq!(param(back.location(), "error"), "login_required");
}

#[apply(on_both)]
async fn b24_unsupported_parameters_get_their_own_errors(test: TestApp) {
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

#[apply(on_both)]
async fn form_post_delivers_code_state_and_issuer(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    rp.sign_in(&browser, "ann", &[]).await;
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

#[apply(on_both)]
async fn a_confidential_app_can_do_without_pkce(test: TestApp) {
    let rp = test
        .rp_with("old", |settings| settings.require_pkce = false)
        .await;
    let browser = test.browser();
    let without = [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", ""),
    ];
    let code = rp.code(&browser, "ann", &without).await;
    let response = rp.redeem_with(&code, &[("code_verifier", "")]).await;
    let nonce = response.tokens().claims().get("nonce").cloned();
    assert_eq!(nonce, None, "a nonce that was not sent is not made up");
}

#[apply(on_both)]
async fn a_registered_query_is_kept(test: TestApp) {
    let uri = "https://app.example.org/callback?tenant=1";
    test.register("query", |settings| settings.redirect_uris = vec![uri.to_owned()])
        .await;
    let (rp, browser) = (Rp::new(&test, "query", ""), test.browser());
    let page = browser.get(&rp.authorize(&[("redirect_uri", uri)])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    let location = back.location();
    assert!(location.starts_with(&format!("{uri}&")), "{location}");
    assert_eq!(param(location, "tenant"), "1");
}
