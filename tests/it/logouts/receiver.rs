//! An app's server, which records the logout tokens that it receives.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::Value;

use crate::support::{Rp, TestApp, header as header_of};

/// The status that stands for no response at all.
const SILENT: u16 = 0;

pub struct Receiver {
    /// The URL to which tokens are posted.
    pub address: String,
    received: Arc<Mutex<Vec<String>>>,
    status: Arc<AtomicU16>,
    /// Signals each token.
    pub arrived: Arc<tokio::sync::Notify>,
    serving: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/logout?a=1", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(AtomicU16::new(200));
        let arrived = Arc::new(tokio::sync::Notify::new());
        let state = (received.clone(), status.clone(), arrived.clone());
        let handle = move |body: String| {
            let (received, status, arrived) = state.clone();
            async move {
                received.lock().unwrap().push(body);
                arrived.notify_one();
                let status = status.load(Ordering::SeqCst);
                if status == SILENT {
                    std::future::pending::<()>().await;
                }
                let elsewhere = [(header::LOCATION, "/elsewhere")];
                (StatusCode::from_u16(status).unwrap(), elsewhere).into_response()
            }
        };
        let routes = axum::Router::new()
            .route("/logout", axum::routing::post(handle.clone()))
            .route("/elsewhere", axum::routing::any(handle));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            received,
            status,
            arrived,
            serving,
        }
    }

    /// Responds with another status from now on.
    pub fn respond(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Accepts requests from now on without responding.
    pub fn be_silent(&self) {
        self.respond(SILENT);
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.serving.abort();
    }

    /// The logout tokens that it has received, oldest first.
    pub fn tokens(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let token = |body: &String| {
            let fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let [(name, token)] = fields.as_slice() else {
                panic!("{body}");
            };
            assert_eq!(name, "logout_token");
            token.clone()
        };
        received.iter().map(token).collect()
    }

    /// The sessions that it was told of, oldest first.
    pub fn sessions(&self) -> Vec<String> {
        let sid = |token: &String| crate::support::claims(token)["sid"].as_str().unwrap().to_owned();
        self.tokens().iter().map(sid).collect()
    }
}

/// The claims of a logout token, verified with the server's published keys as OIDC Back-Channel Logout section 2.6 says.
pub async fn verified(test: &TestApp, rp: &Rp, token: &str) -> Value {
    let header = header_of(token);
    assert_eq!(header["typ"], "logout+jwt");
    let keys = rp.get("/oauth2/jwks").await;
    let keys = josekit::jwk::JwkSet::from_bytes(keys.body.as_bytes()).unwrap();
    let key = keys.get(header["kid"].as_str().unwrap())[0];
    let verifier: Box<dyn josekit::jws::JwsVerifier> = match header["alg"].as_str().unwrap() {
        "RS256" => Box::new(josekit::jws::RS256.verifier_from_jwk(key).unwrap()),
        "ES256" => Box::new(josekit::jws::ES256.verifier_from_jwk(key).unwrap()),
        other => panic!("{other}"),
    };
    let (payload, _) = josekit::jws::deserialize_compact(token, &*verifier).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let now = test.clock.now().seconds();
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&test.base.as_str().into(), &rp.id.as_str().into())
    );
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&now.into(), &(now + 120).into())
    );
    let events = serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    assert_eq!(claims["events"], events);
    assert!(claims.get("nonce").is_none());
    claims
}
