//! Lists and exports contain exactly the entries that match their filters.

use std::time::Duration;

use doorward::clock::Time;
use doorward::model::audit::{AuditFilter, StoredEntry};
use doorward::store::audit::{NewEntry, record};
use doorward::store::audit_list::{newest, oldest};
use doorward::store::{Conn, Error};
use serde_json::{Value, json};

use super::{add, all, seal_now, tamper};
use crate::support::{CommandOutput, TestApp, apply, on_both};

/// Adds 120 entries, one per second, with three actors, five targets, four actions and two outcomes.
async fn add_varied_entries(test: &TestApp, start: Time) {
    const ACTIONS: [&str; 4] = [
        "account.create",
        "account.update",
        "session.start",
        "accounting.run",
    ];
    for (n, action) in (0..120_u64).zip(ACTIONS.into_iter().cycle()) {
        let written = test.app.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let (actor, target) = (format!("actor {}", n % 3), format!("target {}", n % 5));
                let event = NewEntry {
                    outcome: if n % 10 == 0 { "refused" } else { "ok" },
                    ..NewEntry::new(&actor, action, &target)
                };
                record(tx, &event, start + Duration::from_secs(n)).await
            })
        });
        written.await.unwrap();
    }
}

/// Every combination of conditions, including some that match nothing.
fn filters(start: Time) -> impl Iterator<Item = AuditFilter> {
    let words = [
        ("account.", "ok"),
        ("session.start", "refused"),
        ("acc", "none"),
        ("x", "ok"),
    ];
    let all = (0..64_u32).flat_map(move |bits| words.map(|words| (bits, words)));
    all.map(move |(bits, (action, outcome))| {
        let given = |bit: u32| bits & (1 << bit) != 0;
        let text = |bit, text: &str| {
            if given(bit) {
                text.to_owned()
            } else {
                String::new()
            }
        };
        let moment = |bit, seconds| given(bit).then(|| start + Duration::from_secs(seconds));
        AuditFilter {
            actor: text(0, "actor 1"),
            target: text(1, "target 2"),
            action: text(2, action),
            outcome: text(3, outcome),
            since: moment(4, 20),
            until: moment(5, 100),
            before: None,
        }
    })
}

/// Whether an entry matches a filter, by its definition.
fn passes(filter: &AuditFilter, entry: &StoredEntry) -> bool {
    (filter.actor.is_empty() || entry.actor == filter.actor)
        && (filter.target.is_empty() || entry.target == filter.target)
        && entry.action.starts_with(&filter.action)
        && (filter.outcome.is_empty() || entry.outcome == filter.outcome)
        && filter.since.is_none_or(|since| entry.at >= since)
        && filter.until.is_none_or(|until| entry.at < until)
}

/// The newest entries, in pages of three.
async fn pages_of_three(conn: &mut Conn, filter: &AuditFilter) -> Vec<StoredEntry> {
    let (mut pages, mut rest) = (Vec::new(), filter.clone());
    loop {
        let page = newest(conn, &rest, 3).await.unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else {
            return pages;
        };
        rest.before = Some(last.id.clone());
        pages.extend(page);
    }
}

#[apply(on_both)]
async fn lists_and_exports_match_their_filters(test: TestApp) {
    tamper(&test, &["DELETE FROM audit"]).await;
    let start = test.clock.now();
    add_varied_entries(&test, start).await;
    let everything = all(&test).await;
    let mut tried = 0;
    for filter in filters(start) {
        let passing = everything.iter().filter(|entry| passes(&filter, entry));
        let mut expected: Vec<StoredEntry> = passing.cloned().collect();
        let mut conn = test.app.db.read().await.unwrap();
        let exported = oldest(&mut conn, &filter, "", 1000).await.unwrap();
        assert_eq!(exported, expected, "{filter:?}");
        expected.reverse();
        let listed = pages_of_three(&mut conn, &filter).await;
        assert_eq!(listed, expected, "{filter:?}");
        tried += expected.len();
    }
    assert!(tried > 1000, "{tried}");
}

