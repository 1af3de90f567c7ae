//! The audit log: what an entry says, which entries a list asks for, and what a check of the log finds.

use std::fmt;

use serde::Serialize;

use crate::clock::Time;

/// An entry as it is stored: who did what to whom, by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its id, which sorts by the time it was written.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// Who did it: an account's id, or the name of what is no account (`host`, `set-up`, `visitor`).
    pub actor: String,
    /// The address it came from; empty when it came from the host itself.
    pub address: String,
    /// For whom the actor did it, when that is somebody else: an account's id, or empty.
    pub on_behalf: String,
    /// What was done, by its family and its name: `account.suspend`.
    pub action: String,
    /// What it was done to: the id of an account, an app, a session.
    pub target: String,
    /// `ok`, or one word for why it was not done.
    pub outcome: String,
    /// More, as a JSON object; a change has the fields that differ in `before` and `after`.
    pub detail: String,
    /// Its place in the chain, once it is sealed.
    pub sequence: Option<i64>,
    /// The hash of this entry and of all before it, once it is sealed.
    pub hash: Option<Vec<u8>>,
}

/// Which entries; what is empty or none excludes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who did it.
    pub actor: String,
    /// What it was done to.
    pub target: String,
    /// How the action begins: `account.` for all that was done to accounts.
    pub action: String,
    /// With which outcome.
    pub outcome: String,
    /// Not before this moment, to the millisecond.
    pub since: Option<Time>,
    /// Before this moment, to the millisecond.
    pub until: Option<Time>,
    /// Entries older than the one with this id: the last one of the page before.
    pub before: Option<String>,
}

/// What a check of the log has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries are as they were sealed, up to the first that is not.
    pub entries: u64,
    /// How many seals are right, up to the first that is not.
    pub seals: u64,
    /// How many entries wait for their seal.
    pub unsealed: u64,
    /// Where the chain ends, if it is whole and not empty.
    pub head: Option<Head>,
    /// The first entry that is not as it was sealed.
    pub broken: Option<Broken>,
}

/// A place in the chain and the hash there; noted elsewhere it shows later that nothing up to it was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The place.
    pub sequence: i64,
    /// The hash.
    pub hash: [u8; 32],
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, hex::encode(self.hash))
    }
}

impl std::str::FromStr for Head {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| {
            let (sequence, hash) = text.split_once(':')?;
            let mut bytes = [0; 32];
            hex::decode_to_slice(hash, &mut bytes).ok()?;
            Some(Self {
                sequence: sequence.parse().ok()?,
                hash: bytes,
            })
        };
        read(text).ok_or("a head is a number, a colon and 64 hexadecimal digits")
    }
}

impl Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where the log is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The place in the chain.
    pub sequence: i64,
    /// The entry there; none when it is missing.
    pub id: Option<String>,
    /// What is wrong.
    pub fault: ChainError,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainError {
    /// The entry does not have the hash that it must have in this place.
    Changed,
    /// There is no entry in this place, but there are later ones.
    Missing,
    /// The entry was not there when its neighbours were sealed.
    Inserted,
    /// The entry is in the chain, but no seal covers it.
    NoSeal,
    /// The seal that ends with this entry was not made with the master key over these entries.
    SealWrong,
    /// The entries from this place on are missing, up to a seal or a noted head that covers them.
    CutOff,
    /// The chain has another hash in this place than the head that was noted.
    OtherHead,
}
