//! Creating apps from the catalogue, by command and in the console.

use std::fs;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::clients::{CreateClient, GetClient};
use doorward::model::ClientId;
use doorward::model::catalogue::{self, Address, Values};
use doorward::oidc::claims::SCOPES;

use crate::support::{TestApp, apply, basic, fill, on_both};

#[test]
fn the_document_lists_the_catalogue() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/apps.md")).unwrap();
    let section = document.split("## The catalogue").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let listed: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |one: &catalogue::Definition| format!("| `{}` | {} | {} |", one.id, one.name, one.category);
    let expected: Vec<String> = catalogue::all().iter().map(row).collect();
    assert_eq!(listed, expected);
    assert!(expected.len() >= 40, "{}", expected.len());
}

#[test]
fn definitions_ask_only_for_scopes_that_exist() {
    for definition in catalogue::all() {
        for scope in definition.settings.scopes.as_str().split(' ') {
            assert!(
                SCOPES.iter().any(|(known, _)| *known == scope),
                "{}: {scope}",
                definition.id
            );
        }
    }
}

#[apply(on_both)]
async fn every_definition_becomes_an_app(test: TestApp) {
    for definition in catalogue::all() {
        let example = definition
            .address
            .as_ref()
            .map(|field| Address::parse(&field.example).unwrap());
        let values = Values {
            issuer: &test.base,
            address: example.as_ref(),
            client_id: &definition.id,
            client_secret: Some("a-secret"),
        };
        let create = CreateClient {
            id: ClientId(definition.id.clone()),
            name: definition.name.clone(),
            settings: definition.settings_at(&values),
            team: None,
        };
        let created = test.change(&Actor::HOST, create).await;
        assert!(created.is_ok(), "{}: {:?}", definition.id, created.err());
        for snippet in definition.snippets_for(&values) {
            assert!(!snippet.text.contains("{address}"), "{}", definition.id);
        }
    }
}

#[apply(on_both)]
async fn an_app_is_connected_by_command(test: TestApp) {
    let found = test.run(&["apps", "catalogue", "metrics"], "").await;
    assert!(found.succeeded, "{}", found.stderr);
    assert!(found.stdout.starts_with("grafana "), "{}", found.stdout);
    assert_eq!(found.stdout.lines().count(), 1);
    let connect = ["apps", "connect", "grafana", "--address", "grafana.example.org/"];
    let printed = test.run_json(&connect).await;
    assert_eq!(printed["client_id"], "grafana");
    let secret = printed["client_secret"].as_str().unwrap();
    let snippet = printed["snippets"][0]["text"].as_str().unwrap();
    for line in [
        "root_url = https://grafana.example.org".to_owned(),
        format!("client_secret = {secret}"),
        format!("token_url = {}/oauth2/token", test.base),
    ] {
        assert!(snippet.lines().any(|one| one == line), "{line}: {snippet}");
    }
    let get = GetClient {
        id: ClientId("grafana".into()),
    };
    let app = test.read(&Actor::HOST, get).await.unwrap();
    assert_eq!(
        app.settings.redirect_uris,
        ["https://grafana.example.org/login/generic_oauth"]
    );
    assert_eq!(app.secrets.len(), 1);
}

#[apply(on_both)]
async fn a_second_app_and_one_without_an_address_are_connected(test: TestApp) {
    let first = ["apps", "connect", "grafana", "--address", "a.example.org"];
    assert!(test.run(&first, "").await.succeeded);
    // A second one gets a client ID of its own.
    let second = test
        .run(&["apps", "connect", "grafana", "--address", "b.example.org"], "")
        .await;
    assert!(
        second.stdout.contains("client_id: grafana-2\n"),
        "{}{}",
        second.stdout,
        second.stderr
    );
    // An app that runs on people's own machines has no secret and no address.
    let native = test.run(&["apps", "connect", "kubernetes"], "").await;
    assert!(
        native.succeeded && !native.stdout.contains("client_secret:"),
        "{}",
        native.stdout
    );
}

