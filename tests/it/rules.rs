//! Rules of the protocol that are easy to get wrong and that no feature's own test shows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::directory::Actor;
use doorward::directory::clients::{
    AddClientSecret, CreateClient, DisableClient, DropOldClientSecrets, EnableClient, GetClient, UpdateClient,
};
use doorward::model::ClientId;
use doorward::model::audit::AuditFilter;
use doorward::model::client::{ClientAuth, ClientSettings, SubjectType};
use doorward::model::refusal::Code;
use doorward::store::audit_list::newest;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::routes::{leading_to_something, path_of, routed};
use crate::schemes::outcome_of;
use crate::support::{Browser, On, REDIRECT_URI, Rp, TestApp, claims, client, on_both, param};

on_both!(
    b2_a_native_app_comes_back_on_any_loopback_port,
    b3_dangerous_redirect_uris_cannot_be_registered,
    b9_the_pages_answer_no_other_origin,
    b10_redirects_after_a_form_are_303,
    b16_a_client_id_can_never_be_a_persons_subject,
    what_is_done_to_an_app_that_is_not_there_says_so,
    b21_pairwise_subjects_differ_by_sector_and_nothing_else,
    b22_the_id_token_says_what_happened,
    b26_no_token_stands_in_for_another,
    b28_no_two_spellings_of_one_token,
    b30_an_access_token_follows_rfc_9068,
    b58_pages_cannot_be_framed_and_tell_no_other_site_where_they_were,
    b58_a_form_without_its_token_is_refused,
    a_disabled_app_gets_nothing,
);

async fn sign_in(rp: &Rp, browser: &Browser, change: &[(&str, &str)]) -> Value {
    let page = browser.get(&rp.authorize(change)).await;
    let back = if page.location().contains("/sign-in") {
        browser.sign_in(page.location(), "ann").await
    } else {
        page
    };
    rp.redeem(&param(back.location(), "code")).await.json()
}

async fn b2_a_native_app_comes_back_on_any_loopback_port(test: TestApp) {
    test.register("native", |settings| {
        settings.redirect_uris = vec!["http://127.0.0.1/cb".into()];
        settings.client_auth = ClientAuth::None;
        settings.native = true;
    })
    .await;
    let (rp, browser) = (Rp::new(&test, "native", ""), test.browser());
    let at = async |uri: &str| browser.get(&rp.authorize(&[("redirect_uri", uri)])).await.status;
    assert_eq!(at("http://127.0.0.1:4711/cb").await, 303);
    for other in [
        "http://localhost:4711/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:4711/cb/",
        "https://127.0.0.1:4711/cb",
        "http://user@127.0.0.1:4711/cb",
    ] {
        assert_eq!(at(other).await, 400, "{other}");
    }
}

async fn b3_dangerous_redirect_uris_cannot_be_registered(test: TestApp) {
    for uri in [
        "http://app.example.org/cb",
        "https://app.example.org/cb#x",
        "https://a:b@app.example.org/cb",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,x",
        "https://app.example.org/c b",
        "",
    ] {
        for logout in [false, true] {
            let uris = vec![uri.to_owned()];
            let settings = if logout {
                ClientSettings {
                    post_logout_redirect_uris: uris,
                    ..ClientSettings::default()
                }
            } else {
                ClientSettings {
                    redirect_uris: uris,
                    ..ClientSettings::default()
                }
            };
            let create = CreateClient {
                id: ClientId("bad".into()),
                name: "Bad".into(),
                settings: settings.clone(),
            };
            let created = test.change(&Actor::HOST, create).await;
            assert_eq!(outcome_of(created), "invalid", "{uri:?} {logout}");
            let id = ClientId("rp".into());
            let updated = test.change(&Actor::HOST, UpdateClient { id, settings }).await;
            assert_eq!(outcome_of(updated), "invalid", "{uri:?} {logout}");
        }
    }
}

async fn b9_the_pages_answer_no_other_origin(test: TestApp) {
    let rp = test.rp().await;
    for path in [
        rp.authorize(&[]),
        "/sign-in".into(),
        "/account".into(),
        "/oauth2/token".into(),
    ] {
        for origin in ["https://evil.example", "null"] {
            for method in [reqwest::Method::GET, reqwest::Method::OPTIONS] {
                let request = client()
                    .request(method, format!("{}{path}", test.base))
                    .header("origin", origin)
                    .header("access-control-request-method", "POST");
                let answer = request.send().await.unwrap();
                let named = answer
                    .headers()
                    .keys()
                    .find(|name| name.as_str().starts_with("access-control"));
                assert_eq!(named, None, "{path} {origin}");
            }
        }
    }
    let open = client()
        .get(format!("{}/oauth2/jwks", test.base))
        .header("origin", "null")
        .send()
        .await
        .unwrap();
    assert_eq!(open.headers()["access-control-allow-origin"], "*");
}

