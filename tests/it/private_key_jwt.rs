//! Apps that authenticate with a signed assertion (RFC 7523), with registered and with fetched keys.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use doorward::model::client::ClientAuth;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jws::{ES256, JwsHeader};
use serde_json::{Value, json};

use crate::support::{On, Response, Rp, TestApp, apply, on_both};

/// An app's key with its `kid`.
struct Key(EcKeyPair);

impl Key {
    fn new(kid: &str) -> Self {
        let mut pair = EcKeyPair::generate(EcCurve::P256).unwrap();
        pair.set_key_id(Some(kid));
        Self(pair)
    }

    fn public(&self) -> Value {
        serde_json::to_value(self.0.to_jwk_public_key()).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = JwsHeader::new();
        header.set_key_id(self.0.key_id().unwrap());
        let signer = ES256.signer_from_jwk(&self.0.to_jwk_private_key()).unwrap();
        let claims = claims.to_string();
        josekit::jws::serialize_compact(claims.as_bytes(), &header, &signer).unwrap()
    }
}

/// A valid assertion with some claims changed; null removes a claim.
fn assertion(test: &TestApp, key: &Key, change: &Value) -> String {
    let now = test.clock.now().seconds();
    let mut claims = json!({
        "iss": "signer", "sub": "signer", "aud": test.base, "jti": doorward::crypto::reference_number(),
        "iat": now, "exp": now + 60
    });
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    key.sign(&claims)
}

/// Requests a token with a new assertion; `change` as in [`assertion`].
async fn present_new(test: &TestApp, key: &Key, change: &Value) -> Response {
    present(test, &assertion(test, key, change)).await
}

async fn present(test: &TestApp, jwt: &str) -> Response {
    let fields = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", jwt),
    ];
    Rp::new(test, "signer", "")
        .call_as("/oauth2/token", &fields, "")
        .await
}

async fn register(test: &TestApp, jwks: Option<Value>, jwks_uri: Option<String>) {
    test.register("signer", |settings| {
        settings.client_auth = ClientAuth::PrivateKeyJwt;
        settings.client_credentials = true;
        settings.jwks = jwks;
        settings.jwks_uri = jwks_uri;
    })
    .await;
}

#[apply(on_both)]
async fn b36_an_assertion_is_accepted_once(test: TestApp) {
    let key = Key::new("one");
    register(&test, Some(json!({ "keys": [key.public()] })), None).await;
    let right = assertion(&test, &key, &json!({}));
    assert_eq!(present(&test, &right).await.status, 200);
    assert_eq!(present(&test, &right).await.status, 401);
}

#[apply(on_both)]
async fn b36_an_assertion_must_be_current_and_for_this_server(test: TestApp) {
    let key = Key::new("one");
    register(&test, Some(json!({ "keys": [key.public()] })), None).await;
    let now = test.clock.now().seconds();
    let token_endpoint = format!("{}/oauth2/token", test.base);
    let slightly_ahead = json!({ "aud": token_endpoint, "iat": now + 50, "nbf": now + 50 });
    assert_eq!(present_new(&test, &key, &slightly_ahead).await.status, 200);
    for wrong in [
        json!({ "iss": "other" }),
        json!({ "sub": "other" }),
        json!({ "sub": null }),
        json!({ "jti": null }),
        json!({ "exp": null }),
        json!({ "exp": now - 120 }),
        json!({ "exp": now + 3_700 }),
        json!({ "exp": (now + 60).to_string() }),
        json!({ "nbf": now + 120 }),
        json!({ "iat": now + 120 }),
        json!({ "aud": "https://other.example.org" }),
        json!({ "aud": [test.base] }),
        json!({ "aud": null }),
    ] {
        let response = present_new(&test, &key, &wrong).await;
        let seen = (response.status, response.error());
        assert_eq!(seen, (401, "invalid_client".to_owned()), "{wrong}");
    }
}

#[apply(on_both)]
async fn b36_only_the_registered_key_is_accepted(test: TestApp) {
    let (key, other) = (Key::new("one"), Key::new("one"));
    register(&test, Some(json!({ "keys": [key.public()] })), None).await;
    assert_eq!(present_new(&test, &other, &json!({})).await.status, 401);
    let signed = assertion(&test, &key, &json!({}));
    let (message, _) = signed.rsplit_once('.').unwrap();
    let unsigned = present(&test, &format!("{message}.")).await;
    assert_eq!(unsigned.status, 401);
    let secret = crate::support::basic("signer", "");
    let fields = [("grant_type", "client_credentials")];
    let rp = Rp::new(&test, "signer", "");
    assert_eq!(rp.call_as("/oauth2/token", &fields, &secret).await.status, 401);
}

