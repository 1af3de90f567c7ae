//! Passkeys: what browsers are asked for, and the check of what they answer (`WebAuthn` Level 3, sections 7.1 and 7.2).
//!
//! A page carries the challenge sealed, so that showing it stores nothing; the answer spends it, right or wrong.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::Method;
use crate::clock::Time;
use crate::crypto::{Aad, MasterKey};
use crate::model::{AccountId, new_id};
use crate::store::{Error, Tx, seen_once};

/// The maximum length of a credential id in bytes (`WebAuthn` section 7.1, step 25).
const MAX_CREDENTIAL_ID: usize = 1023;

/// The maximum length of a browser's answer in bytes; real ones have about 1,000.
const MAX_ANSWER: usize = 16 * 1024;

/// How long a browser waits for its user.
const WAIT: Duration = Duration::from_mins(5);

/// A challenge that a page has given to a browser.
#[derive(Serialize, Deserialize)]
pub struct Ceremony<S> {
    id: String,
    expires_at: Time,
    state: S,
}

/// A challenge for a new passkey.
pub type Registration = Ceremony<PasskeyRegistration>;

/// A challenge for signing in.
pub type SignIn = Ceremony<DiscoverableAuthentication>;

/// What a challenge is for, which its encryption binds it to.
pub trait Purpose: Serialize + DeserializeOwned {
    /// The name of the purpose.
    const NAME: &'static str;
}

impl Purpose for PasskeyRegistration {
    const NAME: &'static str = "registration";
}

impl Purpose for DiscoverableAuthentication {
    const NAME: &'static str = "sign_in";
}

impl<S: Purpose> Ceremony<S> {
    fn begin(state: S, now: Time, lasts: Duration) -> Self {
        Self {
            id: new_id(now),
            expires_at: now + lasts,
            state,
        }
    }

    /// Encrypts it for a page of one browser or session.
    #[must_use]
    pub fn seal(&self, master: &MasterKey, holder: &str) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(master.seal(&text, place::<S>(holder)))
    }

    /// Decrypts what [`Self::seal`] encrypted for this holder; `None` once it has expired.
    #[must_use]
    pub fn open(master: &MasterKey, holder: &str, sealed: &str, now: Time) -> Option<Self> {
        let record = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = master.open(&record, place::<S>(holder)).ok()?;
        let ceremony: Self = serde_json::from_slice(text.expose()).ok()?;
        (ceremony.expires_at > now).then_some(ceremony)
    }

    /// Spends the challenge; yields true for the one call that does.
    pub async fn spend(&self, tx: &mut Tx) -> Result<bool, Error> {
        seen_once::first_use(tx, "passkey", &self.id, self.expires_at).await
    }
}

fn place<S: Purpose>(holder: &str) -> Aad<'_> {
    Aad {
        table: "passkeys",
        row: holder,
        column: S::NAME,
    }
}

/// A challenge with the options for the script of the page.
pub struct Begun<S> {
    /// The challenge.
    pub ceremony: Ceremony<S>,
    /// The options, as JSON for `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub options: String,
}

/// The owner of a new passkey, as authenticators show it.
pub struct Owner<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The username.
    pub username: &'a str,
    /// The name.
    pub name: &'a str,
    /// The account's passkeys, so that an authenticator that has one does not create another.
    pub existing: Vec<Vec<u8>>,
}

/// A passkey that a browser has created for a challenge of ours.
pub struct NewPasskey {
    /// The id of the credential.
    pub credential_id: Vec<u8>,
    /// What verifies its signatures, as JSON.
    pub credential: String,
}

/// The answer of a browser to a challenge for signing in, not verified yet.
pub struct Answer(PublicKeyCredential);

impl Answer {
    /// Reads the JSON of a browser; `None` if it is malformed or comes from a page inside another one.
    #[must_use]
    pub fn parse(json: &str) -> Option<Self> {
        let answer: PublicKeyCredential = parse(json)?;
        is_own_page(answer.response.client_data_json.as_ref()).then_some(Self(answer))
    }

    /// The id of the credential that claims to have signed.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whether it names this account as the owner of the passkey.
    #[must_use]
    pub fn is_of(&self, account: &AccountId) -> bool {
        let owner = self.0.get_user_unique_id();
        owner.is_some() && owner == handle(account).as_ref().map(|id| id.as_bytes().as_slice())
    }
}

fn parse<T: DeserializeOwned>(json: &str) -> Option<T> {
    (json.len() <= MAX_ANSWER).then(|| serde_json::from_str(json).ok())?
}

/// Whether the client data comes from a page of ours that is not embedded in another site's, which webauthn-rs checks
/// only for new passkeys and only in part (`WebAuthn` sections 7.1 and 7.2).
fn is_own_page(client_data: &[u8]) -> bool {
    let data: Value = serde_json::from_slice(client_data).unwrap_or_default();
    data.is_object() && data["crossOrigin"] != json!(true) && data["topOrigin"].is_null()
}

/// The user handle of an account's passkeys.
fn handle(account: &AccountId) -> Option<Uuid> {
    Uuid::parse_str(account.as_str()).ok()
}

/// A verified signature of a passkey.
pub struct Signature {
    credential: String,
    shared: bool,
}

impl Signature {
    /// The credential to store, with its new counter and flags.
    #[must_use]
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// Which kind of key has signed.
    pub(super) const fn key(&self) -> Method {
        if self.shared {
            Method::SoftwareKey
        } else {
            Method::HardwareKey
        }
    }
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongAnswer {
    /// It does not fit the challenge, this server or the passkey.
    Wrong,
    /// The counter of the passkey has gone back, so somebody may have a copy of it.
    Copied,
}

/// This server, for which browsers create and use passkeys.
#[derive(Debug)]
pub struct RelyingParty(Webauthn);

impl RelyingParty {
    /// The server with this origin; `None` if its host is an IP address, for which browsers have no passkeys.
    #[must_use]
    pub fn of(origin: &Url) -> Option<Self> {
        let builder = WebauthnBuilder::new(origin.domain()?, origin).ok()?;
        builder.timeout(WAIT).build().ok().map(Self)
    }

