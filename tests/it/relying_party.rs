//! The tests' relying party refuses invalid ID tokens, so its acceptance of the others proves something.

use std::time::Duration;

use doorward::clock::Time;
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::{JwsHeader, RS256};

use crate::support::{Rp, TestApp, apply, claims, header, on_both};

/// The same claims and `kid`, signed by another key.
fn forge(id_token: &str) -> String {
    let mut forged = JwsHeader::new();
    forged.set_token_type("JWT");
    forged.set_key_id(header(id_token)["kid"].as_str().unwrap());
    let key = RsaKeyPair::generate(2048).unwrap().to_jwk_private_key();
    let signer = RS256.signer_from_jwk(&key).unwrap();
    let payload = claims(id_token).to_string();
    josekit::jws::serialize_compact(payload.as_bytes(), &forged, &signer).unwrap()
}

#[apply(on_both)]
async fn an_id_token_is_accepted_only_from_the_server_for_this_app_until_it_expires(test: TestApp) {
    let (rp, browser) = (test.rp().await, test.browser());
    let tokens = rp.sign_in(&browser, "ann", &[]).await;
    let (id_token, access) = (tokens.id_token(), tokens.access());
    assert_eq!(rp.verify(id_token, access).await, Ok(()));
    let refused = async |rp: &Rp, id_token: &str, access: &str, part: &str| {
        let error = rp.verify(id_token, access).await.unwrap_err();
        assert!(error.contains(part), "{part}: {error}");
    };
    refused(&rp, &forge(id_token), access, "Signature").await;
    refused(&rp, id_token, "another", "another access token").await;
    let other = Rp::new(&test, "other", "");
    other.authorize(&[]);
    refused(&other, id_token, access, "Audience").await;
    let without_nonce = Rp::new(&test, "rp", "");
    without_nonce.authorize(&[("nonce", "")]);
    refused(&without_nonce, id_token, access, "Nonce").await;
    let issued = test.clock.now();
    test.clock
        .set(Time::from_seconds(claims(id_token)["exp"].as_i64().unwrap()));
    refused(&rp, id_token, access, "Expired").await;
    test.clock.set(issued - Duration::from_mins(1));
    refused(&rp, id_token, access, "issued at").await;
}
