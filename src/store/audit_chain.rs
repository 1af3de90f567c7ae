//! The hash chain over the audit log: the hash of an entry covers the entry before it, and every batch of
//! entries has a seal.
//!
//! Committed entries join the chain in batches, so that writing an entry never waits for another. The order
//! of the chain is the sequence, not the id: an entry whose transaction ended late goes into a later batch. A
//! hash needs no secret, but a seal is a MAC with the master key: somebody who has only the database can
//! change entries and hashes, but cannot seal them.

use sha2::{Digest, Sha256};

use super::{Conn, Db, Error, Tx, counters};
use crate::clock::Time;
use crate::crypto::MasterKey;
use crate::model::audit::StoredEntry;

pub(super) type Hash = [u8; 32];

/// The hash that the first entry follows.
pub(super) const START: Hash = [0; 32];
/// The maximum number of entries in a batch; bounds the memory and the time of one transaction.
const MAX_BATCH: i64 = 5_000;
/// The same on `SQLite`, where all writers wait for the batch.
const SQLITE_MAX_BATCH: i64 = 500;
/// How many entries one statement adds to the chain.
const CHUNK: usize = 250;
/// The length of the ids that [`crate::model::new_id`] makes.
const ID_LENGTH: usize = 36;

/// A batch of entries and the seal on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) first_sequence: i64,
    pub(super) last_sequence: i64,
    pub(super) at: Time,
    pub(super) last_hash: Vec<u8>,
    pub(super) seal: Vec<u8>,
}

from_row!(Batch {
    first_sequence,
    last_sequence,
    at,
    last_hash,
    seal
});

impl Batch {
    /// Computes the seal. The last hash covers every entry up to it, in this batch and in earlier ones.
    pub(super) fn expected_seal(&self, master: &MasterKey) -> Hash {
        let (first, last) = (
            self.first_sequence.to_be_bytes(),
            self.last_sequence.to_be_bytes(),
        );
        master.mac(
            "audit seal",
            &[&first, &last, &self.at.0.to_be_bytes(), &self.last_hash],
        )
    }
}

/// Encodes an entry unambiguously: every part follows its length.
///
/// A column added later must go at the end, and only if it differs from its default, so that old hashes stay
/// valid.
fn encode(row: &StoredEntry) -> Vec<u8> {
    let at = row.at.0.to_be_bytes();
    let parts = [
        row.id.as_bytes(),
        &at,
        row.actor.as_bytes(),
        row.address.as_bytes(),
        row.on_behalf.as_bytes(),
        row.action.as_bytes(),
        row.target.as_bytes(),
        row.outcome.as_bytes(),
        row.detail.as_bytes(),
    ];
    let mut encoded = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        encoded.extend_from_slice(&(part.len() as u64).to_be_bytes());
        encoded.extend_from_slice(part);
    }
    encoded
}

/// The hash of an entry at its sequence number.
pub(super) fn row_hash(previous: &Hash, sequence: i64, row: &StoredEntry) -> Hash {
    let hash = Sha256::new()
        .chain_update(previous)
        .chain_update(sequence.to_be_bytes())
        .chain_update(encode(row));
    hash.finalize().into()
}

/// The last sequence number and hash. Entries that somebody inserted after the last seal are kept and
/// skipped, so that sealing continues; verification reports them.
async fn end(tx: &mut Tx) -> Result<(i64, Hash), Error> {
    let sealed = query_opt!(
        tx,
        (i64, Vec<u8>),
        "SELECT last_sequence, last_hash FROM audit_seals ORDER BY last_sequence DESC LIMIT 1"
    )?;
    let placed = query_opt!(
        tx,
        (i64, Option<Vec<u8>>),
        "SELECT sequence, hash FROM audit WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1"
    )?;
    let (last, hash) = match (sealed, placed) {
        (Some((last, hash)), Some((placed, _))) if last >= placed => (last, hash),
        (_, Some((last, hash))) => (last, hash.unwrap_or_default()),
        (Some(sealed), None) => sealed,
        (None, None) => return Ok((0, START)),
    };
    Ok((last, hash.try_into().unwrap_or(START)))
}

/// Gives entries their sequence numbers, beginning with `first`.
async fn place(tx: &mut Tx, first: i64, rows: &[(String, Hash)]) -> Result<(), Error> {
    let mut sequence = first;
    for chunk in rows.chunks(CHUNK) {
        if chunk.iter().all(|(id, _)| id.len() == ID_LENGTH && id.is_ascii()) {
            place_together(tx, sequence, chunk).await?;
            sequence += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
            continue;
        }
        // Somebody inserted an entry by hand, with an id of another form.
        for (id, hash) in chunk {
            execute!(
                tx,
                "UPDATE audit SET sequence = $1, hash = $2 WHERE id = $3",
                sequence,
                hash.as_slice(),
                id
            )?;
            sequence += 1;
        }
    }
    Ok(())
}

async fn place_together(tx: &mut Tx, first: i64, rows: &[(String, Hash)]) -> Result<(), Error> {
    let ids: String = rows.iter().map(|(id, _)| id.as_str()).collect();
    let hashes: Vec<u8> = rows.iter().flat_map(|(_, hash)| *hash).collect();
    // One statement for the whole chunk: one text carries all ids, one blob all hashes. COALESCE gives the
    // blob its type.
    execute!(
        tx,
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
         UPDATE audit SET sequence = $2 + n.i, hash = substr(COALESCE($3, audit.hash), n.i * 32 + 1, 32) \
         FROM n WHERE audit.id = substr($4, n.i * 36 + 1, 36)",
        i64::try_from(rows.len()).unwrap_or(i64::MAX),
        first,
        hashes,
        ids
    )
}

