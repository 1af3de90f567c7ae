//! The pages of one app in the console.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::groups::{AddGroupMember, GroupRef};
use doorward::model::access::AccessRule;
use serde_json::Value;

use crate::support::{Browser, OFFLINE, Response, Rp, TestApp, apply, basic, claims, on_both, param};

const APP: &str = "/console/apps/rp";

/// Submits a form of a page, which must succeed, and yields the page that follows.
async fn submitted(browser: &Browser, page: &Response, action: &str, fields: &[(&str, &str)]) -> Response {
    let done = browser.submit(page, action, fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    browser.get(done.location()).await
}

/// Whether an app lets in the user of a browser.
async fn enters(rp: &Rp, browser: &Browser) -> bool {
    let back = browser.get(&rp.authorize(&[("prompt", "none")])).await;
    !param(back.location(), "code").is_empty()
}

#[apply(on_both)]
async fn cl_12_the_access_tab_lets_in_a_group_and_shuts_it_out(test: TestApp) {
    let rp = test
        .rp_with("rp", |settings| settings.access = AccessRule::default())
        .await;
    let bob = test.add_person("bob").await;
    let add = AddGroupMember {
        group: GroupRef::Name("staff".into()),
        account: bob.into(),
        create: true,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    let tab = format!("{APP}/access");
    let remove = format!("{tab}/remove");
    let page = ann.get(&tab).await;
    page.expect_text("Nobody may sign in yet");
    assert!(!enters(&rp, &bob).await);
    let open = submitted(&ann, &page, &tab, &[("kind", "group"), ("name", "Staff")]).await;
    open.expect_text("next sign-in");
    assert!(enters(&rp, &bob).await && !enters(&rp, &ann).await);
    let tokens = rp.sign_in(&bob, "bob", OFFLINE).await;
    submitted(&ann, &open, &remove, &[]).await;
    assert!(!enters(&rp, &bob).await);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    let wrong = ann
        .submit(&page, &tab, &[("kind", "team"), ("name", "nosuch")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text("#name-error").contains("There is no team nosuch"));
    // A form without a kind lets in nobody.
    let nothing = ann.submit(&page, &tab, &[("kind", ""), ("name", "")]).await;
    assert_eq!(nothing.status, 422);
    assert!(!enters(&rp, &ann).await);
}

#[apply(on_both)]
async fn the_access_tab_says_why_somebody_may_sign_in(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(&format!("{APP}/access?person=ann")).await;
    assert!(
        page.body
            .contains("ann may sign in to Grafana, since everyone may."),
        "{}",
        page.body
    );
    let unknown = ann.get(&format!("{APP}/access?person=nosuch")).await;
    assert!(unknown.text("#person-error").contains("no account nosuch"));
}

#[apply(on_both)]
async fn the_settings_of_an_app_are_changed_in_its_form(test: TestApp) {
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    let tab = format!("{APP}/settings");
    let page = ann.get(&tab).await;
    let moved = "https://moved.example.org/callback";
    let fields = [("name", "Metrics"), ("redirect_uris", moved)];
    let saved = submitted(&ann, &page, &tab, &fields).await;
    assert_eq!(saved.text("h1"), "Metrics");
    assert_eq!(saved.text("#redirect_uris"), moved);
    let old = ann.get(&rp.authorize(&[])).await;
    assert_eq!(old.status, 400, "the old redirect URI is gone");
    let back = ann.get(&rp.authorize(&[("redirect_uri", moved)])).await;
    assert!(back.location().starts_with(moved));
    // What the form does not show stays as it was.
    let shown = test.run(&["--json", "apps", "show", "rp"], "").await.stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["settings"]["access"]["everyone"], true);
    assert_eq!(shown["settings"]["client_credentials"], true);
    // A form with sensitive settings needs a recent sign-in.
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(ann.get(&tab).await.status, 303);
    let late = ann.submit(&saved, &tab, &[("name", "Late")]).await;
    assert!(late.location().contains("/sign-in"), "{}", late.location());
    assert_eq!(ann.get(APP).await.text("h1"), "Metrics");
}

#[apply(on_both)]
async fn a_form_with_settings_says_what_is_wrong_at_each_field(test: TestApp) {
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    for (tab, field, value) in [
        ("settings", "redirect_uris", "https://app.example.org/*"),
        ("settings", "redirect_uris", "https://app.example.org/cb#part"),
        ("settings", "redirect_uris", "http://app.example.org/cb"),
        ("settings", "redirect_uris", "javascript:alert(1)"),
        ("settings", "allowed_origins", "https://app.example.org/path"),
        ("links", "home_uri", "javascript:alert(1)"),
        ("links", "initiate_login_uri", "app.example.org"),
        ("links", "policy_uri", "http://app.example.org"),
        ("tokens", "jwks_uri", "http://app.example.org/keys"),
        ("links", "name", "two\u{7}lines"),
    ] {
        let tab = format!("{APP}/{tab}");
        let page = ann.get(&tab).await;
        let refused = ann.submit(&page, &tab, &[(field, value)]).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        let error = refused.text(&format!("#{field}-error"));
        assert!(!error.is_empty(), "{field} {value}: {}", refused.body);
    }
    assert!(enters(&rp, &ann).await, "nothing was changed");
}

#[apply(on_both)]
async fn two_administrators_do_not_overwrite_each_other(test: TestApp) {
    test.rp().await;
    test.add_person("adam").await;
    test.make_owner("adam").await;
    let (ann, adam) = (test.signed_in("ann").await, test.signed_in("adam").await);
    let tab = format!("{APP}/settings");
    let (of_ann, of_adam) = (ann.get(&tab).await, adam.get(&tab).await);
    test.clock.advance(Duration::from_secs(1));
    submitted(&ann, &of_ann, &tab, &[("name", "First")]).await;
    let refused = adam.submit(&of_adam, &tab, &[("name", "Second")]).await;
    assert_eq!(refused.status, 409);
    refused.expect_text("Somebody has changed the app");
    assert_eq!(ann.get(APP).await.text("h1"), "First");
}

#[apply(on_both)]
async fn a_second_secret_replaces_the_first_without_an_interruption(test: TestApp) {
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(APP).await;
    let shown = submitted(&ann, &page, &format!("{APP}/secrets"), &[]).await;
    let secret = shown.text("#secret");
    let works = async |secret: &str| {
        let fields = [("grant_type", "client_credentials")];
        let answer = rp.call_as("/oauth2/token", &fields, &basic("rp", secret)).await;
        answer.status == 200
    };
    assert!(works(&secret).await && works(&rp.secret).await);
    let dropped = submitted(&ann, &shown, &format!("{APP}/secrets/drop"), &[]).await;
    assert!(dropped.body.contains("Only the newest secret works now"));
    assert!(works(&secret).await && !works(&rp.secret).await);
}

#[apply(on_both)]
async fn an_app_is_disabled_enabled_and_deleted(test: TestApp) {
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(APP).await;
    let disabled = submitted(&ann, &page, &format!("{APP}/disable"), &[]).await;
    assert_eq!(ann.get(&rp.authorize(&[])).await.status, 400);
    let enabled = submitted(&ann, &disabled, &format!("{APP}/enable"), &[]).await;
    assert!(enters(&rp, &ann).await);
    let delete = format!("{APP}/delete");
    let kept = ann.submit(&enabled, &delete, &[("confirm", "Grafana")]).await;
    assert_eq!(kept.status, 422);
    assert_eq!(test.count("clients").await, 1);
    let gone = submitted(&ann, &enabled, &delete, &[("confirm", "rp")]).await;
    gone.expect_text("Grafana is deleted.");
    assert_eq!(ann.get(APP).await.status, 404);
    assert_eq!(ann.get(&rp.authorize(&[])).await.status, 400);
}

/// The claims without those that differ in every token.
fn lasting(mut claims: Value) -> Value {
    let all = claims.as_object_mut().unwrap();
    for name in ["iat", "exp", "auth_time", "nonce", "sid", "at_hash", "jti"] {
        all.remove(name);
    }
    claims
}

/// An app that gets access tokens for the resource server `api`, and in which Ann is an operator.
async fn with_resource_server(test: &TestApp) -> Rp {
    let rp = test
        .rp_with("rp", |settings| {
            settings.resources = vec!["https://api.example.org".into()];
        })
        .await;
    test.rp_with("api", |settings| {
        settings.resource_identifier = Some("https://api.example.org".into());
    })
    .await;
    test.grant_app_role(&test.ann, "rp", "operator").await;
    rp
}

const PREVIEW: &str = "/console/apps/rp/preview?person=ann";

#[apply(on_both)]
async fn the_preview_is_what_the_app_receives(test: TestApp) {
    let rp = with_resource_server(&test).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(PREVIEW).await;
    let shown = |id: &str| serde_json::from_str::<Value>(&page.text(id)).unwrap();
    let every = "openid profile email phone address groups teams roles offline_access";
    let tokens = rp.sign_in(&ann, "ann", &[("scope", every)]).await;
    assert_eq!(lasting(shown("#id-token")), lasting(claims(tokens.id_token())));
    assert_eq!(lasting(shown("#access-token")), lasting(claims(tokens.access())));
    let userinfo = rp.userinfo(tokens.access()).await.json();
    assert_eq!(shown("#userinfo"), userinfo);
    let whys = page.texts("[aria-labelledby=sources] small");
    let why = "operator: granted for this app";
    assert!(whys.iter().any(|text| text == why), "{whys:?}");
    let length = page.text(".meta").replace(',', "");
    let length: usize = length.trim_end_matches(" bytes").parse().unwrap();
    let real = tokens.id_token().len();
    assert!(real.abs_diff(length) < 200, "{real} bytes, shown {length}");
}

#[apply(on_both)]
async fn the_preview_warns_of_a_long_token(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let warning = "which holds 4,096";
    assert!(!ann.get(PREVIEW).await.body.contains(warning));
    for number in 0..60 {
        let add = AddGroupMember {
            group: GroupRef::Name(format!("a-group-with-quite-a-long-name-{number}")),
            account: test.ann.clone().into(),
            create: true,
        };
        test.change(&Actor::HOST, add).await.unwrap();
    }
    assert!(ann.get(PREVIEW).await.body.contains(warning));
}

#[apply(on_both)]
async fn an_app_of_each_kind_is_added(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let action = "/console/apps/new";
    for (kind, setting, value) in [
        ("web", "client_auth", "client_secret"),
        ("single_page", "client_auth", "none"),
        ("native", "native", "true"),
        ("device", "device_code", "true"),
        ("service", "client_credentials", "true"),
        ("link", "login", "link"),
    ] {
        let page = ann.get(&format!("{action}?kind={kind}")).await;
        let name = format!("The {kind} app").replace('_', "-");
        let fields = [
            ("name", name.as_str()),
            ("app_kind", kind),
            ("redirect_uris", "https://app.example.org/callback"),
            ("access", "everyone"),
        ];
        let shown = submitted(&ann, &page, action, &fields).await;
        let id = shown.text("#client-id");
        assert_eq!(id, name.to_lowercase().replace(' ', "-"));
        let detail = test.run(&["--json", "apps", "show", &id], "").await.stdout;
        let detail: Value = serde_json::from_str(&detail).unwrap();
        let stored = detail["settings"][setting].to_string();
        assert_eq!(stored.trim_matches('"'), value, "{kind}");
        assert_eq!(detail["settings"]["access"]["everyone"], true);
    }
    let page = ann.get(&format!("{action}?kind=web")).await;
    let refused = ann
        .submit(&page, action, &[("name", "Connect"), ("access", "nobody")])
        .await;
    assert!(
        refused.text("#client_id-error").contains("reserved"),
        "{}",
        refused.body
    );
}
