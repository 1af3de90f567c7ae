//! What the log says about the faults of apps.

use super::{Server, lines_of_log};
use crate::support::{basic, client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_app_does_wrong_is_logged_at_every_endpoint() {
    let mut server = Server::start(&[]).await;
    let log = lines_of_log(&mut server);
    let create = ["--json", "apps", "create", "one", "--client-credentials"];
    let made: serde_json::Value = serde_json::from_str(&server.run(&create).await).unwrap();
    let secret = made["client_secret"].as_str().unwrap();
    for endpoint in ["token", "device_authorization", "revoke", "introspect"] {
        let request = client()
            .post(format!("{}/oauth2/{endpoint}", server.base))
            .header("authorization", basic("one", secret))
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.send().await.unwrap().status(), 400, "{endpoint}");
    }
    server.signal("TERM");
    assert!(server.ends_well().await);
    let log = log.await.unwrap();
    for (cause, expected) in [
        ("invalid_request: grant_type is missing", 1),
        ("may not use the device authorization grant", 1),
        ("invalid_request: token is missing", 2),
    ] {
        let is_it = |line: &&String| line.contains("app=\"one\"") && line.contains(cause);
        assert_eq!(log.iter().filter(is_it).count(), expected, "{cause}: {log:#?}");
    }
}
