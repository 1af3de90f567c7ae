//! Key sets as apps register them: what is read, and what is refused with which reason.

use josekit::jwk::alg::{ec::EcCurve, ec::EcKeyPair, ed::EdCurve, ed::EdKeyPair, rsa::RsaKeyPair};
use josekit::jwk::{Jwk, KeyPair};
use josekit::jws::JwsSigner;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const OKP: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// The key of RFC 7638 section 3.1.
const RSA: &str = r#"{"kty":"RSA","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#;

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

/// A key with `members` merged into it; null removes a member.
fn with(key: &str, members: &Value) -> Value {
    let mut key = Value::Object(object(key));
    for (name, value) in members.as_object().unwrap() {
        key[name] = value.clone();
    }
    key.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    key
}

fn parse(keys: &[Value]) -> Result<ClientJwks, JwkError> {
    ClientJwks::parse(json!({ "keys": keys }).to_string().as_bytes())
}

fn algorithms(key: Value) -> Vec<&'static str> {
    parse(&[key])
        .unwrap()
        .0
        .iter()
        .map(|key| key.algorithm().as_str())
        .collect()
}

#[test]
fn rfc7638_section_3_1_and_rfc8037_appendix_a3_thumbprints() {
    let named = with(RSA, &json!({ "alg": "RS256", "kid": "2011-04-29" }));
    let of = |key: &Value| thumbprint(&required_members(key.as_object().unwrap()));
    assert_eq!(of(&named), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(
        of(&with(OKP, &json!({}))),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn rfc8037_appendix_a4_verifies() {
    let keys = parse(&[with(OKP, &json!({}))]).unwrap();
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = URL_SAFE_NO_PAD
        .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        .unwrap();
    let [key] = keys.candidates(JwsAlgorithm::EdDSA, None)[..] else {
        panic!("one key")
    };
    assert!(key.verify(message, &signature));
    assert!(!key.verify(b"other", &signature));
}

#[test]
fn a_key_is_fixed_to_its_declared_algorithm_or_to_that_of_its_kind() {
    assert_eq!(algorithms(with(RSA, &json!({}))), ["RS256", "PS256"]);
    for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        assert_eq!(algorithms(with(RSA, &json!({ "alg": alg, "use": "sig" }))), [alg]);
    }
    assert_eq!(algorithms(with(EC, &json!({}))), ["ES256"]);
    assert_eq!(algorithms(with(OKP, &json!({ "alg": "EdDSA" }))), ["EdDSA"]);
}

/// Checks that a public key verifies what `signer` signs with this algorithm, and nothing else.
fn verifies(algorithm: &str, public: &Jwk, signer: &dyn JwsSigner) {
    let public = Value::Object(public.as_ref().clone()).to_string();
    let keys = parse(&[with(&public, &json!({ "alg": algorithm }))]).unwrap();
    let [key] = keys.candidates(algorithm.parse().unwrap(), Some("any"))[..] else {
        panic!("one key for {algorithm}")
    };
    let signature = signer.sign(b"message").unwrap();
    assert!(key.verify(b"message", &signature), "{algorithm}");
    assert!(!key.verify(b"massage", &signature), "{algorithm}");
    assert!(!key.verify(b"message", &signature[1..]), "{algorithm}");
    assert!(!key.verify(b"message", &vec![0; signature.len()]), "{algorithm}");
    assert!(!key.verify(b"message", b""), "{algorithm}");
}

#[test]
fn rsa_signatures_verify() {
    use josekit::jws::{PS256, PS384, PS512, RS256, RS384, RS512};
    let pair = RsaKeyPair::generate(2048).unwrap();
    let (public, private) = (pair.to_jwk_public_key(), pair.to_der_private_key());
    for (name, algorithm) in [("RS256", RS256), ("RS384", RS384), ("RS512", RS512)] {
        verifies(name, &public, &algorithm.signer_from_der(&private).unwrap());
    }
    for (name, algorithm) in [("PS256", PS256), ("PS384", PS384), ("PS512", PS512)] {
        verifies(name, &public, &algorithm.signer_from_der(&private).unwrap());
    }
}

#[test]
fn b28_an_rsa_signature_without_its_leading_zero_byte_is_refused() {
    use josekit::jws::PS256;
    let pair = RsaKeyPair::generate(2048).unwrap();
    let public = Value::Object(pair.to_jwk_public_key().as_ref().clone()).to_string();
    let keys = parse(&[with(&public, &json!({ "alg": "PS256" }))]).unwrap();
    let key = keys.candidates(JwsAlgorithm::PS256, None)[0];
    let signer = PS256.signer_from_der(pair.to_der_private_key()).unwrap();
    // Its salt is random, so one signature in 256 begins with a zero byte.
    let mut signatures = (0..10_000).map(|_| signer.sign(b"message").unwrap());
    let signature = signatures.find(|signature| signature[0] == 0).unwrap();
    assert!(key.verify(b"message", &signature));
    assert!(!key.verify(b"message", &signature[1..]));
}

#[test]
fn elliptic_curve_signatures_verify() {
    use josekit::jws::{ES256, ES384, ES512};
    for (name, algorithm, curve) in [
        ("ES256", ES256, EcCurve::P256),
        ("ES384", ES384, EcCurve::P384),
        ("ES512", ES512, EcCurve::P521),
    ] {
        let pair = EcKeyPair::generate(curve).unwrap();
        let signer = algorithm.signer_from_der(pair.to_der_private_key()).unwrap();
        verifies(name, &pair.to_jwk_public_key(), &signer);
    }
    let pair = EdKeyPair::generate(EdCurve::Ed25519).unwrap();
    let signer = josekit::jws::EdDSA.signer_from_der(pair.to_der_private_key());
    verifies("EdDSA", &pair.to_jwk_public_key(), &signer.unwrap());
}

/// Checks that a key alone is refused for this reason.
fn refused(key: &Value, reason: &JwkError) {
    let error = parse(std::slice::from_ref(key)).err();
    assert_eq!(error.as_ref(), Some(reason), "{key}");
}

#[test]
fn b25_symmetric_and_private_keys_are_refused() {
    for (key, reason) in [
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), JwkError::Symmetric),
        (with(RSA, &json!({ "k": "c2VjcmV0" })), JwkError::Symmetric),
        (with(RSA, &json!({ "d": "AQAB" })), JwkError::Private),
        (with(RSA, &json!({ "p": "AQAB" })), JwkError::Private),
        (with(RSA, &json!({ "oth": [] })), JwkError::Private),
        (with(EC, &json!({ "d": "AQAB" })), JwkError::Private),
    ] {
        refused(&key, &reason);
    }
}

