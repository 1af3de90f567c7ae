//! Bulk actions on accounts in the console.

use std::time::Duration;

use crate::support::{Browser, PASSWORD, Response, TestApp, apply, on_both};

const BULK: &str = "/console/users/bulk";

/// Adds Bob, Carol and Dan, numbers 1 to 3; yields the browsers of Ann and of Dan.
async fn company(test: &TestApp) -> (Browser, Browser) {
    for username in ["bob", "carol", "dan"] {
        test.add_person(username).await;
    }
    (test.signed_in("ann").await, test.signed_in("dan").await)
}

/// Submits the form of the list for these accounts.
async fn choose(ann: &Browser, action: &str, numbers: &[&str], more: &[(&str, &str)]) -> Response {
    let mut fields = vec![
        ann.get("/console/users").await.csrf(),
        ("action".to_owned(), action.to_owned()),
    ];
    let numbers = numbers.iter().map(|number| ("number", *number));
    let rest = numbers.chain(more.iter().copied());
    fields.extend(rest.map(|(name, value)| (name.to_owned(), value.to_owned())));
    ann.post(BULK, &fields).await
}

const CONFIRMED: &[(&str, &str)] = &[("confirmed", "yes")];

#[apply(on_both)]
async fn hb_10_a_bulk_action_must_be_confirmed(test: TestApp) {
    let (ann, dan) = company(&test).await;
    let asked = choose(&ann, "delete", &["1", "3"], &[]).await;
    assert_eq!(asked.text("h1"), "Delete 2 accounts?");
    assert!(asked.body.contains("restored for 30 days") && asked.body.contains(">dan<"));
    assert!(dan.is_signed_in().await, "nothing has happened");
    let form = asked.form_with(BULK, "action", "delete");
    assert_eq!(form.iter().filter(|(name, _)| name == "number").count(), 2);
}

#[apply(on_both)]
async fn a_bulk_action_says_beforehand_what_ends_and_which_teams_nobody_manages_afterwards(test: TestApp) {
    let (ann, dan) = company(&test).await;
    let carol = test.signed_in("carol").await;
    test.rp().await.silent_sign_in(&dan).await;
    let home = dan.get("/account/teams").await;
    for team in ["Ops", "Night watch"] {
        dan.submit(&home, "/account/teams", &[("team", team)]).await;
    }
    let ops = ann.get("/console/teams/ops").await;
    let add = [("username", "carol"), ("role", "admin")];
    let added = ann.post_with_csrf(&ops, "/console/teams/ops/members", &add).await;
    assert_eq!(added.status, 303, "{}", added.body);
    for (action, numbers, ends, teams) in [
        (
            "suspend",
            &["1"][..],
            "0 sessions and the access of 0 apps",
            &[][..],
        ),
        ("suspend", &["2"], "1 session and the access of 0 apps", &[]),
        (
            "suspend",
            &["1", "3"],
            "1 session and the access of 1 app",
            &["Night watch"],
        ),
        // Either of the two admins of Ops could manage it without the other.
        (
            "delete",
            &["2", "3"],
            "2 sessions and the access of 1 app",
            &["Ops", "Night watch"],
        ),
    ] {
        let asked = choose(&ann, action, numbers, &[]).await;
        let card = asked.text("form.card");
        assert!(card.contains(&format!("This ends {ends} at once.")), "{card}");
        assert_eq!(asked.texts(".warning a"), teams, "{card}");
    }
    assert!(carol.is_signed_in().await && dan.is_signed_in().await);
}

#[apply(on_both)]
async fn hb_10_hb_15_a_bulk_action_has_a_result_for_each_account(test: TestApp) {
    let (ann, dan) = company(&test).await;
    // Ann is the only owner, so the action is refused for her account alone.
    let done = choose(&ann, "delete", &["0", "1", "3", "99"], CONFIRMED).await;
    assert_eq!(done.status, 200);
    let rows = done.texts("tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].contains("ann") && rows[0].contains("without an owner"));
    assert!(rows[1].contains("bob") && rows[1].contains("Done"));
    let list = ann.get("/console/users").await;
    assert!(!list.body.contains(">bob<") && list.body.contains(">carol<"));
    assert!(!dan.is_signed_in().await, "the sessions end");
    let back = choose(&ann, "restore", &["1", "3"], CONFIRMED).await;
    assert_eq!(back.body.matches("Done").count(), 2);
    dan.sign_in("/sign-in", "dan").await;
}

#[apply(on_both)]
async fn hb_10_a_bulk_action_without_accounts_or_action_is_refused(test: TestApp) {
    let (ann, _) = company(&test).await;
    for (action, numbers) in [("delete", &[][..]), ("explode", &["1"])] {
        let refused = choose(&ann, action, numbers, CONFIRMED).await;
        assert_eq!(refused.status, 422, "{action}");
    }
}

#[apply(on_both)]
async fn a_recent_sign_in_leads_back_to_the_list_as_it_was(test: TestApp) {
    test.add_person("bob").await;
    let list = "/console/users?q=status%3Aactive&sort=name&after=0&name=ann";
    let shown = [("q", "status:active"), ("sort", "name")];
    for (page, back) in [
        (Some(list), list),
        // Such as from the page that asks to confirm.
        (Some(BULK), "/console/users?q=status%3Aactive&sort=name"),
        (None, "/console/users?q=status%3Aactive&sort=name"),
    ] {
        let ann = test.signed_in("ann").await;
        test.clock.advance(Duration::from_mins(16));
        if let Some(page) = page {
            ann.always_send("referer", &format!("{}{page}", test.base));
        }
        let asked = choose(&ann, "suspend", &["1"], &shown).await;
        let asked = ann.get(asked.location()).await;
        let done = ann.submit_password(&asked, "ann", PASSWORD).await;
        let location = ann.follow(done).await.location().to_owned();
        assert_eq!(location, format!("{}{back}", test.base));
    }
}