async fn b10_redirects_after_a_form_are_303(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let form = browser.get(page.location()).await;
    let filled = [("username", "ann"), ("password", crate::support::PASSWORD)];
    let done = browser.submit(&form, "/sign-in/password", &filled).await;
    assert_eq!(done.status, 303);
    assert_eq!(browser.get(done.location()).await.status, 303);
    let cross_site = test.browser().post("/oauth2/authorize", &[]).await;
    assert_eq!(cross_site.status, 303);
}

async fn what_is_done_to_an_app_that_is_not_there_says_so(test: TestApp) {
    let id = || ClientId("nosuch".into());
    let settings = ClientSettings::default();
    let host = &Actor::HOST;
    let refused = [
        test.change(host, AddClientSecret { id: id() }).await.err(),
        test.change(host, DropOldClientSecrets { id: id() }).await.err(),
        test.change(host, DisableClient { id: id() }).await.err(),
        test.change(host, EnableClient { id: id() }).await.err(),
        test.change(host, UpdateClient { id: id(), settings }).await.err(),
        test.read(host, GetClient { id: id() }).await.err(),
    ];
    for refused in refused {
        assert!(refused.unwrap().is(Code::ClientNotFound));
    }
}

async fn b16_a_client_id_can_never_be_a_persons_subject(test: TestApp) {
    let create = CreateClient {
        id: ClientId(test.ann.0.clone()),
        name: "Ann".into(),
        settings: ClientSettings::default(),
    };
    let created = test.change(&Actor::HOST, create).await;
    assert!(created.unwrap_err().is(Code::ClientIdUuid));
    let rp = test.rp().await;
    let own = rp
        .call("/oauth2/token", &[("grant_type", "client_credentials")])
        .await
        .json();
    assert_eq!(claims(own["access_token"].as_str().unwrap())["sub"], "rp");
}

async fn b21_pairwise_subjects_differ_by_sector_and_nothing_else(test: TestApp) {
    let browser = test.browser();
    let mut subjects = Vec::new();
    for (id, sector) in [("one", None), ("two", None), ("three", Some("other.example.org"))] {
        let secret = test
            .register(id, |settings| {
                settings.subject_type = SubjectType::Pairwise;
                settings.sector = sector.map(str::to_owned);
            })
            .await;
        let rp = Rp::new(&test, id, &secret);
        let tokens = sign_in(&rp, &browser, &[]).await;
        let id_token = claims(tokens["id_token"].as_str().unwrap());
        let access = tokens["access_token"].as_str().unwrap();
        let userinfo = rp.userinfo(access).await.json();
        assert_eq!(id_token["sub"], userinfo["sub"]);
        assert_eq!(id_token["sub"], rp.introspect(access).await["sub"]);
        assert_eq!(id_token["sub"], claims(access)["sub"]);
        subjects.push(id_token["sub"].as_str().unwrap().to_owned());
    }
    assert_eq!(subjects[0], subjects[1], "one sector");
    assert_ne!(subjects[0], subjects[2]);
    assert!(!subjects.contains(&test.ann.0));
}

async fn b22_the_id_token_says_what_happened(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = sign_in(&rp, &browser, &[("nonce", "a b+c/ü")]).await;
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["nonce"], "a b+c/ü");
    assert_eq!(id_token["aud"], "rp");
    assert_eq!(id_token["amr"], serde_json::json!(["pwd"]));
    assert!(id_token.get("azp").is_none_or(|azp| azp == "rp"));
    let digest = Sha256::digest(tokens["access_token"].as_str().unwrap());
    let half = URL_SAFE_NO_PAD.encode(&digest[..16]);
    assert_eq!(id_token["at_hash"], half.as_str());
}

async fn b26_no_token_stands_in_for_another(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = sign_in(&rp, &browser, &[("scope", "openid offline_access")]).await;
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (id_token, access, refresh) = (token("id_token"), token("access_token"), token("refresh_token"));
    for wrong in [&id_token, &refresh] {
        assert_eq!(rp.userinfo(wrong).await.status, 401);
    }
    for wrong in [&id_token, &access] {
        assert_eq!(rp.refresh(wrong).await.json()["error"], "invalid_grant");
    }
    assert_eq!(rp.introspect(&id_token).await["active"], false);
    for wrong in [&access, &refresh] {
        let silent = [("prompt", "none"), ("id_token_hint", wrong.as_str())];
        let back = browser.get(&rp.authorize(&silent)).await;
        assert_eq!(param(back.location(), "error"), "login_required");
    }
    for (jwt, typ) in [(&id_token, "JWT"), (&access, "at+jwt")] {
        let header = jwt.split('.').next().unwrap();
        let header = URL_SAFE_NO_PAD.decode(header).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["typ"], typ);
    }
}

async fn b28_no_two_spellings_of_one_token(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = sign_in(&rp, &browser, &[("scope", "openid offline_access")]).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    // The last character of 43 holds two bits that decode to nothing.
    let last = refresh.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    let twin = alphabet.chars().nth(at ^ 1).unwrap();
    let cut = &refresh[..refresh.len() - 1];
    for other in [
        format!("{refresh}="),
        format!("{refresh}A"),
        cut.to_owned(),
        format!("{cut}{twin}"),
    ] {
        assert_eq!(
            rp.refresh(&other).await.json()["error"],
            "invalid_grant",
            "{other}"
        );
    }
    for other in [
        format!("{access}="),
        format!("{access}A"),
        access.replacen('.', "=.", 1),
    ] {
        assert_eq!(rp.userinfo(&other).await.status, 401);
    }
    assert_eq!(rp.refresh(refresh).await.status, 200);
}

