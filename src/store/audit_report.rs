//! What a check of the audit record finds, and how it is said.

use std::fmt;

use serde::Serialize;

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many rows are as they were sealed, up to the first that is not.
    pub rows: u64,
    /// How many seals are right, up to the first that is not.
    pub seals: u64,
    /// How many rows wait for their seal.
    pub unsealed: u64,
    /// Where the chain ends, if it is whole and not empty.
    pub head: Option<Head>,
    /// The first row that is not as it was sealed.
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

/// Where the record is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The place in the chain.
    pub sequence: i64,
    /// The row there; none when it is missing.
    pub id: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The row does not have the hash that it must have in this place.
    Changed,
    /// There is no row in this place, but there are later ones.
    Missing,
    /// The row was not there when its neighbours were sealed.
    Inserted,
    /// The row is in the chain, but no seal covers it.
    NoSeal,
    /// The seal that ends with this row was not made with the master key over these rows.
    SealWrong,
    /// The rows from this place on are missing, up to a seal or a noted head that covers them.
    CutOff,
    /// The chain has another hash in this place than the head that was noted.
    OtherHead,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "the row was changed or moved after it was sealed",
            Self::Missing => "the row is missing",
            Self::Inserted => "the row was inserted",
            Self::NoSeal => "the row is in the chain, but no seal covers it",
            Self::SealWrong => "the seal over the rows up to here is wrong, so one of them may be forged",
            Self::CutOff => "the record is cut off: rows from here on were sealed and are missing",
            Self::OtherHead => "the chain has another hash here than the head that was noted",
        })
    }
}
