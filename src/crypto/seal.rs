//! Sealing: authenticated encryption of stored secrets that must be read back, such as private keys.
//!
//! This file defines the format of sealed values and the keyed hash; `master_key.rs` provides the keys.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead as _, Payload};
use hmac::Mac as _;

use super::master_key::MasterKey;
use super::secret::{Secret, random_bytes};

/// The first byte of every sealed value, so that the format can change.
const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 8;
const NONCE_LEN: usize = 12;
const HEADER_LEN: usize = 1 + KEY_ID_LEN;

/// The place that a sealed value is bound to as associated data, so that values cannot be swapped between
/// rows.
#[derive(Clone, Copy, Debug)]
pub struct Aad<'a> {
    /// The table.
    pub table: &'a str,
    /// The id of the row.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

/// Why a sealed value could not be opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// Another master key sealed it.
    #[error("this value was encrypted with another master key: {0}")]
    OtherKey(String),
    /// It was changed, truncated, or copied from another row or column.
    #[error("this encrypted value is damaged or belongs to another row")]
    Damaged,
}

/// Joins the parts unambiguously: every part follows its length.
fn framed<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

fn associated(header: &[u8], aad: Aad<'_>) -> Vec<u8> {
    framed([
        header,
        aad.table.as_bytes(),
        aad.row.as_bytes(),
        aad.column.as_bytes(),
    ])
}

impl MasterKey {
    /// Encrypts with AES-256-GCM: version, key id, random nonce, ciphertext, tag; 37 bytes longer than the plaintext.
    ///
    /// # Panics
    /// For a plaintext of 64 GiB or more, which AES-GCM cannot take.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "AES-GCM fails only on input no caller can hold"
    )]
    pub fn seal(&self, plaintext: &[u8], aad: Aad<'_>) -> Vec<u8> {
        let mut record = Vec::with_capacity(HEADER_LEN + NONCE_LEN + plaintext.len() + 16);
        record.push(VERSION);
        record.extend_from_slice(self.id_bytes());
        let nonce = random_bytes::<NONCE_LEN>();
        let aad = associated(&record, aad);
        let sealed = self
            .cipher()
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: plaintext,
                    aad: &aad,
                },
            )
            .expect("the plaintext is shorter than 64 GiB");
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&sealed);
        record
    }

    /// Decrypts what [`MasterKey::seal`] made for the same place.
    ///
    /// # Errors
    /// [`SealError::OtherKey`] when another master key sealed it, else [`SealError::Damaged`].
    pub fn open(&self, record: &[u8], aad: Aad<'_>) -> Result<Secret<Vec<u8>>, SealError> {
        let (header, rest) = record.split_at_checked(HEADER_LEN).ok_or(SealError::Damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        if header[0] != VERSION {
            return Err(SealError::Damaged);
        }
        if header[1..] != *self.id_bytes() {
            return Err(SealError::OtherKey(hex::encode(&header[1..])));
        }
        let aad = associated(header, aad);
        self.cipher()
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &aad,
                },
            )
            .map(Secret::new)
            .map_err(|_| SealError::Damaged)
    }

    /// HMAC-SHA256 over the label and the parts; the label separates each use from all others.
    #[must_use]
    pub fn mac(&self, label: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.hmac();
        mac.update(&framed(
            std::iter::once(label.as_bytes()).chain(parts.iter().copied()),
        ));
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Aad<'_> = Aad {
        table: "factors",
        row: "1",
        column: "seed",
    };

    #[test]
    fn a_sealed_value_opens_and_is_different_each_time() {
        let key = MasterKey::from_bytes([7; 32]);
        let one = key.seal(b"seed", PLACE);
        assert_ne!(one, key.seal(b"seed", PLACE));
        assert_eq!(one.len(), 4 + 37);
        assert_eq!(key.open(&one, PLACE).unwrap().expose(), b"seed");
        assert_eq!(key.open(&key.seal(b"", PLACE), PLACE).unwrap().expose(), b"");
    }

    #[test]
    fn a_sealed_value_opens_only_for_its_own_row_and_column() {
        let key = MasterKey::from_bytes([7; 32]);
        let sealed = key.seal(b"seed", PLACE);
        let others = [
            Aad {
                table: "settings",
                ..PLACE
            },
            Aad { row: "2", ..PLACE },
            Aad {
                column: "name",
                ..PLACE
            },
            // The same characters, split at another position.
            Aad {
                table: "factors1",
                row: "",
                ..PLACE
            },
            Aad {
                table: "factor",
                row: "s1",
                ..PLACE
            },
        ];
        for other in others {
            assert_eq!(
                key.open(&sealed, other).unwrap_err(),
                SealError::Damaged,
                "{other:?}"
            );
        }
    }

    #[test]
    fn any_changed_or_missing_byte_is_detected() {
        let key = MasterKey::from_bytes([7; 32]);
        let sealed = key.seal(b"seed", PLACE);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed, PLACE).is_err(), "byte {at}");
            assert_eq!(
                key.open(&sealed[..at], PLACE).unwrap_err(),
                SealError::Damaged,
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_value_sealed_with_another_master_key_is_reported_as_such() {
        let (ours, theirs) = (MasterKey::from_bytes([7; 32]), MasterKey::from_bytes([8; 32]));
        let error = ours.open(&theirs.seal(b"seed", PLACE), PLACE).unwrap_err();
        assert_eq!(error, SealError::OtherKey(theirs.id()));
    }

    #[test]
    fn a_mac_depends_on_key_label_and_where_the_parts_end() {
        let key = MasterKey::from_bytes([7; 32]);
        let macs = [
            key.mac("csrf", &[b"ab", b"c"]),
            key.mac("csrf", &[b"a", b"bc"]),
            key.mac("csrf", &[b"abc"]),
            key.mac("refresh", &[b"ab", b"c"]),
            MasterKey::from_bytes([8; 32]).mac("csrf", &[b"ab", b"c"]),
        ];
        for (at, mac) in macs.iter().enumerate() {
            assert!(!macs[..at].contains(mac), "{at}");
        }
        assert_eq!(macs[0], key.mac("csrf", &[b"ab", b"c"]));
    }
}
