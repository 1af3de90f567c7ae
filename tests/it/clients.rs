//! Apps: registering and authenticating them, and refusing disabled ones.

use doorward::directory::Actor;
use doorward::directory::clients::{
    AddClientSecret, DeleteClient, DisableClient, DropOldClientSecrets, EnableClient, GetClient,
};
use doorward::model::ClientId;
use doorward::model::client::{ClientAuth, ClientSettings};
use doorward::model::refusal::Code;
use serde_json::json;

use crate::schemes::outcome_of;
use crate::support::{OFFLINE, PASSWORD, Rp, TestApp, apply, basic, new_app, new_settings, on_both};

const TOKEN: &str = "/oauth2/token";
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

const DANGEROUS_URIS: [&str; 11] = [
    "http://app.example.org/cb",
    "https://app.example.org/cb#x",
    "https://a:b@app.example.org/cb",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "\u{1}javascript:alert(1)",
    "data:text/html,x",
    "https://app.example.org/c b",
    "https://*.example.org/cb",
    "https://app.example.org/*",
    "",
];

#[apply(on_both)]
async fn b3_dangerous_redirect_uris_cannot_be_registered(test: TestApp) {
    test.rp().await;
    for uri in DANGEROUS_URIS {
        let uris = vec![uri.to_owned()];
        let sign_in = ClientSettings {
            redirect_uris: uris.clone(),
            ..ClientSettings::default()
        };
        let sign_out = ClientSettings {
            post_logout_redirect_uris: uris,
            ..ClientSettings::default()
        };
        for settings in [sign_in, sign_out] {
            let create = new_app("bad", settings.clone());
            let created = test.change(&Actor::HOST, create).await;
            assert_eq!(outcome_of(created), "invalid", "{uri:?} {settings:?}");
            let updated = test.change(&Actor::HOST, new_settings("rp", settings)).await;
            assert_eq!(outcome_of(updated), "invalid", "{uri:?}");
        }
    }
}

#[apply(on_both)]
async fn b11_one_allowed_method_at_a_time_and_never_in_the_query(test: TestApp) {
    let rp = test.rp().await;
    let right = basic(&rp.id, &rp.secret);
    assert_eq!(rp.call(TOKEN, &[GRANT]).await.status, 200);
    let wrong = rp.call_as(TOKEN, &[GRANT], &basic(&rp.id, "wrong")).await;
    assert_eq!((wrong.status, wrong.error().as_str()), (401, "invalid_client"));
    assert!(wrong.headers.contains_key("www-authenticate"));
    let post = [
        GRANT,
        ("client_id", rp.id.as_str()),
        ("client_secret", rp.secret.as_str()),
    ];
    assert_eq!(rp.call_as(TOKEN, &post, &right).await.error(), "invalid_request");
    let query = format!("{TOKEN}?client_id={}&client_secret={}", rp.id, rp.secret);
    assert_eq!(rp.call_as(&query, &[GRANT], "").await.error(), "invalid_request");
    let tokens = rp.client_credentials().await;
    for (path, name, value) in [
        (TOKEN, "grant_type", "client_credentials"),
        ("/oauth2/introspect", "token", tokens.access()),
        ("/oauth2/revoke", "token", tokens.access()),
    ] {
        let query = format!("{path}?{name}={value}");
        let refused = rp.call(&query, &[]).await;
        assert_eq!(
            (refused.status, refused.error().as_str()),
            (400, "invalid_request"),
            "{query}"
        );
    }
    assert_eq!(rp.introspect(tokens.access()).await["active"], true);
    let unproven = [GRANT, ("client_id", "rp")];
    assert_eq!(rp.call_as(TOKEN, &unproven, "").await.status, 401);
}

#[apply(on_both)]
async fn b11_a_secret_may_be_sent_either_way_unless_the_settings_name_one(test: TestApp) {
    for (method, by_basic, by_post) in [
        (ClientAuth::Secret, 200, 200),
        (ClientAuth::Basic, 200, 401),
        (ClientAuth::Post, 401, 200),
    ] {
        let id = method.as_str().replace('_', "-");
        let register = test.rp_with(&id, |settings| {
            settings.client_auth = method;
            settings.client_credentials = true;
        });
        let rp = register.await;
        let post = |secret| [GRANT, ("client_id", rp.id.as_str()), ("client_secret", secret)];
        assert_eq!(rp.call(TOKEN, &[GRANT]).await.status, by_basic, "{method}");
        let posted = rp.call_as(TOKEN, &post(&rp.secret), "").await;
        assert_eq!(posted.status, by_post, "{method}");
        let wrong = rp.call_as(TOKEN, &post("wrong"), "").await;
        assert_eq!(
            (wrong.status, wrong.error().as_str()),
            (401, "invalid_client"),
            "{method}"
        );
    }
    let create = ["apps", "create", "Hub", "--client-credentials"];
    let created = test.run_json(&create).await;
    test.app.db.poll_cache_version().await.unwrap();
    let hub = Rp::new(&test, "hub", created["client_secret"].as_str().unwrap());
    let post = [
        GRANT,
        ("client_id", "hub"),
        ("client_secret", hub.secret.as_str()),
    ];
    assert_eq!(hub.call_as(TOKEN, &post, "").await.status, 200);
    assert_eq!(hub.call(TOKEN, &[GRANT]).await.status, 200);
}