/// Chains and seals the oldest unsealed entries, at most one batch; yields how many.
///
/// A counter serializes sealing, and sealing touches only committed entries, so adding an entry never waits
/// for it. On `SQLite`, where all writes are serialized, a batch is short.
pub async fn seal(tx: &mut Tx, master: &MasterKey, now: Time) -> Result<u64, Error> {
    counters::next(tx, "audit").await?;
    let rows = unsealed(tx).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (end, mut hash) = end(tx).await?;
    let mut last = end;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        last = last.saturating_add(1);
        hash = row_hash(&hash, last, &row);
        placed.push((row.id, hash));
    }
    let first = end.saturating_add(1);
    place(tx, first, &placed).await?;
    let mut batch = Batch {
        first_sequence: first,
        last_sequence: last,
        at: now,
        last_hash: hash.to_vec(),
        seal: Vec::new(),
    };
    batch.seal = batch.expected_seal(master).to_vec();
    insert(tx, &batch).await?;
    Ok(placed.len() as u64)
}

/// The oldest unsealed entries, at most one batch.
async fn unsealed(tx: &mut Tx) -> Result<Vec<StoredEntry>, Error> {
    let most = match tx.conn {
        Conn::Sqlite(_) => SQLITE_MAX_BATCH,
        Conn::Postgres(_) => MAX_BATCH,
    };
    query_all!(
        tx,
        StoredEntry,
        select!(
            audit_columns,
            "FROM audit a \
         WHERE sequence IS NULL ORDER BY id LIMIT $1"
        ),
        most
    )
}

async fn insert(tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO audit_seals (last_sequence, first_sequence, at, last_hash, seal) VALUES ($1, $2, $3, $4, $5)",
        batch.last_sequence,
        batch.first_sequence,
        batch.at,
        &batch.last_hash,
        &batch.seal
    )
}

/// Seals all unsealed entries, batch after batch; yields how many.
///
/// Batches sealed before a failure stay sealed.
pub async fn seal_all(db: &Db, master: &MasterKey, now: Time) -> Result<u64, Error> {
    let mut sealed = 0;
    while is_anything_unsealed(db).await? {
        let master = master.clone();
        sealed += db
            .write::<_, Error, _>(move |tx| Box::pin(async move { seal(tx, &master, now).await }))
            .await?;
    }
    Ok(sealed)
}

async fn is_anything_unsealed(db: &Db) -> Result<bool, Error> {
    let mut conn = db.read().await?;
    let found = query_opt!(
        conn,
        (String,),
        "SELECT id FROM audit WHERE sequence IS NULL ORDER BY id LIMIT 1"
    )?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(parts: &[String], at: i64) -> StoredEntry {
        StoredEntry {
            id: parts[0].clone(),
            at: Time(at),
            actor: parts[1].clone(),
            address: parts[2].clone(),
            on_behalf: parts[3].clone(),
            action: parts[4].clone(),
            target: parts[5].clone(),
            outcome: parts[6].clone(),
            detail: parts[7].clone(),
            sequence: None,
            hash: None,
        }
    }

    #[test]
    fn text_that_moves_to_the_next_column_changes_the_encoding() {
        let parts = ["a", "b", "c", "d", "e", "f", "g", "h"].map(str::to_owned);
        let all = |change: &dyn Fn(&mut [String; 8])| {
            let mut changed = parts.clone();
            change(&mut changed);
            encode(&row(&changed, 1))
        };
        let plain = all(&|_| ());
        assert_eq!(plain, encode(&row(&parts, 1)));
        assert_ne!(plain, encode(&row(&parts, 2)));
        for at in 0..8 {
            assert_ne!(plain, all(&|parts| parts[at].push('x')), "column {at}");
            assert_ne!(plain, all(&|parts| parts[at].clear()), "column {at}");
        }
        for at in 0..7 {
            let joined = all(&|parts| {
                let moved = std::mem::take(&mut parts[at + 1]);
                parts[at].push_str(&moved);
            });
            assert_ne!(plain, joined, "columns {at} and {}", at + 1);
        }
    }

    #[test]
    fn a_hash_covers_the_entry_its_sequence_number_and_the_previous_hash() {
        let row = row(&["a", "b", "c", "d", "e", "f", "g", "h"].map(str::to_owned), 1);
        let hash = row_hash(&START, 1, &row);
        assert_ne!(hash, row_hash(&START, 2, &row));
        assert_ne!(hash, row_hash(&[1; 32], 1, &row));
    }

    proptest! {
        #[test]
        fn no_two_entries_have_the_same_encoding(
            one in prop::collection::vec("[ab\\x00]{0,3}", 8),
            other in prop::collection::vec("[ab\\x00]{0,3}", 8),
            (at, other_at) in (0_i64..3, 0_i64..3),
        ) {
            let same = one == other && at == other_at;
            prop_assert_eq!(same, encode(&row(&one, at)) == encode(&row(&other, other_at)));
        }
    }
}
