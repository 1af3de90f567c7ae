//! Access tokens for resource servers (RFC 8707, RFC 9068), and opaque ones for the server's own endpoints.

use doorward::crypto::Algorithm;
use doorward::directory::Actor;
use doorward::directory::clients::DisableClient;
use doorward::model::ClientId;
use doorward::model::client::{AccessTokenTyp, ClientSettings};
use doorward::model::refusal::Code;
use serde_json::json;

use crate::support::{
    OFFLINE, Rp, TestApp, Tokens, apply, claims, header, new_app, new_settings, on_both, param,
};

const API: &str = "https://api.example.org";
const OLD: &str = "https://old.example.org/v1";
const TOKEN: &str = "/oauth2/token";

/// A resource server with this identifier.
async fn server(test: &TestApp, id: &str, identifier: &str, change: impl FnOnce(&mut ClientSettings)) -> Rp {
    test.rp_with(id, |settings| {
        settings.redirect_uris.clear();
        settings.resource_identifier = Some(identifier.to_owned());
        change(settings);
    })
    .await
}

/// An app of two resource servers.
async fn app_of_two(test: &TestApp) -> (Rp, Rp, Rp) {
    let api = server(test, "api", API, |settings| {
        settings.access_token_alg = Algorithm::ES256;
    })
    .await;
    let old = server(test, "old", OLD, |settings| {
        settings.access_token_typ = AccessTokenTyp::Jwt;
    })
    .await;
    let rp = test.rp_with("rp", |settings| {
        settings.client_credentials = true;
        settings.resources = vec![API.to_owned(), OLD.to_owned()];
    });
    (rp.await, api, old)
}

#[apply(on_both)]
async fn b30_an_access_token_for_our_own_endpoints_is_opaque(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    for tokens in [&tokens, &rp.client_credentials().await] {
        let access = tokens.access();
        assert_eq!(access.len(), 43);
        let found = rp.introspect(access).await;
        assert_eq!(
            (&found["active"], &found["aud"]),
            (&json!(true), &json!(test.base))
        );
        assert_eq!(found["exp"].as_i64(), Some(test.clock.now().seconds() + 300));
    }
    assert_eq!(rp.userinfo(tokens.access()).await.status, 200);
    let found = rp.introspect(tokens.access()).await;
    assert_eq!(found["sub"], test.ann.as_str());
    assert_eq!(
        (&found["username"], &found["groups"][0]),
        (&json!("ann"), &json!("engineering"))
    );
    assert_eq!(
        (&found["roles"][0], &found["teams"][0]["slug"]),
        (&json!("owner"), &json!("root-team"))
    );
    assert_eq!(found.get("email"), None);
}

/// Whether the published key of a JWT verifies its signature.
async fn is_signed(rp: &Rp, jwt: &str) -> bool {
    let keys = rp.get("/oauth2/jwks").await.json();
    let kid = header(jwt)["kid"].clone();
    let jwk = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == kid);
    let jwk = josekit::jwk::Jwk::from_bytes(jwk.unwrap().to_string()).unwrap();
    let verifier = josekit::jws::ES256.verifier_from_jwk(&jwk).unwrap();
    josekit::jws::deserialize_compact(jwt, &verifier).is_ok()
}

