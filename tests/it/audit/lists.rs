//! Lists and exports hold what their filters let through.

use std::time::Duration;

use doorward::model::audit::{AuditFilter, StoredEntry};
use doorward::store::Error;
use doorward::store::audit::{Event, record};
use doorward::store::audit_list::{newest, oldest};
use serde_json::Value;

use super::{add, all, seal_now, tamper};
use crate::support::{TestApp, on_both};

on_both!(
    filters_hold_for_lists_and_exports,
    the_command_line_verifies_lists_and_exports,
);

async fn filters_hold_for_lists_and_exports(test: TestApp) {
    tamper(&test, &["DELETE FROM audit"]).await;
    let start = test.clock.now();
    for n in 0..120_u64 {
        let written = test.app.db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                let (actor, target) = (format!("actor {}", n % 3), format!("target {}", n % 5));
                let actions = [
                    "account.create",
                    "account.update",
                    "session.start",
                    "accounting.run",
                ];
                let event = Event {
                    outcome: if n % 10 == 0 { "refused" } else { "ok" },
                    ..Event::new(&actor, actions[usize::try_from(n % 4).unwrap()], &target)
                };
                record(tx, &event, start + Duration::from_secs(n)).await
            })
        });
        written.await.unwrap();
    }
    let everything = all(&test).await;
    let mut tried = 0;
    for bits in 0..64_u32 {
        for (action, outcome) in [
            ("account.", "ok"),
            ("session.start", "refused"),
            ("acc", "none"),
            ("x", "ok"),
        ] {
            let given = |bit: u32, text: &str| {
                if bits & (1 << bit) == 0 {
                    String::new()
                } else {
                    text.to_owned()
                }
            };
            let moment =
                |bit: u32, seconds| (bits & (1 << bit) != 0).then(|| start + Duration::from_secs(seconds));
            let filter = AuditFilter {
                actor: given(0, "actor 1"),
                target: given(1, "target 2"),
                action: given(2, action),
                outcome: given(3, outcome),
                since: moment(4, 20),
                until: moment(5, 100),
                before: None,
            };
            let passes = |row: &&StoredEntry| {
                (filter.actor.is_empty() || row.actor == filter.actor)
                    && (filter.target.is_empty() || row.target == filter.target)
                    && row.action.starts_with(&filter.action)
                    && (filter.outcome.is_empty() || row.outcome == filter.outcome)
                    && filter.since.is_none_or(|since| row.at >= since)
                    && filter.until.is_none_or(|until| row.at < until)
            };
            let mut expected: Vec<StoredEntry> = everything.iter().filter(passes).cloned().collect();
            let mut conn = test.app.db.read().await.unwrap();
            assert_eq!(
                oldest(&mut conn, &filter, "", 1000).await.unwrap(),
                expected,
                "{filter:?}"
            );
            expected.reverse();
            // Three at a time, each page from where the last one ended.
            let (mut pages, mut rest) = (Vec::new(), filter.clone());
            loop {
                let page = newest(&mut conn, &rest, 3).await.unwrap();
                assert!(page.len() <= 3);
                let Some(last) = page.last() else { break };
                rest.before = Some(last.id.clone());
                pages.extend(page);
            }
            assert_eq!(pages, expected, "{filter:?}");
            tried += expected.len();
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// Runs `doorward audit`; yields whether it went well, and what it printed.
async fn command(test: &TestApp, arguments: &[&str]) -> (bool, String, String) {
    let ran = tokio::process::Command::new(env!("CARGO_BIN_EXE_doorward"))
        .arg("audit")
        .args(arguments)
        .current_dir(test.folder.path())
        .env("DOORWARD__ISSUER", &test.base)
        .env("DOORWARD__DATABASE", &test.database)
        .env("DOORWARD__KEYS_DIR", test.folder.path().join("keys"))
        .output();
    let ran = ran.await.unwrap();
    let read = |bytes| String::from_utf8(bytes).unwrap();
    (ran.status.success(), read(ran.stdout), read(ran.stderr))
}

async fn the_command_line_verifies_lists_and_exports(test: TestApp) {
    tamper(&test, &["DELETE FROM audit"]).await;
    add(&test, 10).await;
    seal_now(&test).await;
    add(&test, 2).await;
    let (good, said, _) = command(&test, &["verify"]).await;
    assert!(good && said.starts_with("The audit log is intact: 10 entries under 1 seals; 2 not sealed yet."));
    let (_, said, _) = command(&test, &["verify", "--json"]).await;
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&report["entries"], &report["broken"]),
        (&10.into(), &Value::Null)
    );
    let head = report["head"].as_str().unwrap();
    assert!(command(&test, &["verify", "--head", head]).await.0);

    let (_, exported, _) = command(&test, &["export"]).await;
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows = all(&test).await;
    assert_eq!(lines.len(), 12);
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(line["id"], row.id.as_str());
        assert_eq!(line["sequence"], row.sequence.map_or(Value::Null, Value::from));
        assert_eq!(line["detail"]["before"], serde_json::json!({}));
    }
    assert_eq!(lines[0]["at"], "2027-01-15T08:00:00Z");
    let since = [
        "export",
        "--since",
        "2027-01-15T08:00:05Z",
        "--until",
        "2027-01-15T10:00:07+02:00",
    ];
    assert_eq!(command(&test, &since).await.1.lines().count(), 2);
    let (_, listed, _) = command(
        &test,
        &[
            "list", "--actor", "actor 9", "--action", "account.", "--limit", "5",
        ],
    )
    .await;
    let line = "2027-01-15T08:00:09Z  actor 9 for someone from 192.0.2.1  account.update  target  ok  ";
    assert!(
        listed.starts_with(line) && listed.lines().count() == 1,
        "{listed}"
    );
    assert!(!command(&test, &["list", "--since", "yesterday"]).await.0);

    tamper(&test, &["UPDATE audit SET actor = 'nobody' WHERE sequence = 4"]).await;
    let (good, said, why) = command(&test, &["verify", "--json"]).await;
    let report: Value = serde_json::from_str(&said).unwrap();
    let row = rows.iter().find(|row| row.sequence == Some(4)).unwrap();
    assert_eq!(
        report["broken"],
        serde_json::json!({ "sequence": 4, "id": row.id, "fault": "changed" })
    );
    assert!(
        !good && why.contains("broken at number 4") && why.contains(&row.id),
        "{why}"
    );
}
