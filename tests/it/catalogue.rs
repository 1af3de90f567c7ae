//! Creating apps from the catalogue, by command and in the console.

use std::fs;

use doorward::directory::Actor;
use doorward::directory::clients::{CreateClient, GetClient};
use doorward::model::ClientId;
use doorward::model::catalogue::{self, Address, Values};
use doorward::oidc::claims::SCOPES;
use serde_json::Value;

use crate::support::{TestApp, on_both};

on_both!(
    every_definition_becomes_an_app,
    an_app_is_connected_by_command,
    a_command_refuses_what_is_not_an_app_or_an_address,
);

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
        };
        let created = test.change(&Actor::HOST, create).await;
        assert!(created.is_ok(), "{}: {:?}", definition.id, created.err());
        for snippet in definition.snippets_for(&values) {
            assert!(!snippet.text.contains("{address}"), "{}", definition.id);
        }
    }
}

async fn an_app_is_connected_by_command(test: TestApp) {
    let found = test.run(&["apps", "catalogue", "metrics"], "").await;
    assert!(found.succeeded, "{}", found.stderr);
    assert!(found.stdout.starts_with("grafana "), "{}", found.stdout);
    assert_eq!(found.stdout.lines().count(), 1);
    let connect = [
        "--json",
        "apps",
        "connect",
        "grafana",
        "--address",
        "grafana.example.org/",
    ];
    let connected = test.run(&connect, "").await;
    assert!(connected.succeeded, "{}", connected.stderr);
    let printed: Value = serde_json::from_str(&connected.stdout).unwrap();
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
    assert_eq!(app.secrets, 1);
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
    // An app of people's own machines has no secret and no address.
    let native = test.run(&["apps", "connect", "kubernetes"], "").await;
    assert!(
        native.succeeded && !native.stdout.contains("client_secret:"),
        "{}",
        native.stdout
    );
}

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
