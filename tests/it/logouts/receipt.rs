//! The receipt: what became of somebody's sign-outs from apps.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::{DeleteAccount, EndAccountSessions, SuspendAccount};
use doorward::directory::logouts::GetSignOutReceipt;
use doorward::model::AccountId;
use doorward::model::logout::{AppSignOut, Outcome};
use doorward::store::sweep::sweep;

use super::receiver::Receiver;
use crate::support::{OFFLINE, TestApp, apply, on_both};

const ID_TOKEN: Duration = Duration::from_mins(15);

async fn receipt(test: &TestApp, account: &AccountId) -> Vec<AppSignOut> {
    let account = account.clone().into();
    let get = GetSignOutReceipt {
        account,
        id_token: ID_TOKEN,
    };
    let mut apps = test.read(&Actor::HOST, get).await.unwrap();
    apps.sort_by(|one, other| one.client_id.cmp(&other.client_id));
    apps
}

/// Suspends Ben, who has signed in to four apps: one confirms, one fails, one refuses, and one cannot be told.
async fn suspend_ben(test: &TestApp) -> AccountId {
    let ben = test.add_person("ben").await;
    let browser = test.signed_in("ben").await;
    for (id, status) in [("confirming", 200), ("failing", 500), ("refusing", 400)] {
        let receiver = Receiver::start().await;
        receiver.respond(status);
        let rp = test.rp_with_backchannel_logout(id, &receiver).await;
        rp.silent_sign_in(&browser).await;
    }
    let without = test.rp_with("without", |_| ()).await;
    without.silent_sign_in(&browser).await;
    assert!(receipt(test, &ben).await.is_empty());
    let (id, reason) = (ben.clone(), String::new());
    let suspend = SuspendAccount { id, reason };
    test.change(&Actor::HOST, suspend).await.unwrap();
    ben
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_the_receipt_says_of_each_app_whether_it_has_confirmed(test: TestApp) {
    let (ben, now) = (suspend_ben(&test).await, test.clock.now());
    let outcomes = async || -> Vec<_> {
        let apps = receipt(&test, &ben).await;
        assert!(apps.iter().all(|app| app.at == now && !app.has_access));
        apps.into_iter().map(|app| app.outcome).collect()
    };
    let waiting = Outcome::Waiting {
        next: now,
        error: None,
    };
    let before = [waiting.clone(), waiting.clone(), waiting, Outcome::NotPossible];
    assert_eq!(outcomes().await, before);
    test.deliver_logouts().await;
    let error = |status: u16| format!("the response has status {status}");
    let after = [
        Outcome::Confirmed { confirmed_at: now },
        Outcome::Waiting {
            next: now + Duration::from_secs(30),
            error: Some(error(500)),
        },
        Outcome::Failed {
            failed_at: now,
            error: error(400),
        },
        Outcome::NotPossible,
    ];
    assert_eq!(outcomes().await, after);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_the_console_and_a_command_show_the_receipt(test: TestApp) {
    suspend_ben(&test).await;
    test.deliver_logouts().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/1/sessions").await;
    let mut shown = page.texts("[aria-labelledby=signed-out] .badge");
    shown.sort();
    assert_eq!(shown, ["Confirmed", "Failed", "Not possible", "Waiting"]);
    assert!(page.body.contains("status 500") && page.body.contains("status 400"));
    let other_tab = ann.get("/console/users/1").await;
    assert!(
        other_tab
            .body
            .contains("/console/users/1/sessions\">See which apps")
    );
    let printed = test.run(&["users", "receipt", "ben"], "").await.stdout;
    assert_eq!(printed.lines().count(), 4, "{printed}");
    for part in [
        "confirming  Grafana  confirmed at 2027-01-15T",
        "status 500",
        "given up at",
        "cannot be notified",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let none = test.run(&["users", "receipt", "ann"], "").await.stdout;
    assert_eq!(none, "There was no sign-out from an app in the last 30 days.\n");
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_the_receipt_says_how_long_tokens_are_valid(test: TestApp) {
    let api = "https://api.example.org";
    test.register("api", |settings| {
        settings.resource_identifier = Some(api.to_owned());
    })
    .await;
    let ben = test.add_person("ben").await;
    let browser = test.signed_in("ben").await;
    let signed_in = test.clock.now();
    for id in ["jwt", "opaque", "offline"] {
        let rp = test
            .rp_with(id, |app| {
                app.resources.extend((id == "jwt").then(|| api.to_owned()));
            })
            .await;
        let scopes = if id == "offline" { OFFLINE } else { &[] };
        let code = rp.code(&browser, "ben", scopes).await;
        rp.redeem(&code).await.tokens();
    }
    test.clock.advance(Duration::from_mins(12));
    let (later, id) = (test.clock.now(), ben.clone());
    let jwt_until = later + Duration::from_mins(4);
    let extend = format!("UPDATE access_tokens SET expires_at = {}", jwt_until.0);
    test.sql(&extend).await;
    test.change(&Actor::HOST, EndAccountSessions { id })
        .await
        .unwrap();
    let apps = receipt(&test, &ben).await;
    let until: Vec<_> = apps
        .iter()
        .map(|app| (app.client_id.as_str(), app.tokens_until))
        .collect();
    // The app with offline access may have received an ID token a moment ago.
    let expected = [
        ("jwt", jwt_until),
        ("offline", later + ID_TOKEN),
        ("opaque", signed_in + ID_TOKEN),
    ];
    assert_eq!(until, expected);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_36_people_see_whether_their_apps_have_confirmed(test: TestApp) {
    let receiver = Receiver::start().await;
    receiver.respond(500);
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    test.add_person("ben").await;
    let (here, elsewhere) = (test.signed_in("ben").await, test.signed_in("ben").await);
    let code = rp.code(&elsewhere, "ben", OFFLINE).await;
    rp.redeem(&code).await.tokens();
    let page = here.get("/account/security").await;
    assert!(page.texts("[aria-labelledby=signed-out]").is_empty());
    let done = here.post_with_csrf(&page, "/account/sessions/end", &[]).await;
    test.deliver_logouts().await;
    let page = here.follow(done).await;
    assert_eq!(page.text("[aria-labelledby=signed-out] .badge"), "Waiting");
    let section = page.text("[aria-labelledby=signed-out]");
    assert!(section.contains("keeps the access"), "{section}");
    assert!(!section.contains("status 500"), "{section}");
    // Ann does not see Ben's.
    let ann = test.signed_in("ann").await.get("/account/security").await;
    assert!(ann.texts("[aria-labelledby=signed-out]").is_empty());
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn a_receipt_is_kept_for_thirty_days(test: TestApp) {
    let ben = test.add_person("ben").await;
    let browser = test.signed_in("ben").await;
    test.rp().await.silent_sign_in(&browser).await;
    let id = ben.clone();
    test.change(&Actor::HOST, DeleteAccount { id }).await.unwrap();
    test.clock
        .advance(Duration::from_hours(24 * 30) - Duration::from_secs(1));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert_eq!(receipt(&test, &ben).await.len(), 1);
    test.clock.advance(Duration::from_secs(1));
    sweep(&test.app.db, test.clock.now()).await.unwrap();
    assert!(receipt(&test, &ben).await.is_empty());
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn a_failure_is_not_hidden_by_a_later_success(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let ben = test.add_person("ben").await;
    let began = test.clock.now();
    for status in [400, 200] {
        receiver.respond(status);
        rp.silent_sign_in(&test.signed_in("ben").await).await;
        let id = ben.clone();
        test.change(&Actor::HOST, EndAccountSessions { id })
            .await
            .unwrap();
        test.deliver_logouts().await;
        test.clock.advance(Duration::from_hours(1));
    }
    let apps = receipt(&test, &ben).await;
    assert_eq!(apps.len(), 1);
    assert_eq!(apps[0].at, began);
    assert!(matches!(apps[0].outcome, Outcome::Failed { .. }), "{:?}", apps[0]);
}
