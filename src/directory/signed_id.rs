//! Ids that this server has issued, each with a MAC instead of a stored secret: in mailed links, so that queued mail
//! contains no secret, and in the page after a registration.

use crate::crypto::{MasterKey, Token, constant_time_eq};

/// What a signed id is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The link in the mail of an invitation.
    Invitation,
    /// The link in a mail that proves an address.
    EmailProof,
    /// The page after a registration that is pending.
    Registration,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Invitation => "mailed invitation",
            Self::EmailProof => "email proof",
            Self::Registration => "registration",
        }
    }
}

/// An id whose MAC was right.
#[derive(Clone, Debug)]
pub struct SignedId(String);

impl SignedId {
    /// The id with its MAC, as one segment of a path.
    #[must_use]
    pub fn text(master: &MasterKey, purpose: Purpose, id: &str) -> String {
        let mac = Token::from_bytes(&master.mac(purpose.label(), &[id.as_bytes()]));
        format!("{id}.{}", mac.as_str())
    }

    /// The id in a text that [`Self::text`] has made for the same purpose.
    #[must_use]
    pub fn open(master: &MasterKey, purpose: Purpose, text: &str) -> Option<Self> {
        let (id, _) = text.split_once('.')?;
        let right = Self::text(master, purpose, id);
        constant_time_eq(right.as_bytes(), text.as_bytes()).then(|| Self(id.to_owned()))
    }

    /// The id.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
