//! Signing keys that change while a server runs.

use super::Server;
use crate::support::client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_one_algorithm_or_of_all_rotate_by_command() {
    let server = Server::start(&[]).await;
    let published = async || {
        let mut all: Vec<String> = Vec::new();
        for line in server.run(&["--json", "keys", "list"]).await.lines() {
            let key: serde_json::Value = serde_json::from_str(line).unwrap();
            if key["state"] == "published" {
                all.push(key["algorithm"].as_str().unwrap().to_owned());
            }
        }
        all.sort();
        all
    };
    assert_eq!(published().await, Vec::<String>::new());
    server.run(&["keys", "rotate", "--alg", "ES256"]).await;
    assert_eq!(published().await, ["ES256"]);
    server.run(&["keys", "rotate"]).await;
    assert_eq!(published().await, ["ES256", "ES256", "EdDSA", "PS256", "RS256"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_leaves_the_server_at_once_and_another_one_signs() {
    let server = Server::start(&[]).await;
    let published = async || {
        let jwks = client().get(format!("{}/oauth2/jwks", server.base));
        let jwks: serde_json::Value = jwks.send().await.unwrap().json().await.unwrap();
        let keys = jwks["keys"].as_array().unwrap().iter();
        let of_es256 = keys.filter(|key| key["alg"] == "ES256");
        of_es256
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = published().await;
    let [leaked] = before.as_slice() else {
        panic!("one key at first: {before:?}");
    };
    server.run(&["keys", "revoke", leaked, "--yes"]).await;
    server
        .until("another key is published instead", async || {
            let now = published().await;
            now.len() == 1 && now[0] != *leaked
        })
        .await;
    let listed = server.run(&["keys", "list"]).await;
    let of_es256 = listed.lines().filter(|line| line.starts_with("ES256"));
    assert_eq!(
        of_es256.collect::<Vec<_>>(),
        [format!("ES256  {}  signing", published().await[0])]
    );
    let audit = server.run(&["audit", "list"]).await;
    assert!(audit.contains("key.revoke"), "{audit}");
}