#[apply(on_both)]
async fn b30_an_access_token_for_a_resource_server_follows_rfc_9068(test: TestApp) {
    let ((rp, ..), browser) = (app_of_two(&test).await, test.browser());
    let scope = [("scope", "openid email groups roles")];
    let tokens = rp.sign_in(&browser, "ann", &scope).await;
    let jwt = tokens.access();
    assert_eq!(header(jwt)["typ"], "at+jwt");
    assert_eq!(header(jwt)["alg"], "ES256");
    assert!(is_signed(&rp, jwt).await);
    let access = claims(jwt);
    let now = test.clock.now().seconds();
    assert_eq!(access["iss"], test.base);
    assert_eq!(access["sub"], test.ann.as_str());
    assert_eq!(access["aud"], json!([API, test.base]), "userinfo accepts it too");
    assert_eq!(access["client_id"], "rp");
    assert_eq!(access["scope"], "openid email groups roles");
    assert_eq!(
        (access["iat"].as_i64(), access["exp"].as_i64()),
        (Some(now), Some(now + 300))
    );
    assert!(access["jti"].is_string() && access["auth_time"].is_i64());
    assert_eq!(access["groups"], json!(["engineering"]));
    assert_eq!(access["roles"], json!(["owner", "member"]));
    for absent in ["email", "name", "teams", "nonce"] {
        assert_eq!(access.get(absent), None, "{absent}");
    }
    assert_eq!(rp.userinfo(jwt).await.status, 200);
    assert_eq!(
        header(tokens.id_token())["alg"],
        "RS256",
        "the app's own algorithm"
    );
    let own = rp.client_credentials().await;
    let own = claims(own.access());
    assert_eq!((&own["aud"], &own["sub"]), (&json!(API), &json!("rp")));
}

#[apply(on_both)]
async fn b30_a_named_resource_server_is_the_only_audience(test: TestApp) {
    let ((rp, ..), browser) = (app_of_two(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[("resource", API)]).await;
    assert_eq!(claims(tokens.access())["aud"], API);
    assert_eq!(
        rp.userinfo(tokens.access()).await.status,
        401,
        "it is for the API alone"
    );
    let code = rp.code(&browser, "ann", &[]).await;
    let tokens = rp.redeem_with(&code, &[("resource", OLD)]).await.tokens();
    assert_eq!(claims(tokens.access())["aud"], OLD);
    let fields = [("grant_type", "client_credentials"), ("resource", OLD)];
    let own = rp.call(TOKEN, &fields).await.tokens();
    assert_eq!(claims(own.access())["aud"], OLD);
    assert_eq!(rp.introspect(own.access()).await["aud"], OLD);
    assert_eq!(
        rp.call("/oauth2/revoke", &[("token", own.access())]).await.status,
        200
    );
    assert_eq!(rp.introspect(own.access()).await, json!({ "active": false }));
}

#[apply(on_both)]
async fn b30_the_resource_of_the_authorization_request_holds_for_all_tokens(test: TestApp) {
    let ((rp, ..), browser) = (app_of_two(&test).await, test.browser());
    let change = [OFFLINE[0], ("resource", OLD)];
    let tokens = rp.sign_in(&browser, "ann", &change).await;
    assert_eq!(claims(tokens.access())["aud"], OLD);
    let refreshed = rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(claims(refreshed.access())["aud"], OLD);
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh()),
        ("resource", API),
    ];
    assert_eq!(rp.call(TOKEN, &fields).await.error(), "invalid_target");
    let code = rp.code(&browser, "ann", &change).await;
    let refused = rp.redeem_with(&code, &[("resource", API)]).await;
    assert_eq!(refused.error(), "invalid_target");
    assert_eq!(rp.redeem(&code).await.status, 200, "the code is not used up");
}

