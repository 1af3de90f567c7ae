//! Changed, removed, inserted and moved entries are reported.

use doorward::model::audit::ChainError;

use super::{expect, three_batches};
use crate::support::{TestApp, apply, on_both};

#[apply(on_both)]
async fn d15_a_change_to_any_column_of_a_sealed_entry_is_reported(test: TestApp) {
    three_batches(&test).await;
    for sequence in [1, 15, 30] {
        for change in [
            "id = '00000000-0000-7000-8000-000000000000'",
            "at = at + 1",
            "actor = 'nobody'",
            "actor = actor || 'x'",
            "address = ''",
            "on_behalf = 'nobody'",
            "action = 'account.create'",
            "target = 'another'",
            "outcome = 'refused'",
            "detail = '{}'",
            "actor = actor || address, address = ''",
            "hash = NULL",
            "hash = (SELECT hash FROM audit WHERE sequence = 7)",
        ] {
            let update = format!("UPDATE audit SET {change} WHERE sequence = {sequence}");
            expect(&test, &[&update], sequence, ChainError::Changed, true).await;
        }
    }
}

#[apply(on_both)]
async fn d15_removed_entries_are_reported(test: TestApp) {
    three_batches(&test).await;
    for (sql, sequence, fault) in [
        ("DELETE FROM audit WHERE sequence = 1", 1, ChainError::Missing),
        ("DELETE FROM audit WHERE sequence = 15", 15, ChainError::Missing),
        ("DELETE FROM audit WHERE sequence = 20", 20, ChainError::Missing),
        ("DELETE FROM audit WHERE sequence = 30", 30, ChainError::CutOff),
        ("DELETE FROM audit WHERE sequence > 12", 13, ChainError::CutOff),
        ("DELETE FROM audit", 1, ChainError::CutOff),
        (
            "UPDATE audit SET sequence = NULL, hash = NULL WHERE sequence = 15",
            15,
            ChainError::Missing,
        ),
        (
            "UPDATE audit SET sequence = 40 WHERE sequence = 15",
            15,
            ChainError::Missing,
        ),
    ] {
        expect(&test, &[sql], sequence, fault, false).await;
    }
    let batch = [
        "DELETE FROM audit WHERE sequence > 10 AND sequence <= 20",
        "DELETE FROM audit_seals WHERE last_sequence = 20",
    ];
    expect(&test, &batch, 11, ChainError::Missing, false).await;
}

#[apply(on_both)]
async fn d15_inserted_entries_are_reported(test: TestApp) {
    three_batches(&test).await;
    let insert = |sequence: i64| {
        format!(
            "INSERT INTO audit (id, at, actor, action, target, detail, sequence, hash) \
             SELECT 'by hand', at, actor, action, target, detail, {sequence}, hash FROM audit WHERE sequence = 15"
        )
    };
    expect(&test, &[&insert(0)], 0, ChainError::Inserted, true).await;
    expect(&test, &[&insert(-7)], -7, ChainError::Inserted, true).await;
    expect(&test, &[&insert(31)], 31, ChainError::NoSeal, true).await;
    let shift = [
        "UPDATE audit SET sequence = -sequence WHERE sequence >= 15",
        "UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0",
        &insert(15).replace("WHERE sequence = 15", "WHERE sequence = 14"),
    ];
    expect(&test, &shift, 15, ChainError::Inserted, true).await;
}

#[apply(on_both)]
async fn d15_moved_entries_are_reported(test: TestApp) {
    three_batches(&test).await;
    for (one, other) in [(1, 2), (15, 25), (29, 30)] {
        let swap = [
            &format!("UPDATE audit SET sequence = 99 WHERE sequence = {one}")[..],
            &format!("UPDATE audit SET sequence = {one} WHERE sequence = {other}"),
            &format!("UPDATE audit SET sequence = {other} WHERE sequence = 99"),
        ];
        expect(&test, &swap, one, ChainError::Changed, true).await;
    }
}
