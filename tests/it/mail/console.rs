//! The console's mail page.

use doorward::mail::deliver;

use super::sending::add_address;
use crate::support::{TestApp, apply, on_both};

const PAGE: &str = "/console/settings/mail";

#[apply(on_both)]
async fn hb_12_undelivered_mail_is_sent_again_or_discarded_in_the_console(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let none = ann.get(PAGE).await;
    none.expect_text("There is no mail server");
    let server = test.with_mail().await;
    server.refuse("550 5.1.1 No such mailbox");
    for address in ["a@example.net", "b@example.net", "c@example.net"] {
        add_address(&test, address).await;
    }
    assert_eq!(deliver(&test.app).await.unwrap().failed, 3);
    server.accept();
    let page = ann.get(PAGE).await;
    for shown in ["No such mailbox", "Address added", "ann@example.org", "Retry all"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let retry = format!("{PAGE}/retry");
    let done = ann.submit(&page, &retry, &[]).await;
    let page = ann.follow(done).await;
    page.expect_text("1 mail will be sent again.");
    assert_eq!(test.deliver().await, 1);
    let discarded = ann.submit(&page, &format!("{PAGE}/discard"), &[]).await;
    let page = ann.follow(discarded).await;
    assert_eq!(test.count("outbox").await, 1);
    let done = ann.submit(&page, &format!("{PAGE}/retry-all"), &[]).await;
    let page = ann.follow(done).await;
    assert!(!page.body.contains("Retry all"), "{}", page.body);
    assert_eq!(test.deliver().await, 1);
    assert_eq!((server.received().len(), test.count("outbox").await), (2, 0));
}
