//! Lists and exports hold what their filters let through.

use std::time::Duration;

use doorward::store::Error;
use doorward::store::audit::{Event, Row, record};
use doorward::store::audit_list::{Filter, newest, oldest};

use super::{all, tamper};
use crate::support::{TestApp, on_both};

on_both!(filters_hold_for_lists_and_exports);

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
            let filter = Filter {
                actor: given(0, "actor 1"),
                target: given(1, "target 2"),
                action: given(2, action),
                outcome: given(3, outcome),
                since: moment(4, 20),
                until: moment(5, 100),
                before: None,
            };
            let passes = |row: &&Row| {
                (filter.actor.is_empty() || row.actor == filter.actor)
                    && (filter.target.is_empty() || row.target == filter.target)
                    && row.action.starts_with(&filter.action)
                    && (filter.outcome.is_empty() || row.outcome == filter.outcome)
                    && filter.since.is_none_or(|since| row.at >= since)
                    && filter.until.is_none_or(|until| row.at < until)
            };
            let mut expected: Vec<Row> = everything.iter().filter(passes).cloned().collect();
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
