//! The outbox: whatever the mail server does, no mail is lost or repeated, and none delays another.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::emails::AddEmail;
use doorward::directory::mail::RetryAllMail;
use doorward::mail::{Delivered, deliver};
use doorward::store::Error;
use doorward::store::outbox;
use doorward::store::sweep::sweep;

use super::MailServer;
use crate::support::{TestApp, apply, on_both};

/// Adds an address to Ann's account, of which her verified address gets a notice.
pub(super) async fn add_address(test: &TestApp, address: &str) {
    let (id, address) = (test.ann.clone(), address.to_owned());
    test.change(&Actor::HOST, AddEmail { id, address }).await.unwrap();
}

#[apply(on_both)]
async fn hb_12_without_a_mail_server_nothing_is_queued(test: TestApp) {
    add_address(&test, "ann@example.net").await;
    assert_eq!(test.count("outbox").await, 0);
    assert_eq!(deliver(&test.app).await.unwrap(), Delivered::default());
}

#[apply(on_both)]
async fn r8_mail_waits_for_a_dead_server(test: TestApp) {
    let server = test.with_mail().await;
    drop(server);
    add_address(&test, "ann@example.net").await;
    let failed = deliver(&test.app).await.unwrap();
    assert_eq!(failed, Delivered { sent: 0, failed: 1 });
    let server = test.with_mail().await;
    // It is tried again half a minute later, not before.
    test.clock.advance(Duration::from_secs(29));
    assert_eq!(test.deliver().await, 0);
    test.clock.advance(Duration::from_secs(1));
    server.refuse("451 4.7.1 Try again later");
    assert_eq!(deliver(&test.app).await.unwrap(), failed);
    server.accept();
    test.clock.advance(Duration::from_secs(59));
    assert_eq!(test.deliver().await, 0);
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(test.deliver().await, 1);
    assert_eq!((server.received().len(), test.count("outbox").await), (1, 0));
}

#[apply(on_both)]
async fn r8_mail_of_a_killed_node_is_sent_by_another(test: TestApp) {
    let server = test.with_mail().await;
    add_address(&test, "ann@example.net").await;
    // A node that is killed while it sends leaves its lease.
    let now = test.clock.now();
    let lease = test.app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { outbox::lease(tx, now, now + Duration::from_mins(4)).await })
    });
    let leased = lease.await.unwrap().unwrap();
    assert_eq!(test.deliver().await, 0);
    test.clock.advance(Duration::from_mins(4));
    assert_eq!(test.deliver().await, 1);
    let received = server.received();
    assert_eq!(received.len(), 1);
    // Every attempt has the same message ID, so a recipient recognises a duplicate.
    assert_eq!(received[0]["id"], format!("<{}@example.org>", leased.id));
}

#[apply(on_both)]
async fn r8_two_nodes_send_each_mail_once(test: TestApp) {
    let server = test.with_mail().await;
    for number in 0..9 {
        add_address(&test, &format!("ann{number}@example.net")).await;
    }
    let other = test.another_node().await;
    let mut sent = 0;
    while test.count("outbox").await > 0 {
        let (here, there) = tokio::join!(test.deliver(), other.deliver());
        sent += here + there;
    }
    assert_eq!(sent, 9);
    let mut ids: Vec<_> = server
        .received()
        .iter()
        .map(|mail| mail["id"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), server.received().len()), (9, 9));
}

#[apply(on_both)]
async fn r8_at_most_ten_thousand_mails_wait(test: TestApp) {
    test.use_mail(1).await;
    let row = |number: u32| format!("('{number}', 'x@example.org', '{{}}', 0, 0)");
    let rows: Vec<_> = (0..9_999).map(row).collect();
    test.sql(&format!(
        "INSERT INTO outbox (id, recipient, mail, queued_at, due_at) VALUES {}",
        rows.join(",")
    ))
    .await;
    add_address(&test, "ann@example.net").await;
    assert_eq!(test.count("outbox").await, 10_000);
    add_address(&test, "lee@example.net").await;
    assert_eq!(test.count("outbox").await, 10_000);
}

#[apply(on_both)]
async fn a_change_that_is_rolled_back_sends_no_mail(test: TestApp) {
    test.use_mail(1).await;
    let (id, address) = (test.ann.clone(), "ann@example.org".to_owned());
    let again = test.change(&Actor::HOST, AddEmail { id, address }).await;
    assert!(again.is_err());
    assert_eq!(test.count("outbox").await, 0);
}