#[apply(on_both)]
async fn b11_of_two_authorization_headers_neither_counts(test: TestApp) {
    let rp = test.rp().await;
    let (right, wrong) = (basic(&rp.id, &rp.secret), basic(&rp.id, "wrong"));
    let twice = async |path: &str, first: &str, second: &str| {
        let headers = [("authorization", first), ("authorization", second)];
        let response = rp.post(path, &[GRANT], &headers).await;
        (response.status, response.error())
    };
    let refused = (400, "invalid_request".to_owned());
    assert_eq!(twice(TOKEN, &right, &wrong).await, refused);
    assert_eq!(twice(TOKEN, &wrong, &right).await, refused);
    let tokens = rp.sign_in(&test.browser(), "ann", &[]).await;
    let bearer = format!("Bearer {}", tokens.access());
    assert_eq!(twice("/oauth2/userinfo", &bearer, &right).await, refused);
}

#[apply(on_both)]
async fn b14_responses_are_json_and_not_stored(test: TestApp) {
    let rp = test.rp().await;
    for fields in [&[GRANT][..], &[("grant_type", "nothing")], &[]] {
        let response = rp.call(TOKEN, fields).await;
        assert_eq!(response.headers["cache-control"], "no-store");
        assert_eq!(response.headers["content-type"], "application/json");
    }
}

#[apply(on_both)]
async fn b15_the_password_grant_is_refused(test: TestApp) {
    let fields = [
        ("grant_type", "password"),
        ("username", "ann"),
        ("password", PASSWORD),
    ];
    let response = test.rp().await.call(TOKEN, &fields).await;
    assert_eq!(response.error(), "unsupported_grant_type");
}

#[apply(on_both)]
async fn b16_a_client_id_can_never_be_a_persons_subject(test: TestApp) {
    let create = new_app(test.ann.as_str(), ClientSettings::default());
    let created = test.change(&Actor::HOST, create).await;
    assert!(created.unwrap_err().is(Code::ClientIdUuid));
    let rp = test.rp().await;
    let own = rp.client_credentials().await;
    assert_eq!(rp.introspect(own.access()).await["sub"], "rp");
}

#[apply(on_both)]
async fn b41_b42_tokens_of_other_apps_stay_unknown_and_unchanged(test: TestApp) {
    let rp = test.rp().await;
    let other = test
        .rp_with("other", |settings| settings.client_credentials = true)
        .await;
    let tokens = rp.client_credentials().await;
    let token = tokens.access();
    let (unknown, fields) = (json!({ "active": false }), [("token", token)]);
    assert_eq!(other.introspect(token).await, unknown);
    assert_eq!(other.call("/oauth2/revoke", &fields).await.status, 200);
    assert_eq!(rp.introspect(token).await["active"], true);
    assert_eq!(rp.call("/oauth2/revoke", &fields).await.status, 200);
    assert_eq!(rp.introspect(token).await, unknown);
    let nonsense = rp.call("/oauth2/revoke", &[("token", "unknown")]).await;
    assert_eq!(nonsense.status, 200);
    let unauthenticated = rp.call_as("/oauth2/introspect", &fields, "").await;
    assert_eq!(unauthenticated.status, 401);
}

#[apply(on_both)]
async fn every_operation_on_an_unknown_app_is_refused(test: TestApp) {
    let id = || ClientId("nosuch".into());
    let settings = ClientSettings::default();
    let host = &Actor::HOST;
    let refused = [
        test.change(host, AddClientSecret { id: id(), days: None })
            .await
            .err(),
        test.change(host, DropOldClientSecrets { id: id() }).await.err(),
        test.change(host, DisableClient { id: id() }).await.err(),
        test.change(host, EnableClient { id: id() }).await.err(),
        test.change(host, DeleteClient { id: id() }).await.err(),
        test.change(host, new_settings("nosuch", settings)).await.err(),
        test.read(host, GetClient { id: id() }).await.err(),
    ];
    for refused in refused {
        assert!(refused.unwrap().is(Code::ClientNotFound));
    }
}

#[apply(on_both)]
async fn a_disabled_app_gets_nothing(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", OFFLINE).await;
    let id = ClientId("rp".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 401);
    assert_eq!(rp.call(TOKEN, &[GRANT]).await.error(), "invalid_client");
    let page = browser.get(&rp.authorize(&[])).await;
    assert_eq!(page.status, 400);
    assert!(page.text("h1").contains("disabled"), "{}", page.body);
}

#[apply(on_both)]
async fn an_app_with_roles_of_its_own_gets_no_instance_roles(test: TestApp) {
    test.add_person("bob").await;
    let (rp, browser) = (test.rp().await, test.signed_in("ann").await);
    let roles = async || {
        // The command ran in another process, whose change this node has to notice.
        test.app.db.poll_cache_version().await.unwrap();
        rp.silent_sign_in(&browser).await.claims()["roles"].clone()
    };
    assert_eq!(roles().await, json!(["owner", "member"]));
    let grant = ["roles", "grant", "bob", "operator", "--app", "rp"];
    assert!(test.run(&grant, "").await.succeeded);
    assert_eq!(roles().await, json!([]), "an owner is not an operator of the app");
    let revoke = ["roles", "revoke", "bob", "operator", "--app", "rp"];
    assert!(test.run(&revoke, "").await.succeeded);
    assert_eq!(
        roles().await,
        json!([]),
        "not even once it has no operator any more"
    );
    let both = ["apps", "set", "rp", "instance_roles=true"];
    assert!(test.run(&both, "").await.succeeded);
    let grant = ["roles", "grant", "ann", "operator", "--app", "rp"];
    assert!(test.run(&grant, "").await.succeeded);
    assert_eq!(roles().await, json!(["owner", "member", "operator"]));
}
