//! What may happen once, tried sixteen times at once.

use std::sync::Arc;

use doorward::directory::accounts::{CreateAccount, NewAccount, SetPassword, SuspendAccount};
use doorward::directory::authority::Authority;
use doorward::directory::set_up::SetUpInstance;
use doorward::directory::{Actor, schemes};
use doorward::model::account::Status;
use doorward::model::{Amr, PasswordVersion, SessionId};
use doorward::store::sessions::{self, NewSession};
use doorward::store::{accounts, passwords, teams};

use crate::support::{On, PASSWORD, TestApp, on_both, param};

on_both!(
    a_code_is_redeemed_once,
    user_names_are_unique,
    addresses_are_unique,
    d10_two_owners_who_suspend_each_other_leave_one,
    a_password_reset_leaves_no_sign_in_with_the_old_one,
    a_session_begins_only_as_the_password_was_checked,
);

async fn a_code_is_redeemed_once(test: TestApp) {
    let (rp, browser) = (Arc::new(test.rp().await), test.browser());
    let page = browser.get(&rp.authorize(&[])).await;
    let back = browser.sign_in(page.location(), "ann").await;
    let code = param(back.location(), "code");
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (rp, code) = (rp.clone(), code.clone());
            tokio::spawn(async move { rp.redeem(&code).await.status })
        })
        .collect();
    let mut good = 0;
    for one in tries {
        let status = one.await.unwrap();
        assert!(status == 200 || status == 400, "{status}");
        good += usize::from(status == 200);
    }
    assert_eq!(good, 1, "redemptions of one code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cf_1_an_instance_is_set_up_once_on_sqlite() {
    set_up_sixteen_times(TestApp::unclaimed(On::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cf_1_an_instance_is_set_up_once_on_postgres() {
    set_up_sixteen_times(TestApp::unclaimed(On::Postgres).await).await;
}

async fn set_up_sixteen_times(test: TestApp) {
    let owner = |n: usize| NewAccount {
        username: format!("owner{n}"),
        password: Some(PASSWORD.into()),
        ..NewAccount::default()
    };
    let tries: Vec<_> = (0..16)
        .map(|n| {
            let app = test.app.clone();
            let set_up = SetUpInstance {
                organisation: "Example".into(),
                new: owner(n),
            };
            tokio::spawn(async move { app.directory.change(&Actor::HOST, set_up).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for one in tries {
        won += usize::from(one.await.unwrap());
    }
    assert_eq!(won, 1);
    let mut conn = test.app.db.read().await.unwrap();
    let all = accounts::page(&mut conn, -1, 100).await.unwrap();
    assert_eq!(all.iter().map(|account| account.number).collect::<Vec<_>>(), [0]);
    let root = teams::by_slug(&mut conn, "root-team").await.unwrap().unwrap();
    assert_eq!(
        (root.number, root.kind),
        (0, doorward::model::team::TeamKind::Root)
    );
    let scheme = schemes::active(&test.app.db).await.unwrap();
    let held = Authority::load(&mut conn, scheme, &all[0].id, test.clock.now())
        .await
        .unwrap();
    let roles = held.roles;
    assert_eq!(roles, ["owner", "member"]);
    drop(conn);
    assert_eq!(
        test.browser().get("/set-up").await.status,
        403,
        "set-up is closed at once"
    );
}

async fn create_sixteen_times(test: &TestApp, new: impl Fn(usize) -> NewAccount) -> usize {
    let tries: Vec<_> = (0..16)
        .map(|turn| {
            let (app, create) = (test.app.clone(), CreateAccount { new: new(turn) });
            tokio::spawn(async move { app.directory.change(&Actor::HOST, create).await.is_ok() })
        })
        .collect();
    let mut made = 0;
    for one in tries {
        made += usize::from(one.await.unwrap());
    }
    made
}

async fn user_names_are_unique(test: TestApp) {
    let spelled = ["bob", "BOB", "Bob", "boB"];
    let made = create_sixteen_times(&test, |turn| NewAccount {
        username: spelled[turn % spelled.len()].into(),
        ..NewAccount::default()
    });
    assert_eq!(made.await, 1);
    let all = accounts::page(&mut test.app.db.read().await.unwrap(), -1, 100)
        .await
        .unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|account| account.username.to_lowercase())
        .collect();
    assert_eq!(names, ["ann", "bob"]);
}

async fn addresses_are_unique(test: TestApp) {
    // In one code point and in two, in either case, and in full-width letters: each the same to whoever writes to it.
    let spelled = [
        "jos\u{e9}@example.org",
        "jose\u{301}@example.org",
        "JOS\u{c9}@EXAMPLE.ORG",
        "\u{ff4a}os\u{e9}@example.org",
    ];
    let made = create_sixteen_times(&test, |turn| NewAccount {
        username: format!("jose{turn}"),
        email: Some(spelled[turn % spelled.len()].into()),
        ..NewAccount::default()
    });
    assert_eq!(made.await, 1);
    let all = accounts::page(&mut test.app.db.read().await.unwrap(), -1, 100)
        .await
        .unwrap();
    assert_eq!(all.len(), 2, "nothing is left of those who came too late");
}

async fn d10_two_owners_who_suspend_each_other_leave_one(test: TestApp) {
    let bob = test.person("bob").await;
    test.make_owner("bob").await;
    let tries: Vec<_> = (0..16)
        .map(|turn| {
            let (by, over) = if turn % 2 == 0 {
                (&test.ann, &bob)
            } else {
                (&bob, &test.ann)
            };
            let actor = Actor::account(by.clone(), "");
            let (app, id, reason) = (test.app.clone(), over.clone(), String::new());
            let suspend = SuspendAccount { id, reason };
            tokio::spawn(async move { app.directory.change(&actor, suspend).await.is_ok() })
        })
        .collect();
    let mut done = 0;
    for one in tries {
        done += usize::from(one.await.unwrap());
    }
    assert_eq!(done, 1);
    let mut conn = test.app.db.read().await.unwrap();
    let all = accounts::page(&mut conn, -1, 100).await.unwrap();
    let active = all.iter().filter(|account| account.status == Status::Active);
    assert_eq!(active.count(), 1);
}

async fn a_password_reset_leaves_no_sign_in_with_the_old_one(test: TestApp) {
    let mut tries = Vec::new();
    for _ in 0..16 {
        let browser = test.browser();
        let page = browser.get("/sign-in").await;
        tries.push(tokio::spawn(async move {
            let old = [("username", "ann"), ("password", PASSWORD)];
            browser.submit(&page, "/sign-in/password", &old).await;
            browser
        }));
    }
    let new = SetPassword {
        id: test.ann.clone(),
        password: "another good and long passphrase".into(),
    };
    test.change(&Actor::HOST, new).await.unwrap();
    for one in tries {
        let browser = one.await.unwrap();
        let account = browser.get("/account").await;
        assert_eq!(account.status, 303, "a session of the old password lives");
    }
}

/// Begins a session of Ann's as if this version of her password had been checked; yields whether it began.
async fn begin(test: &TestApp, version: PasswordVersion) -> bool {
    let (account, now) = (test.ann.clone(), test.clock.now());
    let begun = test.app.db.write::<_, doorward::store::Error, _>(move |tx| {
        Box::pin(async move {
            let token = doorward::crypto::Token::random();
            let new = NewSession {
                id: &SessionId::new(now),
                token_hash: &token.hash(),
                account_id: &account,
                amr: &Amr::parse("pwd"),
                password: version,
                authenticated_at: now,
                expires_at: now + std::time::Duration::from_hours(1),
                client_address: "",
                user_agent: "",
            };
            sessions::begin(tx, &new).await
        })
    });
    begun.await.unwrap()
}

async fn a_session_begins_only_as_the_password_was_checked(test: TestApp) {
    let now = test.clock.now();
    let version = async || {
        let mut conn = test.app.db.read().await.unwrap();
        let found = passwords::of_account(&mut conn, &test.ann).await.unwrap();
        found.unwrap().1
    };
    let first = version().await;
    assert!(begin(&test, first).await);
    let new = SetPassword {
        id: test.ann.clone(),
        password: "another good and long passphrase".into(),
    };
    test.change(&Actor::HOST, new).await.unwrap();
    assert!(!begin(&test, first).await, "the password is another one");
    let second = version().await;
    assert!(begin(&test, second).await);
    for (column, before, after) in [
        ("status", "'active'", "'suspended'"),
        ("valid_until", "NULL", &now.0.to_string()),
        ("valid_from", "NULL", &(now.0 + 1).to_string()),
    ] {
        test.sql(&format!("UPDATE accounts SET {column} = {after}")).await;
        assert!(!begin(&test, second).await, "{column} = {after}");
        test.sql(&format!("UPDATE accounts SET {column} = {before}"))
            .await;
        assert!(begin(&test, second).await, "{column} = {before}");
    }
}