/// The id of the only mail that was given up.
async fn only_failed(test: &TestApp) -> String {
    let failed = test.run(&["mail", "failed"], "").await;
    assert_eq!(failed.stdout.lines().count(), 1, "{}", failed.stdout);
    failed.stdout.split_whitespace().next().unwrap().to_owned()
}

#[apply(on_both)]
async fn a_mail_that_is_refused_for_good_is_given_up(test: TestApp) {
    let server = test.with_mail().await;
    server.refuse("550 5.1.1 No such mailbox");
    add_address(&test, "ann@example.net").await;
    assert_eq!(test.deliver().await, 0);
    let failed = test.run(&["mail", "failed"], "").await;
    assert!(failed.stdout.contains("No such mailbox"), "{}", failed.stdout);
    test.clock.advance(Duration::from_hours(1));
    server.accept();
    assert_eq!(test.deliver().await, 0);

    let id = only_failed(&test).await;
    assert!(test.run(&["mail", "retry", &id], "").await.succeeded);
    // The command uses the clock of the machine, which is behind the clock of the test.
    assert_eq!(test.deliver().await, 1);
    assert_eq!(server.received().len(), 1);
    assert!(!test.run(&["mail", "retry", &id], "").await.succeeded);

    server.refuse("550 5.1.1 No such mailbox");
    add_address(&test, "lee@example.net").await;
    test.deliver().await;
    let id = only_failed(&test).await;
    assert!(test.run(&["mail", "discard", &id], "").await.succeeded);
    assert!(!test.run(&["mail", "discard", &id], "").await.succeeded);
    assert_eq!(test.count("outbox").await, 0);
}

#[apply(on_both)]
async fn a_mail_is_given_up_after_two_days(test: TestApp) {
    let server = MailServer::start("none", false);
    test.use_mail(server.port).await;
    drop(server);
    add_address(&test, "ann@example.net").await;
    test.clock.advance(Duration::from_hours(47));
    deliver(&test.app).await.unwrap();
    let none = test.run(&["mail", "failed"], "").await.stdout;
    assert_eq!(none, "There is no undelivered mail.\n");
    test.clock.advance(Duration::from_hours(1));
    deliver(&test.app).await.unwrap();
    only_failed(&test).await;
    test.clock.advance(Duration::from_hours(24 * 31));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(test.count("outbox").await, 0);
}

#[apply(on_both)]
async fn all_undelivered_mail_is_sent_again(test: TestApp) {
    let server = test.with_mail().await;
    let retry_all = async || test.run(&["mail", "retry", "--all"], "").await.stdout;
    assert_eq!(retry_all().await, "No mail will be sent again.\n");
    server.refuse("550 5.1.1 No such mailbox");
    add_address(&test, "ann@example.net").await;
    add_address(&test, "lee@example.net").await;
    assert_eq!(deliver(&test.app).await.unwrap().failed, 2);
    server.accept();
    test.clock.advance(Duration::from_hours(1));
    assert_eq!(test.deliver().await, 0);
    assert_eq!(retry_all().await, "2 mails will be sent again.\n");
    assert_eq!(test.deliver().await, 2);
    assert_eq!((server.received().len(), test.count("outbox").await), (2, 0));
    assert_eq!(test.count("audit WHERE action = 'mail.retry'").await, 1);
    assert!(!test.run(&["mail", "retry"], "").await.succeeded);
    assert!(!test.run(&["mail", "retry", "--all", "1"], "").await.succeeded);
}

#[apply(on_both)]
async fn r8_a_retry_of_all_mail_keeps_the_limit_of_waiting_mail(test: TestApp) {
    test.use_mail(1).await;
    let row = |number: u32| {
        let failed_at = if number < 9_999 { "NULL" } else { "1" };
        format!("('{number}', 'x@example.org', '{{}}', 0, 0, {failed_at})")
    };
    let rows: Vec<_> = (0..10_002).map(row).collect();
    test.sql(&format!(
        "INSERT INTO outbox (id, recipient, mail, queued_at, due_at, failed_at) VALUES {}",
        rows.join(",")
    ))
    .await;
    for retried in [1, 0] {
        assert_eq!(test.change(&Actor::HOST, RetryAllMail).await.unwrap(), retried);
    }
    assert_eq!(test.count("outbox WHERE failed_at IS NULL").await, 10_000);
    assert_eq!(test.count("outbox WHERE failed_at IS NOT NULL").await, 2);
}
