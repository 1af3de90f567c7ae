//! An authenticator with passkeys, independent of the server's own code (`WebAuthn` Level 3, sections 6.1 and 6.5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};

pub const USER_PRESENT: u8 = 0x01;
pub const USER_VERIFIED: u8 = 0x04;
pub const BACKUP_ELIGIBLE: u8 = 0x08;
pub const BACKED_UP: u8 = 0x10;
const HAS_KEY: u8 = 0x40;

/// What a browser and an authenticator say in an answer. A test changes the part that the server has to refuse.
#[derive(Clone)]
pub struct AnswerContent {
    pub kind: &'static str,
    pub origin: String,
    pub challenge: String,
    pub server: String,
    pub flags: u8,
    pub counter: u32,
    pub handle: Option<Vec<u8>>,
    pub more: Value,
}

/// A passkey.
#[derive(Clone)]
pub struct SoftPasskey {
    key: PKey<Private>,
    id: Vec<u8>,
    handle: Vec<u8>,
    origin: String,
    pub flags: u8,
    pub counter: u32,
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The head of a CBOR item (RFC 8949 section 3).
fn head(major: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short @ 0..24) => vec![major << 5 | short],
        Ok(byte) => vec![major << 5 | 0x18, byte],
        Err(_) => [
            vec![major << 5 | 0x19],
            u16::try_from(length).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
    }
}

fn bytes(content: &[u8]) -> Vec<u8> {
    [head(2, content.len()), content.to_vec()].concat()
}

fn text(content: &str) -> Vec<u8> {
    [head(3, content.len()), content.as_bytes().to_vec()].concat()
}

impl SoftPasskey {
    /// A new passkey for the options of a page.
    pub fn new(options: &Value, origin: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let mut id = [0; 16];
        openssl::rand::rand_bytes(&mut id).unwrap();
        Self {
            key: PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap(),
            id: id.to_vec(),
            handle: URL_SAFE_NO_PAD
                .decode(options["user"]["id"].as_str().unwrap())
                .unwrap(),
            origin: origin.to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
            counter: 1,
        }
    }

    /// What a real browser and authenticator would answer to these options.
    pub fn answer_content(&self, kind: &'static str, options: &Value) -> AnswerContent {
        let server = options["rpId"].as_str().or(options["rp"]["id"].as_str()).unwrap();
        AnswerContent {
            kind,
            origin: self.origin.clone(),
            challenge: options["challenge"].as_str().unwrap().to_owned(),
            server: server.to_owned(),
            flags: self.flags,
            counter: self.counter,
            handle: Some(self.handle.clone()),
            more: json!({ "crossOrigin": false }),
        }
    }

    fn client_data(says: &AnswerContent) -> Vec<u8> {
        let mut data = json!({ "type": says.kind, "challenge": says.challenge, "origin": says.origin });
        data.as_object_mut()
            .unwrap()
            .extend(says.more.as_object().unwrap().clone());
        data.to_string().into_bytes()
    }

    fn authenticator_data(says: &AnswerContent) -> Vec<u8> {
        let mut data = sha256(says.server.as_bytes()).to_vec();
        data.push(says.flags);
        data.extend(says.counter.to_be_bytes());
        data
    }

    /// The P-256 public key as COSE (RFC 9053 section 7.1.1), with this CBOR byte as its algorithm: 0x26 is ES256 (-7).
    fn cose(&self, algorithm: u8) -> Vec<u8> {
        let key = self.key.ec_key().unwrap();
        let (group, mut context) = (key.group(), BigNumContext::new().unwrap());
        let (mut x, mut y) = (
            openssl::bn::BigNum::new().unwrap(),
            openssl::bn::BigNum::new().unwrap(),
        );
        key.public_key()
            .affine_coordinates(group, &mut x, &mut y, &mut context)
            .unwrap();
        let coordinate = |number: &openssl::bn::BigNumRef| bytes(&number.to_vec_padded(32).unwrap());
        // {1: 2, 3: algorithm, -1: 1, -2: x, -3: y}
        [
            vec![0xa5, 0x01, 0x02, 0x03, algorithm, 0x20, 0x01, 0x21],
            coordinate(&x),
            vec![0x22],
            coordinate(&y),
        ]
        .concat()
    }

    /// The answer to a challenge for a new passkey, whose key claims this algorithm.
    pub fn attest(&self, says: &AnswerContent, algorithm: u8) -> Value {
        let mut data = Self::authenticator_data(&AnswerContent {
            flags: says.flags | HAS_KEY,
            ..says.clone()
        });
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose(algorithm));
        let object = [
            vec![0xa3],
            text("fmt"),
            text("none"),
            text("attStmt"),
            vec![0xa0],
            text("authData"),
            bytes(&data),
        ]
        .concat();
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": { "clientDataJSON": base64(&Self::client_data(says)), "attestationObject": base64(&object) },
        })
    }

    /// The answer to a challenge for signing in.
    pub fn assert(&self, says: &AnswerContent) -> Value {
        let (client, data) = (Self::client_data(says), Self::authenticator_data(says));
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        signer.update(&data).unwrap();
        signer.update(&sha256(&client)).unwrap();
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&client),
                "authenticatorData": base64(&data),
                "signature": base64(&signer.sign_to_vec().unwrap()),
                "userHandle": says.handle.as_deref().map(base64),
            },
        })
    }
}
