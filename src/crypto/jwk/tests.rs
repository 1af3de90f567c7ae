//! Key sets as apps register them: what is read, and what is refused with which reason.

use josekit::jwk::alg::{ec::EcCurve, ec::EcKeyPair, ed::EdCurve, ed::EdKeyPair, rsa::RsaKeyPair};
use josekit::jwk::{Jwk, KeyPair};
use josekit::jws::JwsSigner;
use josekit::jws::alg::{
    ecdsa::EcdsaJwsAlgorithm, eddsa::EddsaJwsAlgorithm, rsassa::RsassaJwsAlgorithm,
    rsassa_pss::RsassaPssJwsAlgorithm,
};
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

/// A key with `members` laid over it; null takes a member away.
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

#[test]
fn signatures_of_every_algorithm_verify() {
    fn check(name: &str, public: &Jwk, signer: &dyn JwsSigner) {
        let key = with(&json!({}).to_string(), &Value::Object(public.as_ref().clone()));
        let keys = parse(&[with(&key.to_string(), &json!({ "alg": name }))]).unwrap();
        let algorithm = name.parse().unwrap();
        let [key] = keys.candidates(algorithm, Some("any"))[..] else {
            panic!("one key for {name}")
        };
        let signature = signer.sign(b"message").unwrap();
        assert!(key.verify(b"message", &signature), "{name}");
        assert!(!key.verify(b"massage", &signature), "{name}");
        assert!(!key.verify(b"message", &signature[1..]), "{name}");
        assert!(!key.verify(b"message", &vec![0; signature.len()]), "{name}");
        assert!(!key.verify(b"message", b""), "{name}");
    }
    let rsa = RsaKeyPair::generate(2048).unwrap();
    for alg in [
        RsassaJwsAlgorithm::Rs256,
        RsassaJwsAlgorithm::Rs384,
        RsassaJwsAlgorithm::Rs512,
    ] {
        let name = josekit::jws::JwsAlgorithm::name(&alg).to_owned();
        check(
            &name,
            &rsa.to_jwk_public_key(),
            &alg.signer_from_der(rsa.to_der_private_key()).unwrap(),
        );
    }
    for alg in [
        RsassaPssJwsAlgorithm::Ps256,
        RsassaPssJwsAlgorithm::Ps384,
        RsassaPssJwsAlgorithm::Ps512,
    ] {
        let name = josekit::jws::JwsAlgorithm::name(&alg).to_owned();
        check(
            &name,
            &rsa.to_jwk_public_key(),
            &alg.signer_from_der(rsa.to_der_private_key()).unwrap(),
        );
    }
    for (alg, curve) in [
        (EcdsaJwsAlgorithm::Es256, EcCurve::P256),
        (EcdsaJwsAlgorithm::Es384, EcCurve::P384),
        (EcdsaJwsAlgorithm::Es512, EcCurve::P521),
    ] {
        let pair = EcKeyPair::generate(curve).unwrap();
        let name = josekit::jws::JwsAlgorithm::name(&alg).to_owned();
        check(
            &name,
            &pair.to_jwk_public_key(),
            &alg.signer_from_der(pair.to_der_private_key()).unwrap(),
        );
    }
    let pair = EdKeyPair::generate(EdCurve::Ed25519).unwrap();
    let signer = EddsaJwsAlgorithm::Eddsa
        .signer_from_der(pair.to_der_private_key())
        .unwrap();
    check("EdDSA", &pair.to_jwk_public_key(), &signer);
}

#[test]
fn b25_b37_symmetric_private_weak_and_unknown_keys_are_refused() {
    let short = URL_SAFE_NO_PAD.encode([0xff; 255]);
    let padded_short = URL_SAFE_NO_PAD.encode([[0].as_slice(), &[0xff; 255]].concat());
    let huge = URL_SAFE_NO_PAD.encode([0xff; 1025]);
    let cases = [
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), JwkError::Symmetric),
        (with(RSA, &json!({ "k": "c2VjcmV0" })), JwkError::Symmetric),
        (with(RSA, &json!({ "d": "AQAB" })), JwkError::Private),
        (with(RSA, &json!({ "p": "AQAB" })), JwkError::Private),
        (with(RSA, &json!({ "oth": [] })), JwkError::Private),
        (with(EC, &json!({ "d": "AQAB" })), JwkError::Private),
        (with(RSA, &json!({ "n": short })), JwkError::RsaSize),
        (with(RSA, &json!({ "n": padded_short })), JwkError::RsaSize),
        (with(RSA, &json!({ "n": huge })), JwkError::RsaSize),
        (with(RSA, &json!({ "n": "" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "AQ" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "AAEAAQ" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "Ag" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "AQAAAAE" })), JwkError::RsaSize),
        (with(RSA, &json!({ "e": "AQAB=" })), JwkError::Value),
        (with(RSA, &json!({ "n": null })), JwkError::Value),
        (with(RSA, &json!({ "n": 5 })), JwkError::Value),
        (with(EC, &json!({ "crv": "secp256k1" })), JwkError::Kind),
        (with(EC, &json!({ "crv": "P-224" })), JwkError::Kind),
        (with(EC, &json!({ "crv": null })), JwkError::Kind),
        (with(EC, &json!({ "crv": "P-384" })), JwkError::Value),
        (with(EC, &json!({ "y": null })), JwkError::Value),
        (
            with(EC, &json!({ "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV" })),
            JwkError::Value,
        ),
        // Not on the curve.
        (
            with(EC, &json!({ "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEY" })),
            JwkError::Value,
        ),
        (
            with(EC, &json!({ "x": "A".repeat(43), "y": "A".repeat(43) })),
            JwkError::Value,
        ),
        (with(OKP, &json!({ "crv": "Ed448" })), JwkError::Kind),
        (with(OKP, &json!({ "crv": "X25519" })), JwkError::Kind),
        (with(OKP, &json!({ "x": "AAAA" })), JwkError::Value),
        (json!({ "kty": "AKP" }), JwkError::Kind),
        (json!({ "kty": 1 }), JwkError::Kind),
        (json!({}), JwkError::Kind),
        (with(RSA, &json!({ "alg": "HS256" })), JwkError::Algorithm),
        (with(RSA, &json!({ "alg": "none" })), JwkError::Algorithm),
        (with(RSA, &json!({ "alg": "ES256" })), JwkError::Algorithm),
        (with(EC, &json!({ "alg": "ES384" })), JwkError::Algorithm),
        (with(OKP, &json!({ "alg": "RS256" })), JwkError::Algorithm),
        (with(OKP, &json!({ "alg": 1 })), JwkError::Algorithm),
        (with(OKP, &json!({ "kid": 1 })), JwkError::Kid),
        (with(OKP, &json!({ "kid": "" })), JwkError::Kid),
        (with(OKP, &json!({ "kid": "a\nb" })), JwkError::Kid),
        (with(OKP, &json!({ "kid": "k".repeat(256) })), JwkError::Kid),
    ];
    for (key, expected) in cases {
        assert_eq!(parse(std::slice::from_ref(&key)).err(), Some(expected), "{key}");
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
fn a_kid_narrows_the_choice_where_both_sides_name_one() {
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