/// A server on loopback with a certificate of its own authority, which responds with `body`.
struct KeyServer {
    address: String,
    authority: tempfile::NamedTempFile,
    body: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    async fn start() -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let (certificate, private_key) = certificate_of_localhost();
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), &certificate).unwrap();
        let (body, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let (shown, counted) = (body.clone(), asked.clone());
        let show = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let shown = shown.lock().unwrap().clone();
            async move { shown }
        };
        let routes = axum::Router::new().route("/jwks", axum::routing::get(show));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("https://localhost:{}/jwks", listener.local_addr().unwrap().port());
        let tls = RustlsConfig::from_pem(certificate, private_key).await.unwrap();
        tokio::spawn(async move {
            axum_server::from_tcp_rustls(listener, tls)
                .unwrap()
                .serve(routes.into_make_service())
                .await
                .unwrap();
        });
        Self {
            address,
            authority,
            body,
            asked,
        }
    }

    fn show(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
        *self.body.lock().unwrap() = json!({ "keys": keys }).to_string();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn certificate_of_localhost() -> (Vec<u8>, Vec<u8>) {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::x509::extension::SubjectAlternativeName;
    use openssl::x509::{X509, X509Name};
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    certificate.set_serial_number(&serial).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    certificate
        .set_not_after(&Asn1Time::days_from_now(2).unwrap())
        .unwrap();
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&certificate.x509v3_context(None, None))
        .unwrap();
    certificate.append_extension(names).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    (
        certificate.build().to_pem().unwrap(),
        key.private_key_to_pem_pkcs8().unwrap(),
    )
}

/// An app whose keys are fetched from a server that this instance may ask.
async fn app_with_jwks_uri() -> (KeyServer, TestApp) {
    let server = KeyServer::start().await;
    let authority = server.authority.path().display().to_string();
    let config = [
        ("DOORWARD__FETCH__ALLOW", "localhost"),
        ("DOORWARD__FETCH__CA_FILE", &authority),
    ];
    let test = TestApp::start_with(On::Sqlite, &config).await;
    register(&test, None, Some(server.address.clone())).await;
    (server, test)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_cached_and_fetched_again_after_a_rotation() {
    let (server, test) = app_with_jwks_uri().await;
    let (first, second) = (Key::new("first"), Key::new("second"));
    server.show(&[&first]);
    for _ in 0..3 {
        let response = present_new(&test, &first, &json!({})).await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
    assert_eq!(server.asked(), 1, "they are cached");
    server.show(&[&second]);
    let early = present_new(&test, &second, &json!({})).await.status;
    assert_eq!(early, 401, "the keys are too new to be fetched again");
    test.clock.advance(Duration::from_secs(31));
    let fetched = present_new(&test, &second, &json!({})).await.status;
    assert_eq!(fetched, 200);
    let old = present_new(&test, &first, &json!({})).await.status;
    assert_eq!(old, 401, "the old key is gone");
    assert_eq!(server.asked(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_used_for_a_day_while_they_cannot_be_fetched_again() {
    let (server, test) = app_with_jwks_uri().await;
    let key = Key::new("first");
    server.show(&[&key]);
    assert_eq!(present_new(&test, &key, &json!({})).await.status, 200);
    "Out of order".clone_into(&mut server.body.lock().unwrap());
    for (minutes, expected) in [(11, 200), (1, 200), (60 * 23, 200), (60, 401)] {
        test.clock.advance(Duration::from_mins(minutes));
        let status = present_new(&test, &key, &json!({})).await.status;
        assert_eq!(status, expected, "{minutes} minutes later");
    }
    server.show(&[&key]);
    test.clock.advance(Duration::from_secs(31));
    assert_eq!(present_new(&test, &key, &json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d16_keys_are_not_fetched_from_addresses_that_are_not_allowed() {
    let server = KeyServer::start().await;
    let key = Key::new("one");
    server.show(&[&key]);
    let authority = server.authority.path().display().to_string();
    let test = TestApp::start_with(On::Sqlite, &[("DOORWARD__FETCH__CA_FILE", &authority)]).await;
    register(&test, None, Some(server.address.clone())).await;
    let response = present_new(&test, &key, &json!({})).await;
    assert_eq!((response.status, server.asked()), (401, 0));
}