/// Runs `doorward audit`.
async fn command(test: &TestApp, arguments: &[&str]) -> CommandOutput {
    test.run(&[&["audit"], arguments].concat(), "").await
}

async fn report(test: &TestApp) -> Value {
    let ran = command(test, &["verify", "--json"]).await;
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Ten sealed entries and two unsealed ones.
async fn ten_and_two(test: &TestApp) {
    tamper(test, &["DELETE FROM audit"]).await;
    add(test, 10).await;
    seal_now(test).await;
    add(test, 2).await;
}

#[apply(on_both)]
async fn the_command_line_verifies_the_log(test: TestApp) {
    ten_and_two(&test).await;
    let verified = command(&test, &["verify"]).await;
    let expected = "The audit log is intact: 10 entries under 1 seal; 2 not sealed yet.";
    assert!(verified.succeeded && verified.stdout.starts_with(expected));
    let whole = report(&test).await;
    assert_eq!((&whole["entries"], &whole["broken"]), (&10.into(), &Value::Null));
    let head = whole["head"].as_str().unwrap();
    assert!(command(&test, &["verify", "--head", head]).await.succeeded);
}

#[apply(on_both)]
async fn the_command_line_names_the_broken_entry(test: TestApp) {
    ten_and_two(&test).await;
    let entries = all(&test).await;
    let entry = entries.iter().find(|entry| entry.sequence == Some(4)).unwrap();
    tamper(&test, &["UPDATE audit SET actor = 'nobody' WHERE sequence = 4"]).await;
    let broken = json!({ "sequence": 4, "id": entry.id, "fault": "changed" });
    assert_eq!(report(&test).await["broken"], broken);
    let ran = command(&test, &["verify", "--json"]).await;
    assert!(!ran.succeeded);
    for part in ["broken at number 4", &entry.id] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

#[apply(on_both)]
async fn the_command_line_exports_the_log(test: TestApp) {
    ten_and_two(&test).await;
    let exported = command(&test, &["export"]).await.stdout;
    let lines = exported.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let entries = all(&test).await;
    assert_eq!(lines.len(), 12);
    for (line, entry) in lines.iter().zip(&entries) {
        assert_eq!(line["id"], entry.id.as_str());
        assert_eq!(line["sequence"], entry.sequence.map_or(Value::Null, Value::from));
        assert_eq!(line["detail"]["before"], json!({}));
    }
    assert_eq!(lines[0]["at"], "2027-01-15T08:00:00Z");
    let between = [
        "export",
        "--since",
        "2027-01-15T08:00:05Z",
        "--until",
        "2027-01-15T10:00:07+02:00",
    ];
    assert_eq!(command(&test, &between).await.stdout.lines().count(), 2);
}

#[apply(on_both)]
async fn the_command_line_lists_the_log(test: TestApp) {
    ten_and_two(&test).await;
    let arguments = [
        "list", "--actor", "actor 9", "--action", "account.", "--limit", "5",
    ];
    let listed = command(&test, &arguments).await.stdout;
    let line = "2027-01-15T08:00:09Z  actor 9 for someone from 192.0.2.1  account.update  target  ok  ";
    assert!(listed.starts_with(line), "{listed}");
    assert_eq!(listed.lines().count(), 1, "{listed}");
    // A day stands for its beginning after --since, and for its end after --until.
    let on = async |since: &str, until: &str| {
        let arguments = ["list", "--since", since, "--until", until];
        let listed = command(&test, &arguments).await;
        assert!(listed.succeeded, "{}", listed.stderr);
        listed.stdout.lines().count()
    };
    assert_eq!(on("2027-01-15", "2027-01-15").await, 12);
    assert_eq!(on("2027-01-14", "2027-01-14").await, 0);
    assert_eq!(on("2027-01-15T08:00:05Z", "2027-01-15").await, 5);
    let wrong = command(&test, &["list", "--since", "yesterday"]).await;
    assert!(!wrong.succeeded);
}
