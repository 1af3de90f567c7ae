//! Acting as somebody else, and the sign-in of an owner who has no other way left to sign in.

mod apps;
mod owner;
mod people;

use crate::support::{Browser, Response, TestApp};

/// Begins to act as the account with this number, on its page.
async fn act(admin: &Browser, number: i64, minutes: &str) -> Response {
    let tab = format!("/console/users/{number}/sign-in");
    let action = format!("/console/users/{number}/act");
    let form = [("why", "ticket 7"), ("minutes", minutes)];
    admin.submit(&admin.get(&tab).await, &action, &form).await
}

/// A browser in which Ann acts as Bob, whom she has added as account 1.
pub async fn acting_as_bob(test: &TestApp) -> Browser {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let done = act(&ann, 1, "15").await;
    assert_eq!(done.status, 303, "{}", done.body);
    ann
}