#[apply(on_both)]
async fn b30_an_app_names_only_the_resource_servers_of_its_settings(test: TestApp) {
    let (_, browser) = (app_of_two(&test).await, test.signed_in("ann").await);
    let other = test
        .rp_with("other", |settings| {
            settings.client_credentials = true;
            settings.resources = vec!["https://nobody.example.org".to_owned()];
        })
        .await;
    let back = browser.get(&other.authorize(&[("resource", API)])).await;
    assert_eq!(param(back.location(), "error"), "invalid_target");
    for resource in [API, "https://nobody.example.org", "api"] {
        let fields = [("grant_type", "client_credentials"), ("resource", resource)];
        assert_eq!(
            other.call(TOKEN, &fields).await.error(),
            "invalid_target",
            "{resource}"
        );
    }
    let id = ClientId("api".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    test.app.db.poll_cache_version().await.unwrap();
    let rp = Rp::new(&test, "rp", "");
    let back = browser.get(&rp.authorize(&[("resource", API)])).await;
    assert!(back.location().contains("code="), "the token request is refused");
}

#[apply(on_both)]
async fn b26_a_plain_access_token_is_no_id_token(test: TestApp) {
    let ((rp, ..), browser) = (app_of_two(&test).await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[("resource", OLD)]).await;
    let access = tokens.access();
    assert_eq!(header(access)["typ"], "JWT");
    assert!(
        rp.verify(access, access).await.is_err(),
        "no app accepts it as an ID token"
    );
    let silent = [("prompt", "none"), ("id_token_hint", access)];
    let back = browser.get(&rp.authorize(&silent)).await;
    assert_eq!(param(back.location(), "error"), "login_required");
    let query = format!("id_token_hint={access}&post_logout_redirect_uri=https://app.example.org/");
    let page = browser.get(&format!("/oauth2/logout?{query}")).await;
    assert_eq!(page.text("h1"), "Sign out of Example?");
    assert!(page.text(".unused").contains("invalid"), "{}", page.body);
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn b42_a_resource_server_introspects_the_tokens_for_it(test: TestApp) {
    let ((rp, api, old), browser) = (app_of_two(&test).await, test.browser());
    let scope = [("scope", "openid profile roles offline_access")];
    let tokens = rp.sign_in(&browser, "ann", &scope).await;
    let found = api.introspect(tokens.access()).await;
    assert_eq!(
        (&found["active"], &found["client_id"]),
        (&json!(true), &json!("rp"))
    );
    assert_eq!(found["sub"], tokens.claims()["sub"]);
    assert_eq!(
        (&found["username"], &found["roles"]),
        (&json!("ann"), &json!(["owner", "member"]))
    );
    let inactive = json!({ "active": false });
    assert_eq!(
        old.introspect(tokens.access()).await,
        inactive,
        "another resource server"
    );
    assert_eq!(api.introspect(tokens.refresh()).await, inactive);
    api.call("/oauth2/revoke", &[("token", tokens.access())]).await;
    assert_eq!(
        api.introspect(tokens.access()).await["active"],
        true,
        "only its app revokes it"
    );
    let id = ClientId("rp".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(
        api.introspect(tokens.access()).await,
        inactive,
        "its app is disabled"
    );
}

#[apply(on_both)]
async fn b42_only_the_first_audience_introspects(test: TestApp) {
    let base = test.base.clone();
    let ((rp, ..), browser) = (app_of_two(&test).await, test.browser());
    let us = server(&test, "us", &base, |_| ()).await;
    let tokens: Tokens = rp.sign_in(&browser, "ann", &[]).await;
    assert_eq!(claims(tokens.access())["aud"], json!([API, base]));
    assert_eq!(us.introspect(tokens.access()).await, json!({ "active": false }));
}

#[apply(on_both)]
async fn an_identifier_belongs_to_one_resource_server(test: TestApp) {
    app_of_two(&test).await;
    let settings = |identifier: &str| ClientSettings {
        resource_identifier: Some(identifier.to_owned()),
        ..ClientSettings::default()
    };
    for (identifier, code) in [
        (API, Code::Taken),
        ("api", Code::UriRelative),
        ("https://api.example.org/#x", Code::UriFragment),
        ("https://a b", Code::UriSpaces),
    ] {
        let create = new_app("another", settings(identifier));
        let refused = test.change(&Actor::HOST, create).await.unwrap_err();
        assert!(refused.is(code), "{identifier}: {refused:?}");
    }
    for (identifier, is_possible) in [(API, false), (OLD, true)] {
        let update = new_settings("old", settings(identifier));
        let changed = test.change(&Actor::HOST, update).await;
        assert_eq!(changed.is_ok(), is_possible, "{identifier}");
    }
    let create = [
        "apps",
        "create",
        "Store",
        "--resource-identifier",
        "urn:example:store",
    ];
    let created = test.run_json(&create).await;
    assert_eq!(created["client_id"], "store");
}
