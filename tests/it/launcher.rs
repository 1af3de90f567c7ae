//! The home page of a person.

use doorward::model::access::AccessRule;
use doorward::model::client::Login;

use crate::support::{TestApp, apply, on_both, param};

/// The names of the tiles.
async fn tiles(browser: &crate::support::Browser) -> Vec<String> {
    browser.get("/").await.texts(".tiles strong")
}

#[apply(on_both)]
async fn cl_1_one_account_signs_in_to_two_apps(test: TestApp) {
    let (first, second) = (test.rp().await, test.rp_with("second", |_| ()).await);
    let browser = test.browser();
    let tokens = first.sign_in(&browser, "ann", &[]).await;
    let back = browser.get(&second.authorize(&[])).await;
    let code = param(back.location(), "code");
    let other = second.redeem(&code).await.tokens();
    assert_eq!(tokens.claims()["sub"], other.claims()["sub"]);
}

#[apply(on_both)]
async fn cl_6_the_home_page_lists_exactly_the_apps_that_let_somebody_in(test: TestApp) {
    let cases = [
        ("open", &["--everyone"][..]),
        ("ours", &["--group", "engineering"]),
        ("closed", &["--nobody"]),
    ];
    let mut apps = Vec::new();
    for (id, rule) in cases {
        apps.push(
            test.rp_with(id, |settings| settings.access = AccessRule::default())
                .await,
        );
        let set = [&["apps", "access", id], rule].concat();
        assert!(test.run(&set, "").await.succeeded);
        let name = format!("name={id}");
        assert!(test.run(&["apps", "set", id, &name], "").await.succeeded);
    }
    test.app.db.poll_cache_version().await.unwrap();
    test.add_person("bob").await;
    for (person, expected) in [("ann", &["open", "ours"][..]), ("bob", &["open"])] {
        let browser = test.signed_in(person).await;
        assert_eq!(tiles(&browser).await, expected, "{person}");
        for app in &apps {
            let lets_in = app.silent_error(&browser).await.is_empty();
            assert_eq!(
                lets_in,
                expected.contains(&app.id.as_str()),
                "{person} {}",
                app.id
            );
        }
    }
    assert!(test.run(&["apps", "disable", "open"], "").await.succeeded);
    let bob = test.signed_in("bob").await;
    assert!(tiles(&bob).await.is_empty());
    assert!(bob.get("/").await.body.contains("There are no apps for you yet"));
}

#[apply(on_both)]
async fn cl_3_cl_4_links_are_listed_and_open_without_a_sign_in(test: TestApp) {
    let home = "https://wiki.example.org/start";
    for (id, login) in [("own", Login::AppManaged), ("link", Login::Link)] {
        test.rp_with(id, |settings| {
            settings.login = login;
            settings.home_uri = Some(home.into());
            settings.initiate_login_uri = Some("https://wiki.example.org/sso".into());
        })
        .await;
    }
    test.rp_with("hidden", |settings| {
        settings.login = Login::Link;
        settings.home_uri = Some(home.into());
        settings.access = AccessRule::default();
    })
    .await;
    let page = test.signed_in("ann").await.get("/").await;
    assert_eq!(page.attributes(".tiles a", "href"), [home, home]);
}

#[apply(on_both)]
async fn cl_21_a_tile_starts_the_sign_in_of_its_app(test: TestApp) {
    let rp = test
        .rp_with("billing", |settings| {
            settings.initiate_login_uri = Some("https://billing.example.org/sso?tenant=1".into());
        })
        .await;
    let ann = test.signed_in("ann").await;
    let tile = ann.get("/").await.attribute(".tiles a", "href");
    assert!(
        tile.starts_with("https://billing.example.org/sso?tenant=1&iss="),
        "{tile}"
    );
    assert_eq!(param(&tile, "iss"), test.base);
    // The app's request then needs no page.
    assert_eq!(rp.silent_error(&ann).await, "");
}

#[apply(on_both)]
async fn many_apps_can_be_searched(test: TestApp) {
    for number in 1..10 {
        test.rp_with(&format!("app-{number}"), |_| ()).await;
        let name = format!("name=Tool {number}");
        let set = ["apps", "set", &format!("app-{number}"), &name].map(str::to_owned);
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        assert!(test.run(&set, "").await.succeeded);
    }
    test.app.db.poll_cache_version().await.unwrap();
    let ann = test.signed_in("ann").await;
    assert_eq!(tiles(&ann).await.len(), 9);
    let found = ann.get("/?q=tool+3").await;
    assert_eq!(found.texts(".tiles strong"), ["Tool 3"]);
    let none = ann.get("/?q=nothing").await;
    assert!(none.body.contains("No app matches"));
}
