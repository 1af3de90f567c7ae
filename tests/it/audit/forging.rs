//! Chains and seals that are made anew by somebody who holds the database and not the master key.

use doorward::model::audit::{ChainError, Head, StoredEntry};
use sha2::{Digest, Sha256};
use sqlx::Connection;

use super::{add, all, check, expect, seal_now, tamper, three_batches};
use crate::support::{TestApp, on_both};

on_both!(
    d15_a_chain_that_is_forged_without_the_master_key_is_named,
    d15_an_end_that_is_cut_off_is_named,
);

/// Sets the hash of a row, or of a seal, by hand.
async fn set_hash(test: &TestApp, sql: &'static str, hash: &[u8], sequence: i64) {
    if test.database.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(&test.database).await.unwrap();
        let set = sqlx::query(sql).bind(hash).bind(sequence);
        set.execute(&mut connection).await.unwrap();
    } else {
        let mut connection = sqlx::SqliteConnection::connect(&test.database).await.unwrap();
        let set = sqlx::query(sql).bind(hash).bind(sequence);
        set.execute(&mut connection).await.unwrap();
    }
}

/// The hash of a row by its definition, written down a second time.
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

async fn d15_a_chain_that_is_forged_without_the_master_key_is_named(test: TestApp) {
    three_batches(&test).await;
    for change in [
        "last_hash = (SELECT hash FROM audit WHERE sequence = 19)",
        "seal = last_hash",
        "seal = (SELECT seal FROM audit_seals WHERE last_sequence = 10)",
        "first_sequence = 12",
        "first_sequence = 10",
        "at = at + 1",
    ] {
        let update = format!("UPDATE audit_seals SET {change} WHERE last_sequence = 20");
        let (sequence, fault, names_row) = match change {
            "first_sequence = 12" => (11, ChainError::NoSeal, true),
            _ => (20, ChainError::SealWrong, true),
        };
        expect(&test, &[&update], sequence, fault, names_row).await;
    }
    let seals = [
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
    for (sql, sequence, fault) in seals {
        expect(&test, &[sql], sequence, fault, true).await;
    }

    // Every hash is recomputed after a change, and the seals are given the hashes that they should have.
    expect(
        &test,
        &["UPDATE audit SET actor = 'nobody' WHERE sequence = 15"],
        15,
        ChainError::Changed,
        true,
    )
    .await;
    let mut rows = all(&test).await;
    rows.sort_by_key(|row| row.sequence);
    let mut previous = vec![0; 32];
    for row in &rows {
        let sequence = row.sequence.unwrap();
        previous = hash_of(&previous, sequence, row);
        if sequence < 15 {
            assert_eq!(row.hash.as_ref(), Some(&previous), "the definition of the hash");
        }
        set_hash(
            &test,
            "UPDATE audit SET hash = $1 WHERE sequence = $2",
            &previous,
            sequence,
        )
        .await;
    }
    let found = check(&test, None).await.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (20, ChainError::SealWrong));
    for row in &rows[19..] {
        let sequence = row.sequence.unwrap();
        let hash = all(&test)
            .await
            .into_iter()
            .find(|other| other.id == row.id)
            .unwrap()
            .hash
            .unwrap();
        set_hash(
            &test,
            "UPDATE audit_seals SET last_hash = $1 WHERE last_sequence = $2",
            &hash,
            sequence,
        )
        .await;
    }
    let report = check(&test, None).await;
    let found = report.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (20, ChainError::SealWrong));
    assert_eq!(found.id, Some(rows[19].id.clone()));
    assert_eq!((report.seals, report.head), (1, None));

    // Sealing goes on, and the fault stays.
    add(&test, 3).await;
    seal_now(&test).await;
    let later = check(&test, None).await;
    assert_eq!((later.broken.unwrap(), later.unsealed), (found, 0));
}

async fn d15_an_end_that_is_cut_off_is_named(test: TestApp) {
    three_batches(&test).await;
    let head = check(&test, None).await.head.unwrap();
    assert_eq!(head.to_string().parse(), Ok(head.clone()));
    assert_eq!(check(&test, Some(&head)).await.broken, None);
    let other = Head {
        sequence: 20,
        ..head.clone()
    };
    let found = check(&test, Some(&other)).await.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (20, ChainError::OtherHead));

    let cut = [
        "DELETE FROM audit WHERE sequence > 20",
        "DELETE FROM audit_seals WHERE last_sequence > 20",
    ];
    tamper(&test, &cut).await;
    assert_eq!(
        check(&test, None).await.broken,
        None,
        "an older record is whole by itself"
    );
    let found = check(&test, Some(&head)).await.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (21, ChainError::CutOff));
    add(&test, 20).await;
    seal_now(&test).await;
    let found = check(&test, Some(&head)).await.broken.unwrap();
    assert_eq!((found.sequence, found.fault), (30, ChainError::OtherHead));
}
