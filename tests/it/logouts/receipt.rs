//! The receipt: what became of somebody's sign-outs from apps.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::{DeleteAccount, EndAccountSessions, SuspendAccount};
use doorward::directory::logouts::GetSignOutReceipt;
use doorward::model::AccountId;
use doorward::model::logout::{AppSignOut, Outcome};
use doorward::store::sweep::sweep;

use super::receiver::Receiver;
use crate::support::{OFFLINE, TestApp, on_both};

on_both!(
    start_with_local_apps:
    cl_36_the_receipt_says_of_each_app_whether_it_has_confirmed,
    cl_36_the_receipt_says_how_long_tokens_are_valid,
    cl_36_people_see_whether_their_apps_have_confirmed,
    a_receipt_is_kept_for_thirty_days,
    a_failure_is_not_hidden_by_a_later_success,
);

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

async fn cl_36_the_receipt_says_of_each_app_whether_it_has_confirmed(test: TestApp) {
    let (good, bad, refusing) = (
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    bad.respond(500);
    refusing.respond(400);
    let ben = test.person("ben").await;
    let browser = test.signed_in("ben").await;
    for (id, receiver) in [("confirmed", &good), ("failing", &bad), ("refusing", &refusing)] {
        test.told_app(id, receiver).await.silent_sign_in(&browser).await;
    }
    test.rp_with("without", |_| ())
        .await
        .silent_sign_in(&browser)
        .await;
    assert!(receipt(&test, &ben).await.is_empty());
    let (id, reason) = (ben.clone(), String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    let now = test.clock.now();
    let waiting = Outcome::Waiting {
        next: now,
        error: None,
    };
    let outcomes: Vec<_> = receipt(&test, &ben)
        .await
        .into_iter()
        .map(|app| app.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [waiting.clone(), waiting.clone(), waiting, Outcome::NotPossible]
    );
    test.tell_apps().await;
    let error = |status: u16| format!("the response has status {status}");
    let expected = [
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
    let apps = receipt(&test, &ben).await;
    for (app, outcome) in apps.iter().zip(expected) {
        assert_eq!(
            (&app.outcome, app.at, app.has_access),
            (&outcome, now, false),
            "{}",
            app.client_id
        );
    }
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/users/1/sessions").await;
    let shown = page.texts("[aria-labelledby=signed-out] .badge");
    assert_eq!(shown.len(), 4, "{shown:?}");
    for word in ["Confirmed", "Waiting", "Failed", "Not possible"] {
        assert!(shown.iter().any(|badge| badge == word), "{word}");
    }
    assert!(page.body.contains(&error(500)) && page.body.contains(&error(400)));
    let other_tab = ann.get("/console/users/1").await;
    assert!(
        other_tab
            .body
            .contains("/console/users/1/sessions\">See which apps")
    );
    let printed = test.run(&["users", "receipt", "ben"], "").await.stdout;
    assert_eq!(printed.lines().count(), 4, "{printed}");
    for part in [
        "confirmed  Grafana  confirmed at 2027-01-15T",
        "status 500",
        "given up at",
        "cannot be told",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let none = test.run(&["users", "receipt", "ann"], "").await.stdout;
    assert_eq!(none, "There was no sign-out from an app in the last 30 days.\n");
}

async fn cl_36_the_receipt_says_how_long_tokens_are_valid(test: TestApp) {
    test.register("api", |settings| {
        settings.resource_identifier = Some("https://api.example.org".into())
    })
    .await;
    let ben = test.person("ben").await;
    let browser = test.signed_in("ben").await;
    let jwt = test
        .rp_with("jwt", |settings| {
            settings.resources = vec!["https://api.example.org".to_owned()]
        })
        .await;
    let (opaque, offline) = (
        test.rp_with("opaque", |_| ()).await,
        test.rp_with("offline", |_| ()).await,
    );
    let signed_in = test.clock.now();
    opaque.silent_sign_in(&browser).await;
    let code = offline.code(&browser, "ben", OFFLINE).await;
    offline.redeem(&code).await.tokens();
    jwt.silent_sign_in(&browser).await;
    // Later, only its access token is new.
    test.clock.advance(Duration::from_mins(12));
    let later = test.clock.now();
    test.sql(&format!(
        "UPDATE access_tokens SET expires_at = {} WHERE client_id = 'jwt'",
        (later + Duration::from_mins(4)).0
    ))
    .await;
    let id = ben.clone();
    test.change(&Actor::HOST, EndAccountSessions { id })
        .await
        .unwrap();
    let until: Vec<_> = receipt(&test, &ben)
        .await
        .into_iter()
        .map(|app| (app.client_id.0, app.tokens_until))
        .collect();
    let expected = [
        ("jwt", later + Duration::from_mins(4)),
        ("offline", later + ID_TOKEN),
        ("opaque", signed_in + ID_TOKEN),
    ];
    assert_eq!(until, expected.map(|(id, until)| (id.to_owned(), until)));
}

async fn cl_36_people_see_whether_their_apps_have_confirmed(test: TestApp) {
    let receiver = Receiver::start().await;
    receiver.respond(500);
    let rp = test.told_app("wiki", &receiver).await;
    test.person("ben").await;
    let (here, elsewhere) = (test.signed_in("ben").await, test.signed_in("ben").await);
    let code = rp.code(&elsewhere, "ben", OFFLINE).await;
    rp.redeem(&code).await.tokens();
    let page = here.get("/account/security").await;
    assert!(page.texts("[aria-labelledby=signed-out]").is_empty());
    let done = here.post_with_csrf(&page, "/account/sessions/end", &[]).await;
    test.tell_apps().await;
    let page = here.follow(done).await;
    assert_eq!(page.text("[aria-labelledby=signed-out] .badge"), "Waiting");
    let section = page.text("[aria-labelledby=signed-out]");
    assert!(section.contains("keeps the access"), "{section}");
    assert!(!section.contains("status 500"), "{section}");
    // Nobody else's are shown.
    let ann = test.signed_in("ann").await.get("/account/security").await;
    assert!(ann.texts("[aria-labelledby=signed-out]").is_empty());
}

async fn a_receipt_is_kept_for_thirty_days(test: TestApp) {
    let ben = test.person("ben").await;
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

async fn a_failure_is_not_hidden_by_a_later_success(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.told_app("wiki", &receiver).await;
    let ben = test.person("ben").await;
    let began = test.clock.now();
    for status in [400, 200] {
        receiver.respond(status);
        rp.silent_sign_in(&test.signed_in("ben").await).await;
        let id = ben.clone();
        test.change(&Actor::HOST, EndAccountSessions { id })
            .await
            .unwrap();
        test.tell_apps().await;
        test.clock.advance(Duration::from_hours(1));
    }
    let apps = receipt(&test, &ben).await;
    assert_eq!(apps.len(), 1);
    assert_eq!(apps[0].at, began);
    assert!(matches!(apps[0].outcome, Outcome::Failed { .. }), "{:?}", apps[0]);
}