async fn b30_an_access_token_follows_rfc_9068(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = sign_in(&rp, &browser, &[("scope", "openid email")]).await;
    let access = claims(tokens["access_token"].as_str().unwrap());
    let now = test.clock.now().seconds();
    assert_eq!(access["iss"], test.base);
    assert_eq!(access["sub"], test.ann.as_str());
    assert_eq!(access["client_id"], "rp");
    assert_eq!(access["scope"], "openid email");
    assert_eq!(
        (access["iat"].as_i64(), access["exp"].as_i64()),
        (Some(now), Some(now + 300))
    );
    assert!(access["jti"].is_string() && !access["aud"].is_null());
    for absent in ["email", "name", "groups", "roles", "teams"] {
        assert_eq!(access.get(absent), None, "{absent}");
    }
}

async fn b58_pages_cannot_be_framed_and_tell_no_other_site_where_they_were(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    for path in [
        page.location(),
        "/sign-in",
        "/nothing",
        "/oauth2/logout",
        "/oauth2/authorize",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
}

/// What takes no form of ours: apps post to these, with a proof of their own or, to the first, through any browser.
const FOR_APPS: [&str; 5] = ["AUTHORIZE", "TOKEN", "USERINFO", "INTROSPECT", "REVOKE"];

async fn b58_a_form_without_its_token_is_refused(test: TestApp) {
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    let posts = routed().into_iter().filter(|(method, _)| method == "POST");
    let forms: Vec<String> = posts
        .map(|(_, name)| name)
        .filter(|name| !FOR_APPS.contains(&name.as_str()))
        .collect();
    let mut paths = Vec::new();
    for (turn, name) in forms.into_iter().enumerate() {
        let path = path_of(&name);
        paths.push(
            leading_to_something(&test, &path, turn)
                .await
                .expect("made in support"),
        );
    }
    let before = audit_entries(&test).await;
    for path in &paths {
        for csrf in [None, Some("x")] {
            let fields = csrf.map(|csrf| ("csrf".to_owned(), csrf.to_owned()));
            let fields: Vec<_> = fields.into_iter().collect();
            let answer = match path.as_str() {
                "/account/picture" => {
                    browser
                        .upload(path, csrf.unwrap_or(""), "picture", b"x".to_vec())
                        .await
                }
                _ => browser.post(path, &fields).await,
            };
            // Apps may send people to sign out by POST; then they are asked.
            let expected = if path == "/oauth2/logout" && csrf.is_none() {
                200
            } else {
                403
            };
            assert_eq!(answer.status, expected, "{path} {csrf:?}: {}", answer.body);
            assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        }
        assert_eq!(
            browser.get("/account").await.status,
            200,
            "{path} changed something"
        );
    }
    assert_eq!(audit_entries(&test).await, before, "something was changed");
}

async fn audit_entries(test: &TestApp) -> usize {
    let mut conn = test.app.db.read().await.unwrap();
    let all = newest(&mut conn, &AuditFilter::default(), 1000).await.unwrap();
    all.len()
}

async fn a_disabled_app_gets_nothing(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = sign_in(&rp, &browser, &[("scope", "openid offline_access")]).await;
    let id = ClientId("rp".into());
    test.change(&Actor::HOST, DisableClient { id }).await.unwrap();
    test.app.db.poll_cache_version().await.unwrap();
    assert_eq!(
        rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status,
        401
    );
    assert_eq!(
        rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.status,
        401
    );
    let own = rp
        .call("/oauth2/token", &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(own.json()["error"], "invalid_client");
    let page = browser.get(&rp.authorize(&[])).await;
    assert_eq!(page.status, 400);
    assert!(page.text("h1").contains("switched off"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b32_an_issuer_with_a_path_has_both_well_known_forms() {
    let test = TestApp::start_at(On::Sqlite, "/id").await;
    let browser = Browser::new(test.base.trim_end_matches("/id"));
    let document = browser.get("/id/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], test.base);
    let other = browser
        .get("/.well-known/oauth-authorization-server/id")
        .await
        .json();
    assert_eq!(document, other);
    let rp = test.rp().await;
    let page = browser.get(&format!("/id{}", rp.authorize(&[]))).await;
    let form = browser.get(page.location()).await;
    let filled = [("username", "ann"), ("password", crate::support::PASSWORD)];
    let done = browser.submit(&form, "/id/sign-in/password", &filled).await;
    let back = browser.get(done.location()).await;
    assert!(back.location().starts_with(REDIRECT_URI), "{}", back.location());
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["iss"], test.base);
    assert_eq!(
        browser.get("/sign-in").await.status,
        404,
        "nothing of ours is elsewhere"
    );
}