#[test]
fn b37_weak_and_malformed_rsa_keys_are_refused() {
    let short = URL_SAFE_NO_PAD.encode([0xff; 255]);
    let padded_short = URL_SAFE_NO_PAD.encode([[0].as_slice(), &[0xff; 255]].concat());
    let huge = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    for n in [&short, &padded_short, &huge, ""] {
        refused(&with(RSA, &json!({ "n": n })), &JwkError::RsaSize);
    }
    for e in ["", "AQ", "AAEAAQ", "Ag", "AQAAAAE"] {
        refused(&with(RSA, &json!({ "e": e })), &JwkError::RsaSize);
    }
    for members in [json!({ "e": "AQAB=" }), json!({ "n": null }), json!({ "n": 5 })] {
        refused(&with(RSA, &members), &JwkError::Value);
    }
}

#[test]
fn b37_unknown_curves_and_wrong_points_are_refused() {
    let not_on_the_curve = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEY";
    let not_canonical = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV";
    let zeros = "A".repeat(43);
    for (key, reason) in [
        (with(EC, &json!({ "crv": "secp256k1" })), JwkError::Kind),
        (with(EC, &json!({ "crv": "P-224" })), JwkError::Kind),
        (with(EC, &json!({ "crv": null })), JwkError::Kind),
        (with(EC, &json!({ "crv": "P-384" })), JwkError::Value),
        (with(EC, &json!({ "y": null })), JwkError::Value),
        (with(EC, &json!({ "x": not_canonical })), JwkError::Value),
        (with(EC, &json!({ "x": not_on_the_curve })), JwkError::Value),
        (with(EC, &json!({ "x": zeros, "y": zeros })), JwkError::Value),
        (with(OKP, &json!({ "crv": "Ed448" })), JwkError::Kind),
        (with(OKP, &json!({ "crv": "X25519" })), JwkError::Kind),
        (with(OKP, &json!({ "x": "AAAA" })), JwkError::Value),
    ] {
        refused(&key, &reason);
    }
}

