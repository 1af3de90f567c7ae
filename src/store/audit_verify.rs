//! Verifies the audit log: the sequence, every hash and every seal.

use std::collections::VecDeque;

use super::audit_chain::{Batch, Hash, START, row_hash};
use super::{Conn, Error};
use crate::crypto::{MasterKey, constant_time_eq};
use crate::model::audit::{Broken, ChainError, Head, Report, StoredEntry};

/// How many entries are read at once.
const ROWS: i64 = 1_000;
/// How many batches' seals are read at once.
const BATCHES: i64 = 500;

/// Verifies the whole log in pages of bounded size; entries may be added and sealed meanwhile.
///
/// `earlier_head` is the head that an earlier verification reported. Without it, the removal of the newest entries
/// together with their seals cannot be detected.
pub async fn verify(
    conn: &mut Conn,
    master: &MasterKey,
    earlier_head: Option<&Head>,
) -> Result<Report, Error> {
    let mut walk = Walk {
        conn,
        earlier_head,
        sequence: 0,
        hash: START,
        seals: 0,
        page: VecDeque::new(),
        read: 0,
    };
    let broken = walk.verify_all(master).await?;
    let head = Head {
        sequence: walk.sequence,
        hash: walk.hash,
    };
    let (entries, seals) = (u64::try_from(walk.sequence).unwrap_or(0), walk.seals);
    let (unsealed,) = query_one!(conn, (i64,), "SELECT COUNT(*) FROM audit WHERE sequence IS NULL")?;
    Ok(Report {
        entries,
        seals,
        unsealed: u64::try_from(unsealed).unwrap_or(0),
        head: (broken.is_none() && head.sequence > 0).then_some(head),
        broken,
    })
}

/// The progress of a verification.
struct Walk<'a> {
    conn: &'a mut Conn,
    earlier_head: Option<&'a Head>,
    /// The last sequence number that was verified.
    sequence: i64,
    /// The hash of that entry.
    hash: Hash,
    seals: u64,
    /// Entries that have been read and not yet verified.
    page: VecDeque<StoredEntry>,
    /// The last sequence number that has been read.
    read: i64,
}

