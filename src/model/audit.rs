//! The audit log: its entries, the filter of lists, and the result of a verification.

use std::fmt;

use serde::Serialize;

use crate::clock::Time;

/// A stored entry, with ids for actor and target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its id, which sorts by time.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// Who did it: an account id, or the name of an actor without an account (`host`, `set-up`, `system`, `visitor`).
    pub actor: String,
    /// The client's IP address; empty for a command on the host.
    pub address: String,
    /// The account id on whose behalf the actor did it; empty if it was their own.
    pub on_behalf: String,
    /// The action, as family and name: `account.suspend`.
    pub action: String,
    /// The id of the account, app, session or other object that was acted on.
    pub target: String,
    /// `ok`, or one word that says why the action was refused.
    pub outcome: String,
    /// Further details as a JSON object; a change has the fields that differ in `before` and `after`.
    pub detail: String,
    /// Its sequence number in the chain, once it is sealed.
    pub sequence: Option<i64>,
    /// The hash of this entry and of all before it, once it is sealed.
    pub hash: Option<Vec<u8>>,
}

/// The filter of a list; an empty field excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The actor.
    pub actor: String,
    /// The id of the target.
    pub target: String,
    /// A prefix of the action: `account.` for every action on accounts.
    pub action: String,
    /// The outcome.
    pub outcome: String,
    /// At this time or later, to the millisecond.
    pub since: Option<Time>,
    /// Before this time, to the millisecond.
    pub until: Option<Time>,
    /// Older than the entry with this id, the last one of the previous page.
    pub before: Option<String>,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries are intact, up to the first one that is not.
    pub entries: u64,
    /// How many seals are intact, up to the first one that is not.
    pub seals: u64,
    /// How many entries are not sealed yet.
    pub unsealed: u64,
    /// The end of the chain, if it is intact and not empty.
    pub head: Option<Head>,
    /// The first fault.
    pub broken: Option<Broken>,
}

/// A sequence number and its hash. Kept outside the database, it lets a later verification detect that the newest
/// entries were removed together with their seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The sequence number.
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

/// The first fault in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The sequence number.
    pub sequence: i64,
    /// The id of the entry there; `None` if it is missing.
    pub id: Option<String>,
    /// The kind of fault.
    pub fault: ChainError,
}

/// A fault in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainError {
    /// The entry's hash is wrong at this sequence number.
    Changed,
    /// The entry is missing, and there are later ones.
    Missing,
    /// The entry was inserted after its neighbours were sealed.
    Inserted,
    /// The entry is in the chain, but no seal covers it.
    NoSeal,
    /// The seal after this entry does not match the master key and the entries.
    SealWrong,
    /// All entries from this sequence number on are missing, although a seal or the head of an earlier verification
    /// covers them.
    CutOff,
    /// The hash at this sequence number differs from the head of an earlier verification.
    OtherHead,
}