#[test]
fn b25_b37_unknown_kinds_algorithms_and_names_are_refused() {
    for key in [json!({ "kty": "AKP" }), json!({ "kty": 1 }), json!({})] {
        refused(&key, &JwkError::Kind);
    }
    for (key, alg) in [
        (RSA, json!("HS256")),
        (RSA, json!("none")),
        (RSA, json!("ES256")),
        (EC, json!("ES384")),
        (OKP, json!("RS256")),
        (OKP, json!(1)),
    ] {
        refused(&with(key, &json!({ "alg": alg })), &JwkError::Algorithm);
    }
    for kid in [json!(1), json!(""), json!("a\nb"), json!("k".repeat(256))] {
        refused(&with(OKP, &json!({ "kid": kid })), &JwkError::Kid);
    }
}

#[test]
fn a_set_of_the_wrong_shape_or_size_is_refused() {
    let twice = format!(
        r#"{{"keys":[{}]}}"#,
        OKP.replace(r#""crv""#, r#""kty":"OKP","crv""#)
    );
    let large = format!(r#"{{"keys":[{OKP}],"pad":"{}"}}"#, "x".repeat(MAX_SET_LEN));
    let deep = format!(r#"{{"keys":{}}}"#, "[".repeat(20_000));
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        OKP,
        &twice,
        &large,
        &deep,
    ] {
        assert_eq!(
            ClientJwks::parse(text.as_bytes()).err(),
            Some(JwkError::Malformed),
            "{text:.40}"
        );
    }
    assert_eq!(parse(&[]).err(), Some(JwkError::Count));
    let key = with(OKP, &json!({}));
    assert_eq!(
        parse(&vec![key.clone(); MAX_KEYS + 1]).err(),
        Some(JwkError::Count)
    );
    assert!(parse(&vec![key; MAX_KEYS]).is_ok());
    let encryption = with(RSA, &json!({ "use": "enc", "alg": "RSA-OAEP-256" }));
    assert_eq!(
        parse(std::slice::from_ref(&encryption)).err(),
        Some(JwkError::Count)
    );
    assert!(parse(&[encryption, with(OKP, &json!({}))]).is_ok());
    let named = with(OKP, &json!({ "kid": "a" }));
    assert_eq!(parse(&[named.clone(), named]).err(), Some(JwkError::Kid));
}

#[test]
fn a_kid_selects_a_key_if_both_sides_have_one() {
    let keys = parse(&[
        with(OKP, &json!({ "kid": "a" })),
        with(OKP, &json!({ "kid": "b" })),
        with(OKP, &json!({})),
        with(EC, &json!({ "kid": "c" })),
    ])
    .unwrap();
    let count = |alg, kid| keys.candidates(alg, kid).len();
    assert_eq!(count(JwsAlgorithm::EdDSA, Some("a")), 2);
    assert_eq!(count(JwsAlgorithm::EdDSA, Some("z")), 1);
    assert_eq!(count(JwsAlgorithm::EdDSA, None), 3);
    assert_eq!(count(JwsAlgorithm::ES256, Some("a")), 0);
    assert_eq!(count(JwsAlgorithm::RS256, None), 0);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(ClientJwks::parse(&bytes).is_err());
    }

    #[test]
    fn no_members_make_the_reader_panic(
        kind in "RSA|EC|OKP|oct",
        crv in "P-256|P-384|P-521|Ed25519",
        a in "[A-Za-z0-9_-]{0,90}",
        b in "[A-Za-z0-9_-]{0,90}",
    ) {
        let _ = parse(&[json!({ "kty": kind, "crv": crv, "x": a, "y": b, "n": a, "e": b })]);
    }
}
