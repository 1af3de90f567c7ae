//! Chains and seals forged by somebody who has the database but not the master key.

use doorward::model::audit::{ChainError, Head, StoredEntry};
use sha2::{Digest, Sha256};

use super::{add, all, check, expect, expect_broken, seal_now, tamper, three_batches};
use crate::support::{TestApp, apply, on_both};

/// The hash of an entry, implemented a second time from its definition.
fn hash_of(previous: &[u8], sequence: i64, row: &StoredEntry) -> Vec<u8> {
    let mut bytes = previous.to_vec();
    bytes.extend(sequence.to_be_bytes());
    let at = row.at.0.to_be_bytes();
    let texts = [
        &row.actor,
        &row.address,
        &row.on_behalf,
        &row.action,
        &row.target,
        &row.outcome,
        &row.detail,
    ];
    let parts = [row.id.as_bytes(), &at].into_iter();
    for part in parts.chain(texts.map(String::as_bytes)) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    Sha256::digest(bytes).to_vec()
}

/// Changes to the seals, each with the reported entry and fault.
const FORGED_SEALS: [(&str, i64, ChainError); 10] = [
    (
        "UPDATE audit_seals SET last_hash = (SELECT hash FROM audit WHERE sequence = 19) WHERE last_sequence = 20",
        20,
        ChainError::SealWrong,
    ),
    (
        "UPDATE audit_seals SET seal = last_hash WHERE last_sequence = 20",
        20,
        ChainError::SealWrong,
    ),
    (
        "UPDATE audit_seals SET seal = (SELECT seal FROM audit_seals WHERE last_sequence = 10) \
         WHERE last_sequence = 20",
        20,
        ChainError::SealWrong,
    ),
    (
        "UPDATE audit_seals SET first_sequence = 12 WHERE last_sequence = 20",
        11,
        ChainError::NoSeal,
    ),
    (
        "UPDATE audit_seals SET first_sequence = 10 WHERE last_sequence = 20",
        20,
        ChainError::SealWrong,
    ),
    (
        "UPDATE audit_seals SET at = at + 1 WHERE last_sequence = 20",
        20,
        ChainError::SealWrong,
    ),
    (
        "UPDATE audit_seals SET last_sequence = 19 WHERE last_sequence = 20",
        19,
        ChainError::SealWrong,
    ),
    (
        "DELETE FROM audit_seals WHERE last_sequence = 10",
        1,
        ChainError::NoSeal,
    ),
    (
        "DELETE FROM audit_seals WHERE last_sequence = 30",
        21,
        ChainError::NoSeal,
    ),
    ("DELETE FROM audit_seals", 1, ChainError::NoSeal),
];

#[apply(on_both)]
async fn d15_a_changed_or_removed_seal_is_reported(test: TestApp) {
    three_batches(&test).await;
    for (sql, sequence, fault) in FORGED_SEALS {
        expect(&test, &[sql], sequence, fault, true).await;
    }
}

/// Recomputes the hash of every entry after a change to number 15; yields the entries in order.
async fn recompute_hashes(test: &TestApp) -> Vec<StoredEntry> {
    let mut entries = all(test).await;
    entries.sort_by_key(|entry| entry.sequence);
    let mut previous = vec![0; 32];
    for entry in &mut entries {
        let sequence = entry.sequence.unwrap();
        previous = hash_of(&previous, sequence, entry);
        if sequence < 15 {
            assert_eq!(entry.hash.as_ref(), Some(&previous), "the definition of the hash");
        }
        let hash = test.bytes_literal(&previous);
        test.sql(&format!(
            "UPDATE audit SET hash = {hash} WHERE sequence = {sequence}"
        ))
        .await;
        entry.hash = Some(previous.clone());
    }
    entries
}

#[apply(on_both)]
async fn d15_a_chain_forged_without_the_master_key_is_reported(test: TestApp) {
    three_batches(&test).await;
    let change = "UPDATE audit SET actor = 'nobody' WHERE sequence = 15";
    expect(&test, &[change], 15, ChainError::Changed, true).await;
    let entries = recompute_hashes(&test).await;
    expect_broken(&test, None, 20, ChainError::SealWrong).await;

    // The seals get the matching hashes.
    for entry in &entries[19..] {
        let (sequence, hash) = (entry.sequence.unwrap(), entry.hash.as_ref().unwrap());
        let hash = test.bytes_literal(hash);
        test.sql(&format!(
            "UPDATE audit_seals SET last_hash = {hash} WHERE last_sequence = {sequence}"
        ))
        .await;
    }
    let found = expect_broken(&test, None, 20, ChainError::SealWrong).await;
    assert_eq!(found.id, Some(entries[19].id.clone()));
    let report = check(&test, None).await;
    assert_eq!((report.seals, report.head), (1, None));

    // Sealing continues, and the fault remains.
    add(&test, 3).await;
    seal_now(&test).await;
    let later = check(&test, None).await;
    assert_eq!((later.broken.unwrap(), later.unsealed), (found, 0));
}

#[apply(on_both)]
async fn d15_a_truncated_log_is_reported(test: TestApp) {
    three_batches(&test).await;
    let head = check(&test, None).await.head.unwrap();
    assert_eq!(head.to_string().parse(), Ok(head.clone()));
    assert_eq!(check(&test, Some(&head)).await.broken, None);
    let other = Head {
        sequence: 20,
        ..head.clone()
    };
    expect_broken(&test, Some(&other), 20, ChainError::OtherHead).await;

    let cut = [
        "DELETE FROM audit WHERE sequence > 20",
        "DELETE FROM audit_seals WHERE last_sequence > 20",
    ];
    tamper(&test, &cut).await;
    let alone = check(&test, None).await.broken;
    assert_eq!(alone, None, "without a noted head, it looks like an older log");
    expect_broken(&test, Some(&head), 21, ChainError::CutOff).await;
    add(&test, 20).await;
    seal_now(&test).await;
    expect_broken(&test, Some(&head), 30, ChainError::OtherHead).await;
}