impl Walk<'_> {
    async fn verify_all(&mut self, master: &MasterKey) -> Result<Option<Broken>, Error> {
        // Sequence numbers begin with 1, so an entry with a lower one was inserted by somebody else.
        if let Some(row) = self.first_row(i64::MIN, 0).await? {
            return Ok(broken(
                row.sequence.unwrap_or(0),
                Some(row.id),
                ChainError::Inserted,
            ));
        }
        loop {
            let batches = query_all!(
                self.conn,
                Batch,
                "SELECT first_sequence, last_sequence, at, last_hash, seal FROM audit_seals \
                 WHERE last_sequence > $1 ORDER BY last_sequence LIMIT $2",
                self.sequence,
                BATCHES
            )?;
            let Some(until) = batches.last().map(|batch| batch.last_sequence) else {
                let next = self.first_row(self.sequence.saturating_add(1), i64::MAX).await?;
                if next.is_some() && self.is_sealed_further().await? {
                    // More entries were sealed since the seals were read.
                    continue;
                }
                return Ok(self.after_last_seal(next));
            };
            for batch in batches {
                let fault = self.check(&batch, until, master).await?;
                if fault.is_some() {
                    return Ok(fault);
                }
            }
        }
    }

    /// Classifies a sequence number that no seal covers: either its seal is missing, or its entry as well.
    async fn without_seal(&mut self, place: i64) -> Result<Option<Broken>, Error> {
        let row = self.first_row(place, place).await?;
        let fault = if row.is_some() {
            ChainError::NoSeal
        } else {
            ChainError::Missing
        };
        Ok(broken(place, row.map(|row| row.id), fault))
    }

    /// Verifies the entries of a batch, then its seal; `until` limits how far entries are read ahead.
    async fn check(
        &mut self,
        batch: &Batch,
        until: i64,
        master: &MasterKey,
    ) -> Result<Option<Broken>, Error> {
        let first = self.sequence + 1;
        if batch.first_sequence > first {
            return self.without_seal(first).await;
        }
        let mut last = None;
        while self.sequence < batch.last_sequence {
            let place = self.sequence + 1;
            let Some(row) = self.next(until).await? else {
                return self.missing_entry(place).await;
            };
            if row.sequence != Some(place) {
                return Ok(broken(place, None, ChainError::Missing));
            }
            let hash = row_hash(&self.hash, place, &row);
            if row.hash.as_deref() != Some(&hash) {
                let fault = self.changed_or_inserted(&row, place, until).await?;
                return Ok(broken(place, Some(row.id), fault));
            }
            if let Some(earlier_head) = self.earlier_head
                && earlier_head.sequence == place
                && earlier_head.hash != hash
            {
                return Ok(broken(place, Some(row.id), ChainError::OtherHead));
            }
            (self.sequence, self.hash, last) = (place, hash, Some(row.id));
        }
        let is_right = batch.first_sequence == first
            && batch.last_hash == self.hash
            && constant_time_eq(&batch.seal, &batch.expected_seal(master));
        if !is_right {
            return Ok(broken(batch.last_sequence, last, ChainError::SealWrong));
        }
        self.seals += 1;
        Ok(None)
    }

    /// Reports an entry after the last seal, or an earlier head that the chain does not reach.
    fn after_last_seal(&self, next: Option<StoredEntry>) -> Option<Broken> {
        let place = self.sequence.saturating_add(1);
        if let Some(row) = next {
            return broken(row.sequence.unwrap_or(place), Some(row.id), ChainError::NoSeal);
        }
        let earlier_head = self.earlier_head?;
        if earlier_head.sequence > self.sequence {
            return broken(place, None, ChainError::CutOff);
        }
        None
    }

    /// Classifies a missing entry that a seal covers.
    async fn missing_entry(&mut self, place: i64) -> Result<Option<Broken>, Error> {
        let later = self.first_row(place, i64::MAX).await?;
        let fault = if later.is_some() {
            ChainError::Missing
        } else {
            ChainError::CutOff
        };
        Ok(broken(place, None, fault))
    }

    /// Classifies an entry whose hash is wrong at `place`.
    async fn changed_or_inserted(
        &mut self,
        row: &StoredEntry,
        place: i64,
        until: i64,
    ) -> Result<ChainError, Error> {
        let Some(next) = self.next(until).await? else {
            return Ok(ChainError::Changed);
        };
        // If the next entry's hash fits here, `row` was inserted, unless `row` fits right after it: then the
        // two were swapped.
        let hash = row_hash(&self.hash, place, &next);
        let next_fits_here = next.hash.as_deref() == Some(&hash);
        let is_swapped = row.hash.as_deref() == Some(&row_hash(&hash, place + 1, row));
        Ok(if next_fits_here && !is_swapped {
            ChainError::Inserted
        } else {
            ChainError::Changed
        })
    }

    /// The next entry of the chain, up to the sequence number `until`.
    async fn next(&mut self, until: i64) -> Result<Option<StoredEntry>, Error> {
        if self.page.is_empty() {
            let rows = query_all!(
                self.conn,
                StoredEntry,
                select!(
                    audit_columns,
                    "FROM audit a \
                 WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3"
                ),
                self.read,
                until,
                ROWS
            )?;
            self.read = rows.last().and_then(|row| row.sequence).unwrap_or(self.read);
            self.page = rows.into();
        }
        Ok(self.page.pop_front())
    }

    async fn is_sealed_further(&mut self) -> Result<bool, Error> {
        let seal = query_opt!(
            self.conn,
            (i64,),
            "SELECT last_sequence FROM audit_seals WHERE last_sequence > $1 ORDER BY last_sequence LIMIT 1",
            self.sequence
        )?;
        Ok(seal.is_some())
    }

    /// The first entry with a sequence number from `from` to `to`.
    async fn first_row(&mut self, from: i64, to: i64) -> Result<Option<StoredEntry>, Error> {
        query_opt!(
            self.conn,
            StoredEntry,
            select!(
                audit_columns,
                "FROM audit a \
             WHERE sequence >= $1 AND sequence <= $2 ORDER BY sequence LIMIT 1"
            ),
            from,
            to
        )
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every caller returns an option")]
fn broken(sequence: i64, id: Option<String>, fault: ChainError) -> Option<Broken> {
    Some(Broken { sequence, id, fault })
}
