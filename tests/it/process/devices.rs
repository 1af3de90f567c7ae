//! What the log says about devices that ask for tokens.

use super::{Server, lines_of_log};
use crate::support::client;

impl Server {
    /// The response to a form of an app without a secret.
    async fn post(&self, path: &str, form: String) -> serde_json::Value {
        let request = client()
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn poll(&self, device_code: &str) -> serde_json::Value {
        let grant_type = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
        let form = format!("client_id=tv&grant_type={grant_type}&device_code={device_code}");
        self.post("/oauth2/token", form).await["error"].take()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b39_a_device_that_waits_is_no_failure_of_its_app() {
    let mut server = Server::start(&[]).await;
    let log = lines_of_log(&mut server);
    server
        .run(&["apps", "create", "TV", "--device", "--everyone"])
        .await;
    // As many as the log has lines about an app in a minute: if these counted, the failure would get no line.
    for _ in 0..10 {
        let started = server
            .post(
                "/oauth2/device_authorization",
                "client_id=tv&scope=openid".to_owned(),
            )
            .await;
        let code = started["device_code"].as_str().unwrap();
        assert_eq!(server.poll(code).await, "authorization_pending");
    }
    assert_eq!(server.poll("wrong").await, "invalid_grant");
    server.signal("TERM");
    assert!(server.ends_well().await);
    let log = log.await.unwrap();
    let refused = log
        .iter()
        .filter(|line| line.contains("refused a request from an app"));
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 1, "{log:#?}");
    assert!(refused[0].contains("invalid_grant"), "{}", refused[0]);
}