#[apply(on_both)]
async fn a_command_refuses_what_is_not_an_app_or_an_address(test: TestApp) {
    for (arguments, error) in [
        (
            ["nonesuch", "--address", "https://a.example.org"],
            "the catalogue has no app nonesuch",
        ),
        (["grafana", "--address", ""], "Enter the address of the app"),
        (
            ["grafana", "--address", "https://a.example.org/?x=1"],
            "Enter the address of the app",
        ),
        (["grafana", "--address", "http://a.example.org"], "must use https"),
        (["grafana", "--client-id", "x"], "Enter the address of the app"),
    ] {
        let refused = test
            .run(&[&["apps", "connect"], &arguments[..]].concat(), "")
            .await;
        assert!(
            !refused.succeeded && refused.stderr.contains(error),
            "{error}: {}",
            refused.stderr
        );
    }
    assert_eq!(test.count("clients").await, 0);
}

const GRAFANA: &str = "/console/apps/connect/grafana";

#[apply(on_both)]
async fn an_app_is_connected_in_the_console(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let apps = ann.get("/console/apps").await;
    assert!(apps.body.contains("There are no apps yet"));
    let found = ann.get("/console/apps/connect?q=metrics").await;
    assert_eq!(found.attributes(".shelf a", "href"), [GRAFANA]);
    let none = ann.get("/console/apps/connect?q=nonesuch").await;
    assert!(none.body.contains("No app in the catalogue matches"));
    let form = ann.get(GRAFANA).await;
    let address = [("address", "grafana.example.org/")];
    let done = ann.submit(&form, GRAFANA, &address).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let shown = ann.get(done.location()).await;
    let secret = shown.text("#client-secret");
    assert!(
        shown
            .text("#snippet-1")
            .contains(&format!("client_secret = {secret}\n"))
    );
    assert_eq!(ann.get(done.location()).await.text("#client-secret"), secret);
    // The app authenticates with this secret.
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", "https://x"),
    ];
    let rp = test.browser();
    rp.always_send("authorization", &basic("grafana", &secret));
    let token = rp.post("/oauth2/token", &fill(Vec::new(), &grant)).await;
    assert_eq!((token.status, token.error().as_str()), (400, "invalid_grant"));
    // Only the session that created the app sees the secret, and only until it is copied.
    test.add_person("adam").await;
    test.make_owner("adam").await;
    let adam = test.signed_in("adam").await;
    assert!(!adam.get(done.location()).await.body.contains(&secret));
    ann.submit(&shown, "/account/links/forget", &[]).await;
    let gone = ann.get(done.location()).await;
    assert_eq!((gone.status, gone.texts("#client-secret").len()), (200, 0));
    assert!(ann.get("/console/apps").await.body.contains("Grafana"));
    // The form for a second one proposes another client ID.
    let second = ann.get(GRAFANA).await;
    assert_eq!(second.attribute("#client_id", "value"), "grafana-2");
}

#[apply(on_both)]
async fn a_form_says_at_its_fields_why_an_app_is_not_connected(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let form = ann.get(GRAFANA).await;
    for (filled, field, why) in [
        (("address", ""), "address", "Enter the address of the app"),
        (
            ("address", "https://a.example.org/?x=1"),
            "address",
            "Enter the address of the app",
        ),
        (("address", "http://a.example.org"), "address", "must use https"),
        (("client_id", "a b"), "client_id", ""),
        (("name", ""), "name", ""),
    ] {
        let filled = [("address", "https://a.example.org"), filled];
        let refused = ann.submit(&form, GRAFANA, &filled).await;
        assert_eq!(refused.status, 422, "{field}");
        assert!(
            refused.text(&format!("#{field}-error")).contains(why),
            "{}",
            refused.body
        );
        assert_eq!(refused.attribute(&format!("#{field}"), "aria-invalid"), "true");
    }
    assert_eq!(test.count("clients").await, 0);
    assert_eq!(ann.get("/console/apps/connect/nonesuch").await.status, 404);
}

#[apply(on_both)]
async fn connecting_an_app_needs_a_recent_sign_in(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let form = ann.get(GRAFANA).await;
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(ann.get(GRAFANA).await.status, 303);
    let sent = ann
        .submit(&form, GRAFANA, &[("address", "https://a.example.org")])
        .await;
    assert!(
        sent.status == 303 && !sent.location().contains("connected"),
        "{}",
        sent.location()
    );
    assert_eq!(test.count("clients").await, 0);
}
