//! The settings of an app that concern its tokens, its secrets, its keys and its logouts.

use std::time::Duration;

use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Value, json};

use crate::operations::stage::image;
use crate::support::{Browser, OFFLINE, Response, Rp, TestApp, apply, basic, claims, on_both};

const APP: &str = "/console/apps/rp";
const TOKENS: &str = "/console/apps/rp/tokens";
const NEW: &str = "/console/apps/new";
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn save(browser: &Browser, tab: &str, fields: &[(&str, &str)]) -> Response {
    let page = browser.get(tab).await;
    browser.submit(&page, tab, fields).await
}

async fn settings(test: &TestApp, id: &str) -> Value {
    let shown = test.run(&["--json", "apps", "show", id], "").await.stdout;
    serde_json::from_str::<Value>(&shown).unwrap()["settings"].clone()
}

async fn set(test: &TestApp, setting: &str) {
    let set = test.run(&["apps", "set", "rp", setting], "").await;
    assert!(set.succeeded, "{}", set.stderr);
    test.app.db.poll_cache_version().await.unwrap();
}

#[apply(on_both)]
async fn new_lifetimes_of_an_app_apply_to_its_next_tokens(test: TestApp) {
    let (rp, ann) = (test.rp().await, test.signed_in("ann").await);
    let page = ann.get(TOKENS).await;
    assert_eq!(
        page.text("#access_token_lifetime-help"),
        "If you leave it empty: 5 min."
    );
    let fields = [
        ("access_token_lifetime", "120s"),
        ("id_token_lifetime", "1h"),
        ("refresh_token_idle", "2 days"),
    ];
    let saved = ann.submit(&page, TOKENS, &fields).await;
    let saved = ann.follow(saved).await;
    assert_eq!(saved.attributes("#access_token_lifetime", "value"), ["2 min"]);
    let tokens = rp.sign_in(&ann, "ann", OFFLINE).await;
    assert_eq!(tokens["expires_in"], 120);
    let id_token = claims(tokens.id_token());
    let valid = id_token["exp"].as_i64().unwrap() - id_token["iat"].as_i64().unwrap();
    assert_eq!(valid, 3600);
    assert_eq!(rp.client_credentials().await["expires_in"], 120);
    test.clock.advance(Duration::from_secs(121));
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    set(&test, "access_token_lifetime=null").await;
    let refreshed = rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(refreshed["expires_in"], 300);
    test.clock.advance(DAY * 2 + Duration::from_secs(1));
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn a_refresh_token_ends_with_the_lifetime_of_its_app_however_often_it_is_used(test: TestApp) {
    let rp = test.rp().await;
    set(&test, "refresh_token_lifetime=3 hours").await;
    let tokens = rp.sign_in(&test.browser(), "ann", OFFLINE).await;
    for _ in 0..2 {
        test.clock.advance(HOUR);
        assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    }
    test.clock.advance(HOUR + Duration::from_secs(1));
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn a_shorter_lifetime_ends_older_refresh_tokens(test: TestApp) {
    let rp = test.rp().await;
    let tokens = rp.sign_in(&test.browser(), "ann", OFFLINE).await;
    test.clock.advance(HOUR * 2);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    set(&test, "refresh_token_lifetime=1h").await;
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

#[apply(on_both)]
async fn a_lifetime_out_of_bounds_is_refused_at_its_field(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    for (field, value) in [
        ("access_token_lifetime", "59 s"),
        ("access_token_lifetime", "25 hours"),
        ("id_token_lifetime", "soon"),
        ("id_token_lifetime", "10"),
        ("refresh_token_idle", "59 min"),
        ("refresh_token_lifetime", "3651 days"),
        ("refresh_token_lifetime", "0d"),
    ] {
        let refused = save(&ann, TOKENS, &[(field, value)]).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        let error = refused.text(&format!("#{field}-error"));
        assert!(
            error.starts_with("Use a time from 1 "),
            "{field} {value}: {error}"
        );
        assert_eq!(refused.attributes(&format!("#{field}"), "value"), [value]);
    }
    let wrong = test
        .run(&["apps", "set", "rp", "access_token_lifetime=2d"], "")
        .await;
    assert!(
        !wrong.succeeded && wrong.stderr.contains("1 min to 1 day"),
        "{}",
        wrong.stderr
    );
    assert_eq!(settings(&test, "rp").await["access_token_lifetime"], Value::Null);
}

/// Adds a secret in the console; yields it.
async fn add_secret(browser: &Browser, days: &str) -> String {
    let page = browser.get(APP).await;
    let added = browser
        .submit(&page, &format!("{APP}/secrets"), &[("days", days)])
        .await;
    browser.follow(added).await.text("#secret")
}

async fn works(rp: &Rp, secret: &str) -> bool {
    let fields = [("grant_type", "client_credentials")];
    let answer = rp.call_as("/oauth2/token", &fields, &basic("rp", secret)).await;
    assert!(answer.status == 200 || answer.error() == "invalid_client");
    answer.status == 200
}

#[apply(on_both)]
async fn b11_an_expired_secret_is_refused(test: TestApp) {
    let (rp, ann) = (test.rp().await, test.signed_in("ann").await);
    let page = ann.get(APP).await;
    for wrong in ["0", "3651", "soon", "-1"] {
        let refused = ann
            .submit(&page, &format!("{APP}/secrets"), &[("days", wrong)])
            .await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
    let secret = add_secret(&ann, "30").await;
    let warned = "A secret of the app expires on";
    assert!(works(&rp, &secret).await && works(&rp, &rp.secret).await);
    assert!(!ann.get(APP).await.body.contains(warned));
    test.clock.advance(DAY * 16);
    assert!(test.signed_in("ann").await.get(APP).await.body.contains(warned));
    test.clock.advance(Duration::from_secs(14 * 24 * 3600 - 1));
    assert!(works(&rp, &secret).await);
    test.clock.advance(Duration::from_secs(1));
    assert!(!works(&rp, &secret).await && works(&rp, &rp.secret).await);
    let ann = test.signed_in("ann").await;
    assert!(
        ann.get(APP)
            .await
            .body
            .contains("A secret of the app has expired.")
    );
    // A new one takes its place.
    let new = add_secret(&ann, "").await;
    assert!(works(&rp, &new).await && works(&rp, &rp.secret).await);
    assert_eq!(test.count("client_secrets").await, 2);
}

#[apply(on_both)]
async fn the_old_secret_is_never_removed_in_favour_of_an_expired_one(test: TestApp) {
    let rp = test.rp().await;
    add_secret(&test.signed_in("ann").await, "1").await;
    test.clock.advance(DAY);
    let ann = test.signed_in("ann").await;
    let page = ann.get(APP).await;
    let dropped = ann.submit(&page, &format!("{APP}/secrets/drop"), &[]).await;
    assert_eq!(dropped.status, 303, "{}", dropped.body);
    assert!(works(&rp, &rp.secret).await);
    assert_eq!(test.count("client_secrets").await, 1);
}

/// A new key: its public and its private form.
fn key() -> (Value, Value) {
    let mut pair = EcKeyPair::generate(EcCurve::P256).unwrap();
    pair.set_key_id(Some("one"));
    let public = serde_json::to_value(pair.to_jwk_public_key()).unwrap();
    (public, serde_json::to_value(pair.to_jwk_private_key()).unwrap())
}

#[apply(on_both)]
async fn pasted_keys_are_checked_at_once(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let (public, private) = key();
    let short = RsaKeyPair::generate(1024).unwrap().to_jwk_public_key();
    let set = |keys: Value| json!({ "keys": keys }).to_string();
    for (keys, why, is_shown) in [
        (set(json!([private])), "its private part", false),
        (private.to_string(), "its private part", false),
        (
            set(json!([{ "kty": "oct", "k": "c2VjcmV0" }])),
            "symmetric",
            false,
        ),
        (set(json!([short])), "2048 to 8192 bits", true),
        (
            set(json!([{ "kty": "EC", "crv": "secp256k1" }])),
            "are supported",
            true,
        ),
        (set(json!([public, public])), "must be different", true),
        (set(json!([])), "1 to 20", true),
        ("-----BEGIN PRIVATE KEY-----".into(), "JSON object", false),
        ("not keys".into(), "JSON object", true),
    ] {
        let fields = [("client_auth", "private_key_jwt"), ("jwks", keys.as_str())];
        let refused = save(&ann, TOKENS, &fields).await;
        assert_eq!(refused.status, 422, "{why}");
        let error = refused.text("#jwks-error");
        assert!(error.contains(why), "{error}");
        assert_eq!(!refused.text("#jwks").is_empty(), is_shown, "{keys}");
    }
    let nothing = save(&ann, TOKENS, &[("client_auth", "private_key_jwt")]).await;
    assert!(
        nothing
            .text("#jwks-error")
            .contains("needs the app's public keys")
    );
}

#[apply(on_both)]
async fn a_key_is_pasted_alone_or_in_a_set(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let (public, _) = key();
    let stored = json!({ "keys": [public] });
    for pasted in [public.to_string(), stored.to_string()] {
        let fields = [("client_auth", "private_key_jwt"), ("jwks", pasted.as_str())];
        let saved = save(&ann, TOKENS, &fields).await;
        assert!(ann.follow(saved).await.text("#jwks").contains("\"one\""));
        assert_eq!(settings(&test, "rp").await["jwks"], stored);
    }
}

#[apply(on_both)]
async fn addresses_for_logouts_are_set_in_the_form(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let tab = format!("{APP}/settings");
    for (field, value) in [
        ("backchannel_logout_uri", "http://app.example.org/logout"),
        ("backchannel_logout_uri", "app.example.org"),
        ("frontchannel_logout_uri", "https://other.example.net/logout"),
        ("post_logout_redirect_uris", "javascript:alert(1)"),
    ] {
        let refused = save(&ann, &tab, &[(field, value)]).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        assert!(
            !refused.text(&format!("#{field}-error")).is_empty(),
            "{field} {value}"
        );
    }
    let stored = settings(&test, "rp").await;
    let origin = url::Url::parse(stored["redirect_uris"][0].as_str().unwrap()).unwrap();
    let logout = format!("{}/logout", origin.origin().ascii_serialization());
    let fields = [
        ("backchannel_logout_uri", "https://back.example.org/logout"),
        ("backchannel_logout_session_required", "1"),
        ("frontchannel_logout_uri", &logout),
        ("post_logout_redirect_uris", "https://app.example.org/bye"),
    ];
    assert_eq!(save(&ann, &tab, &fields).await.status, 303);
    let stored = settings(&test, "rp").await;
    assert_eq!(
        stored["backchannel_logout_uri"],
        "https://back.example.org/logout"
    );
    assert_eq!(stored["backchannel_logout_session_required"], true);
    assert_eq!(stored["frontchannel_logout_uri"], logout);
    assert_eq!(
        stored["post_logout_redirect_uris"],
        json!(["https://app.example.org/bye"])
    );
}

#[apply(on_both)]
async fn a_new_app_has_the_fields_of_its_kind(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get(&format!("{NEW}?kind=link")).await;
    let fields = page.attributes("form.card [name]", "name");
    assert!(!fields.iter().any(|name| name.contains("redirect")), "{fields:?}");
    let page = ann.get(&format!("{NEW}?kind=web")).await;
    let shop = [
        ("name", "Shop"),
        ("redirect_uris", "https://shop.example.org/callback"),
        ("post_logout_redirect_uris", "https://shop.example.org/"),
        ("backchannel_logout_uri", "https://shop.example.org/logout"),
        ("access", "nobody"),
    ];
    assert_eq!(ann.submit(&page, NEW, &shop).await.status, 303);
    let stored = settings(&test, "shop").await;
    assert_eq!(
        stored["backchannel_logout_uri"],
        "https://shop.example.org/logout"
    );
    let page = ann.get(&format!("{NEW}?kind=service")).await;
    assert_eq!(ann.submit(&page, NEW, &[("name", "Job")]).await.status, 303);
    let stored = settings(&test, "job").await;
    assert_eq!(
        (&stored["client_credentials"], &stored["scopes"]),
        (&json!(true), &json!(""))
    );
}

#[apply(on_both)]
async fn a_website_without_a_sign_in_is_added_by_its_address(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let page = ann.get(&format!("{NEW}?kind=proxy")).await;
    let website = [
        ("name", "Wiki"),
        ("websites", "https://wiki.example.org/"),
        ("access", "everyone"),
    ];
    let created = ann.submit(&page, NEW, &website).await;
    assert_eq!(created.status, 303, "{}", created.body);
    let stored = settings(&test, "wiki").await;
    assert_eq!(stored["login"], "proxy");
    assert_eq!(
        stored["redirect_uris"],
        json!(["https://wiki.example.org/.doorward/callback"])
    );
    let again = ann
        .submit(&page, NEW, &[&website[1..], &[("name", "Other")]].concat())
        .await;
    assert!(!again.text("#websites-error").is_empty(), "{}", again.body);
}

/// The address of the logo on a page.
fn logo(page: &Response) -> Option<String> {
    page.attributes("img.tile", "src").pop()
}

const LINKS: &str = "/console/apps/rp/links";
const LOGO: &str = "/console/apps/rp/logo";

async fn upload(browser: &Browser, picture: Vec<u8>) -> Response {
    let page = browser.get("/account").await;
    browser.upload(LOGO, &page.csrf().1, "picture", picture).await
}

#[apply(on_both)]
async fn a_logo_is_shown_beside_the_name_of_the_app(test: TestApp) {
    let rp = test
        .rp_with("rp", |settings| {
            settings.require_consent = true;
            settings.policy_uri = Some("https://app.example.org/privacy".into());
            settings.home_uri = Some("https://app.example.org/".into());
        })
        .await;
    let ann = test.signed_in("ann").await;
    let saved = upload(&ann, image()).await;
    let source = logo(&ann.follow(saved).await).unwrap();
    let png = ann.get(&source).await;
    assert_eq!(
        (png.status, &png.headers["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    let stranger = test.browser();
    let start = stranger.get(&rp.authorize(&[])).await;
    let start = stranger.follow(start).await;
    let consent = ann.get(&rp.authorize(&[])).await;
    let consent = ann.follow(consent).await;
    for (place, page) in [
        ("sign-in", &start),
        ("consent", &consent),
        ("home", &ann.get("/").await),
    ] {
        assert_eq!(logo(page), Some(source.clone()), "{place}: {}", page.body);
    }
    let links = consent.attributes(".aside a", "href");
    assert_eq!(
        links,
        ["https://app.example.org/", "https://app.example.org/privacy"]
    );
}

#[apply(on_both)]
async fn a_logo_is_checked_removed_and_deleted_with_its_app(test: TestApp) {
    test.rp().await;
    test.add_person("bob").await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let refused = upload(&ann, b"<svg/>".to_vec()).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text("#picture-error").is_empty(), "{}", refused.body);
    assert_eq!(upload(&bob, image()).await.status, 403);
    assert_eq!(test.count("app_logos").await, 0);
    let saved = upload(&ann, image()).await;
    let page = ann.follow(saved).await;
    let source = logo(&page).unwrap();
    let removed = ann.submit(&page, &format!("{LOGO}/remove"), &[]).await;
    assert_eq!(logo(&ann.follow(removed).await), None);
    assert_eq!(ann.get(&source).await.status, 404);
    assert!(upload(&ann, image()).await.location().contains(LINKS));
    let deleted = test.run(&["apps", "delete", "rp", "--yes"], "").await;
    assert!(deleted.succeeded, "{}", deleted.stderr);
}
