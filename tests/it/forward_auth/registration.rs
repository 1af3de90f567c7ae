//! Registering websites behind a reverse proxy.

use doorward::directory::clients::GetClient;
use doorward::directory::{Actor, Failure};
use doorward::model::ClientId;
use doorward::model::client::{ClientSettings, Login};

use super::{WIKI, register, websites};
use crate::support::{TestApp, apply, new_app, new_settings, on_both};

/// The code of the first reason of a refusal, with its field.
fn reason<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
    match outcome {
        Err(Failure::Refused(reasons)) => {
            format!("{} {}", reasons[0].code.as_str(), reasons[0].field.unwrap())
        }
        other => panic!("{other:?}"),
    }
}

async fn create(test: &TestApp, id: &str, settings: ClientSettings) -> Result<(), Failure> {
    test.change(&Actor::HOST, new_app(id, settings))
        .await
        .map(|secret| assert!(secret.is_none()))
}

#[apply(on_both)]
async fn cl_4_a_website_is_registered_by_its_address(test: TestApp) {
    let create = [
        "apps",
        "create",
        "Wiki",
        "--website",
        "https://wiki.example.org/",
        "--everyone",
    ];
    let created = test.run(&create, "").await;
    assert!(created.succeeded, "{}", created.stderr);
    assert!(!created.stdout.contains("client_secret"), "{}", created.stdout);
    let id = ClientId("wiki".into());
    let shown = test.read(&Actor::HOST, GetClient { id }).await.unwrap();
    assert_eq!(shown.settings.login, Login::Proxy);
    assert_eq!(
        shown.settings.redirect_uris,
        [format!("{WIKI}/.doorward/callback")]
    );
    assert_eq!((shown.secrets.len(), shown.grant_types), (0, vec![]));
}

#[apply(on_both)]
async fn the_address_is_that_of_a_website(test: TestApp) {
    for uri in [
        "https://wiki.example.org/",
        "https://wiki.example.org/.doorward/callback?a=b",
        "https://wiki.example.org/a/.doorward/callback",
        "https://WIKI.example.org/.doorward/callback",
        "https://wiki.example.org:443/.doorward/callback",
        "org.example.wiki:/.doorward/callback",
    ] {
        let settings = ClientSettings {
            redirect_uris: vec![uri.into()],
            ..websites(&[])
        };
        assert_eq!(
            reason(create(&test, "wiki", settings).await),
            "proxy_uri redirect_uris",
            "{uri}"
        );
    }
}

#[apply(on_both)]
async fn no_two_websites_have_the_same_host(test: TestApp) {
    register(&test, "wiki", &[WIKI, "https://docs.example.org"]).await;
    let taken = "taken redirect_uris";
    for origin in [WIKI, "https://docs.example.org:444"] {
        assert_eq!(
            reason(create(&test, "other", websites(&[origin])).await),
            taken,
            "{origin}"
        );
    }
    let own = websites(&["https://a.example.org", "https://a.example.org:444"]);
    assert_eq!(reason(create(&test, "other", own).await), taken);
    create(&test, "other", websites(&["https://a.example.org"]))
        .await
        .unwrap();
    let update = async |origins: &[&str]| {
        let update = new_settings("other", websites(origins));
        test.change(&Actor::HOST, update).await
    };
    assert_eq!(reason(update(&[WIKI]).await), taken);
    update(&["https://a.example.org", "https://b.example.org"])
        .await
        .unwrap();
    // An app that does not use the proxy sign-in can be on the same host.
    let settings = ClientSettings {
        login: Login::Directory,
        ..websites(&[WIKI])
    };
    let new = new_app("third", settings);
    test.change(&Actor::HOST, new).await.unwrap();
}