    /// Begins to create a passkey.
    #[must_use]
    pub fn begin_registration(
        &self,
        owner: Owner<'_>,
        organisation: &str,
        now: Time,
    ) -> Option<Begun<PasskeyRegistration>> {
        let (challenge, state) = self
            .0
            .start_passkey_registration(
                handle(owner.account)?,
                owner.username,
                owner.name,
                Some(owner.existing),
            )
            .ok()?;
        let mut options = serde_json::to_value(&challenge.public_key).ok()?;
        options["rp"]["name"] = json!(organisation);
        // Only a passkey that the authenticator stores can sign in without a username.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Some(Begun {
            ceremony: Ceremony::begin(state, now, WAIT * 2),
            options: options.to_string(),
        })
    }

    /// Checks the passkey that a browser has created; `None` if it does not fit the challenge.
    #[must_use]
    pub fn finish_registration(&self, registration: &Registration, json: &str) -> Option<NewPasskey> {
        let answer: RegisterPublicKeyCredential = parse(json)?;
        if !is_own_page(answer.response.client_data_json.as_ref()) {
            return None;
        }
        let passkey = self
            .0
            .finish_passkey_registration(&answer, &registration.state)
            .ok()?;
        let credential_id = passkey.cred_id().clone();
        let credential = serde_json::to_string(&passkey).ok()?;
        (credential_id.len() <= MAX_CREDENTIAL_ID).then_some(NewPasskey {
            credential_id,
            credential,
        })
    }

    /// Begins a sign-in with any passkey of this server, for as long as the page may be open.
    #[must_use]
    pub fn begin_sign_in(&self, now: Time, lasts: Duration) -> Option<Begun<DiscoverableAuthentication>> {
        let (challenge, state) = self.0.start_discoverable_authentication().ok()?;
        Some(Begun {
            ceremony: Ceremony::begin(state, now, lasts),
            options: serde_json::to_string(&challenge.public_key).ok()?,
        })
    }

    /// Checks the signature of a stored passkey, whose owner the caller has checked with [`Answer::is_of`].
    ///
    /// # Errors
    /// The reason why it is refused.
    pub fn verify(&self, ceremony: &SignIn, answer: &Answer, stored: &str) -> Result<Signature, WrongAnswer> {
        let mut passkey: Passkey = serde_json::from_str(stored).map_err(|_| WrongAnswer::Wrong)?;
        let result = self
            .0
            .finish_discoverable_authentication_v2(
                &answer.0,
                ceremony.state.clone(),
                DiscoverableKey::from(&passkey),
            )
            .map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => WrongAnswer::Copied,
                _ => WrongAnswer::Wrong,
            })?;
        if !result.user_verified() {
            return Err(WrongAnswer::Wrong);
        }
        passkey.update_credential(&result);
        Ok(Signature {
            credential: serde_json::to_string(&passkey).map_err(|_| WrongAnswer::Wrong)?,
            shared: result.backup_eligible(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn server() -> RelyingParty {
        RelyingParty::of(&Url::parse("https://id.example.org/below").unwrap()).unwrap()
    }

    #[test]
    fn a_server_with_an_ip_address_has_no_passkeys() {
        for address in ["http://127.0.0.1:8080", "https://[2001:db8::1]"] {
            assert!(RelyingParty::of(&Url::parse(address).unwrap()).is_none());
        }
    }

    #[test]
    fn a_challenge_opens_for_its_purpose_holder_and_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let (master, now) = (MasterKey::create(folder.path()).unwrap(), Time::from_seconds(100));
        let begun = server().begin_sign_in(now, Duration::from_secs(10)).unwrap();
        let sealed = begun.ceremony.seal(&master, "one");
        let opens = |holder, now| SignIn::open(&master, holder, &sealed, now).is_some();
        assert!(opens("one", Time::from_seconds(109)));
        assert!(!opens("one", Time::from_seconds(110)));
        assert!(!opens("other", now));
        assert!(Registration::open(&master, "one", &sealed, now).is_none());
    }

    proptest! {
        #[test]
        fn b55_no_answer_makes_the_reader_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            prefix in prop::sample::select(vec![
                &b""[..], &b"\xa3cfmtdnone"[..], &b"\xa3cfmtdnonegattStmt\xa0hauthDataX"[..], &b"\x9f\x9f\x9f"[..],
            ]),
        ) {
            let server = server();
            let account = AccountId("01990000-0000-7000-8000-000000000000".into());
            let owner = Owner { account: &account, username: "ann", name: "Ann", existing: Vec::new() };
            let begun = server.begin_registration(owner, "Example", Time(0)).unwrap();
            let options: Value = serde_json::from_str(&begun.options).unwrap();
            let client = json!({
                "type": "webauthn.create", "challenge": options["challenge"], "origin": "https://id.example.org",
            });
            let object = [prefix, &bytes].concat();
            let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let answer = json!({
                "id": "AA", "rawId": "AA", "type": "public-key",
                "response": {
                    "clientDataJSON": encode(client.to_string().as_bytes()), "attestationObject": encode(&object),
                },
            });
            prop_assert!(server.finish_registration(&begun.ceremony, &answer.to_string()).is_none());
            prop_assert!(Answer::parse(&String::from_utf8_lossy(&bytes)).is_none());
        }
    }
}
