//! Hostile and well-formed tokens against the one verifier, by the rules they break.

use std::sync::LazyLock;

use josekit::jws::{EdDSA, HS256, JwsSigner};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::clock::Time;
use crate::crypto::algorithm::Algorithm;
use crate::crypto::jwk::ClientJwks;
use crate::crypto::keyring::{KeyRecord, Keyring};
use crate::crypto::secret::Secret;
use crate::crypto::signing::SigningKey;

const AT: Expected<'_> = Expected {
    typ: Typ::AccessToken,
    algs: &JwsAlgorithm::ALL,
};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::EdDSA, 0).unwrap());
static RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::RS256, 2048).unwrap());

fn record(key: &SigningKey) -> KeyRecord {
    KeyRecord {
        kid: key.kid().to_owned(),
        alg: key.algorithm(),
        private: Secret::new(key.to_der().expose().clone()),
        created_at: Time(0),
        activates_at: Time(0),
        retires_at: None,
        expires_at: None,
        hints_until: None,
    }
}

fn keys() -> Keyring {
    Keyring::new(vec![record(&KEY), record(&RSA)], Time(0)).unwrap()
}

fn encode(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Any header and payload with a valid `EdDSA` signature.
fn signed(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signer = EdDSA.signer_from_der(KEY.to_der().expose()).unwrap();
    let signature = signer.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", encode(signature))
}

/// A header as we write it, with `members` merged into it; null removes a member.
fn header(members: &Value) -> String {
    let mut header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": KEY.kid() });
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    header
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    header.to_string()
}

/// A token without claims whose header has `members` merged into it, as in [`header`].
fn signed_with(members: &Value) -> String {
    signed(&header(members), "{}")
}

/// A token with our header and this payload.
fn with_payload(payload: &str) -> String {
    signed(&header(&json!({})), payload)
}

fn refusal(token: &str) -> JwtError {
    verify(token, &keys(), AT).expect_err(token)
}

#[test]
fn what_we_sign_verifies_with_every_algorithm() {
    for alg in Algorithm::ALL {
        let key = SigningKey::generate(alg, 2048).unwrap();
        let keyring = Keyring::new(vec![record(&key)], Time(0)).unwrap();
        let token = keyring
            .signer(alg, Time(1))
            .unwrap()
            .sign(Typ::AccessToken, &json!({"sub": "1", "exp": 5}))
            .unwrap();
        let claims = verify(&token, &keyring, AT).unwrap();
        assert_eq!(
            (claims.str("sub"), claims.time("exp")),
            (Some("1"), Some(Time::from_seconds(5)))
        );
        let only = [alg.jws()];
        assert!(verify(&token, &keyring, Expected { algs: &only, ..AT }).is_ok());
        let others: Vec<_> = JwsAlgorithm::ALL
            .into_iter()
            .filter(|other| *other != alg.jws())
            .collect();
        let refused = verify(&token, &keyring, Expected { algs: &others, ..AT });
        assert_eq!(refused, Err(JwtError::Algorithm));
    }
}

#[test]
fn rfc7515_appendix_a2_and_a3_verify() {
    const PAYLOAD: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let examples = [
        (
            r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#,
            r#"{"alg":"RS256"}"#,
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            r#"{"alg":"ES256"}"#,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
    ];
    for (key, header, signature) in examples {
        let keys = ClientJwks::parse(format!(r#"{{"keys":[{key}]}}"#).as_bytes()).unwrap();
        let expected = Expected {
            typ: Typ::ClientAssertion,
            ..AT
        };
        let token = format!("{}.{PAYLOAD}.{signature}", encode(header));
        let claims = verify(&token, &keys, expected).unwrap();
        assert_eq!(claims.str("iss"), Some("joe"));
        assert_eq!(claims.time("exp"), Some(Time::from_seconds(1_300_819_380)));
        // The same signature over another payload.
        let forged = format!("{}.{}.{signature}", encode(header), encode(r#"{"iss":"jane"}"#));
        assert_eq!(verify(&forged, &keys, expected), Err(JwtError::Signature));
    }
}

#[test]
fn b25_alg_none_in_any_case_is_refused() {
    for alg in ["none", "None", "NONE", "nOnE", "", " none"] {
        let header = header(&json!({ "alg": alg }));
        let unsigned = format!("{}.{}.", encode(&header), encode("{}"));
        assert_eq!(refusal(&unsigned), JwtError::Algorithm, "{alg:?}");
        assert_eq!(refusal(&signed(&header, "{}")), JwtError::Algorithm, "{alg:?}");
    }
    for alg in [json!(null), json!(1), json!(["EdDSA"]), json!({}), json!(true)] {
        assert_eq!(
            refusal(&signed_with(&json!({ "alg": alg }))),
            JwtError::Algorithm,
            "{alg}"
        );
    }
}

#[test]
fn b25_hmac_with_any_form_of_a_public_key_is_refused() {
    let jwk = Value::Object(RSA.public_jwk());
    let pair = josekit::jwk::alg::rsa::RsaKeyPair::from_der(RSA.to_der().expose()).unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let secrets = [
        jwk.to_string().into_bytes(),
        jwk["n"].as_str().unwrap().as_bytes().to_vec(),
        modulus,
        josekit::jwk::KeyPair::to_pem_public_key(&pair),
        josekit::jwk::KeyPair::to_der_public_key(&pair),
        RSA.kid().as_bytes().to_vec(),
    ];
    for secret in secrets {
        let header = header(&json!({ "alg": "HS256", "kid": RSA.kid() }));
        let message = format!("{}.{}", encode(header), encode("{}"));
        let signature = HS256
            .signer_from_bytes(&secret)
            .unwrap()
            .sign(message.as_bytes())
            .unwrap();
        assert_eq!(
            refusal(&format!("{message}.{}", encode(signature))),
            JwtError::Algorithm
        );
    }
}

#[test]
fn b25_an_algorithm_other_than_the_keys_own_is_refused() {
    // A valid RS256 signature, presented under the name of every other algorithm.
    let rs256 = keys()
        .signer(Algorithm::RS256, Time(0))
        .unwrap()
        .sign(Typ::AccessToken, &json!({}))
        .unwrap();
    assert!(verify(&rs256, &keys(), AT).is_ok());
    let signature = rs256.rsplit_once('.').unwrap().1;
    for alg in JwsAlgorithm::ALL
        .into_iter()
        .filter(|alg| *alg != JwsAlgorithm::RS256)
    {
        let header = header(&json!({ "alg": alg.as_str(), "kid": RSA.kid() }));
        let token = format!("{}.{}.{signature}", encode(header), encode("{}"));
        assert_eq!(refusal(&token), JwtError::UnknownKey, "{alg}");
    }
}

#[test]
fn b25_a_header_that_brings_a_key_or_an_unknown_extension_is_refused() {
    let own_key = Value::Object(KEY.public_jwk());
    let cases = [
        json!({ "jwk": own_key }),
        json!({ "jku": "https://id.example.org/oauth2/jwks" }),
        json!({ "x5u": "https://id.example.org/cert" }),
        json!({ "x5c": ["MII"] }),
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": true }),
        json!({ "zip": "DEF" }),
    ];
    for case in cases {
        assert_eq!(refusal(&signed_with(&case)), JwtError::Header, "{case}");
    }
}

#[test]
fn b25_a_hostile_kid_finds_no_key() {
    let long = "k".repeat(256);
    for kid in [
        json!(1),
        json!({}),
        json!([KEY.kid()]),
        json!(""),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!(long),
    ] {
        assert_eq!(
            refusal(&signed_with(&json!({ "kid": kid }))),
            JwtError::Header,
            "{kid}"
        );
    }
    let upper = KEY.kid().to_ascii_uppercase();
    let names = [
        "../../etc/passwd",
        "' OR 1=1 --",
        "https://evil.example/jwks",
        "%s",
        "a b",
        upper.as_str(),
        RSA.kid(),
    ];
    for kid in names {
        assert_eq!(
            refusal(&signed_with(&json!({ "kid": kid }))),
            JwtError::UnknownKey,
            "{kid}"
        );
    }
    assert_eq!(
        refusal(&signed_with(&json!({ "kid": null }))),
        JwtError::UnknownKey
    );
}

const TYPES: [&str; 16] = [
    "at+jwt",
    "JWT",
    "jwt",
    "AT+JWT",
    "application/at+jwt",
    "application/jwt",
    "client-authentication+jwt",
    "application/client-authentication+jwt",
    "logout+jwt",
    "dpop+jwt",
    "oauth-authz-req+jwt",
    "token-introspection+jwt",
    "at",
    "",
    "at+jwt ",
    "JWT,at+jwt",
];

/// The types in the header that each purpose accepts.
const ACCEPTED: [(Typ, &[&str]); 6] = [
    (Typ::AccessToken, &["at+jwt"]),
    (Typ::PlainAccessToken, &["JWT"]),
    (Typ::IdToken, &["JWT"]),
    (Typ::UserInfo, &["JWT"]),
    (Typ::LogoutToken, &["logout+jwt"]),
    (
        Typ::ClientAssertion,
        &[
            "JWT",
            "jwt",
            "application/jwt",
            "client-authentication+jwt",
            "application/client-authentication+jwt",
        ],
    ),
];

/// Verifies a token with this type in its header for a purpose.
fn verify_type(typ: Typ, header_typ: &Value) -> Result<Claims, JwtError> {
    let token = signed_with(&json!({ "typ": header_typ }));
    verify(&token, &keys(), Expected { typ, ..AT })
}

#[test]
fn b26_a_token_of_one_type_is_never_accepted_as_another() {
    for (typ, accepted) in ACCEPTED {
        for name in TYPES {
            let fits = verify_type(typ, &json!(name)).is_ok();
            assert_eq!(fits, accepted.contains(&name), "{typ:?} {name:?}");
        }
        let untyped = verify_type(typ, &json!(null)).is_ok();
        assert_eq!(untyped, typ == Typ::ClientAssertion, "{typ:?}");
        for odd in [json!(1), json!(["at+jwt"])] {
            assert_eq!(verify_type(typ, &odd), Err(JwtError::Type), "{typ:?}");
        }
    }
}

#[test]
fn b27_a_time_that_is_not_a_whole_number_is_refused_and_not_ignored() {
    let values = [
        r#""1700000000""#,
        "1700000000.0",
        "1700000000.5",
        "1.7e9",
        "-1",
        "-0",
        "253402300800",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e400",
        "null",
        "true",
        "[1700000000]",
        "{}",
    ];
    for name in ["exp", "nbf", "iat"] {
        for value in values {
            let payload = format!(r#"{{"sub":"1","{name}":{value}}}"#);
            assert_eq!(refusal(&with_payload(&payload)), JwtError::Claims, "{payload}");
        }
        for twice in [
            format!(r#"{{"{name}":1700000000,"{name}":1700000000}}"#),
            format!(r#"{{"{name}":1,"sub":"1","{name}":253402300799}}"#),
            format!(r#"{{"{name}":1,"\u00{:x}{}":2}}"#, name.as_bytes()[0], &name[1..]),
        ] {
            assert_eq!(refusal(&with_payload(&twice)), JwtError::Claims, "{twice}");
        }
        let payload = format!(r#"{{"{name}":253402300799}}"#);
        assert!(verify(&with_payload(&payload), &keys(), AT).is_ok());
    }
}

#[test]
fn b27_a_header_member_that_appears_twice_is_refused() {
    let kid = KEY.kid();
    let twice = [
        format!(r#"{{"alg":"EdDSA","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{kid}","alg":"EdDSA"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","typ":"at+jwt","kid":"{kid}"}}"#),
    ];
    for header in twice {
        assert_eq!(refusal(&signed(&header, "{}")), JwtError::Malformed, "{header}");
    }
}

#[test]
fn b28_no_token_has_two_encodings() {
    let token = with_payload(r#"{"sub":"12"}"#);
    assert!(verify(&token, &keys(), AT).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let spelled = [
        format!("{token}="),
        format!("{token}=="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{}", parts[2]),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}==.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        token.replace('.', "%2E"),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        String::new(),
        "..".to_owned(),
    ];
    for other in spelled {
        assert!(verify(&other, &keys(), AT).is_err(), "{other:?}");
    }
    // The last character of a signature of 64 bytes has four unused bits, and only zeros are accepted in them.
    let canonical = ["A", "Q", "g", "w"];
    let last = token.chars().last().unwrap().to_string();
    assert!(canonical.contains(&last.as_str()));
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/";
    for other in alphabet.chars().filter(|other| last != other.to_string()) {
        let changed = format!("{}{other}", &token[..token.len() - 1]);
        assert!(verify(&changed, &keys(), AT).is_err(), "{other}");
    }
}

#[test]
fn b29_a_large_token_is_refused_before_any_key_is_looked_up() {
    struct Untouchable;
    impl KeySource for Untouchable {
        fn candidates(&self, _: JwsAlgorithm, _: Option<&str>) -> Vec<&crate::crypto::verify::Verifier> {
            panic!("a large token reached the keys");
        }
    }
    let sized = |length: usize| {
        let payload = format!(r#"{{"pad":"{}"}}"#, "x".repeat(length));
        with_payload(&payload)
    };
    for length in [MAX_JWT_LEN, 1_000_000] {
        assert_eq!(verify(&sized(length), &Untouchable, AT), Err(JwtError::TooLarge));
    }
    assert!(verify(&sized(40_000), &keys(), AT).is_ok());
}

#[test]
fn b29_an_encrypted_token_is_refused() {
    let header = r#"{"alg":"RSA1_5","enc":"A128CBC-HS256","zip":"DEF"}"#;
    assert_eq!(
        refusal(&format!("{}.AA.AA.AA.AA", encode(header))),
        JwtError::Malformed
    );
}

#[test]
fn a_payload_that_is_not_an_object_is_refused() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep = format!(r#"{{"a":{deep}}}"#);
    for payload in [
        "",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "{}{}",
        "\u{feff}{}",
        deep.as_str(),
    ] {
        assert_eq!(refusal(&with_payload(payload)), JwtError::Claims, "{payload:.20}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_verifier_panic(text in "\\PC*", dotted in "[A-Za-z0-9_=.-]{0,200}") {
        prop_assert!(verify(&text, &keys(), AT).is_err());
        prop_assert!(verify(&dotted, &keys(), AT).is_err());
    }

    #[test]
    fn no_bytes_in_the_parts_make_the_verifier_panic(
        header in proptest::collection::vec(any::<u8>(), 0..100),
        payload in proptest::collection::vec(any::<u8>(), 0..100),
        signature in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let token = format!("{}.{}.{}", encode(header), encode(&payload), encode(&signature));
        prop_assert!(verify(&token, &keys(), AT).is_err());
        let named = format!("{}.{}.{}", encode(self::header(&json!({}))), encode(payload), encode(signature));
        prop_assert!(verify(&named, &keys(), AT).is_err());
    }

    #[test]
    fn a_token_with_one_changed_byte_is_refused(at in 0_usize..200, to in "[A-Za-z0-9_.=-]") {
        let token = with_payload(r#"{"sub":"12"}"#);
        let at = at % token.len();
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assert_eq!(verify(&changed, &keys(), AT).is_ok(), changed == token);
    }

    #[test]
    fn any_payload_is_read_or_refused_without_a_panic(payload in proptest::collection::vec(any::<u8>(), 0..60)) {
        let message = String::from_utf8_lossy(&payload).into_owned();
        let _ = verify(&with_payload(&message), &keys(), AT);
    }
}
