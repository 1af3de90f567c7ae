//! Everything that may happen only once, tried sixteen times concurrently.

use std::sync::Arc;
use std::time::Duration;

use doorward::crypto::Token;
use doorward::directory::accounts::{CreateAccount, NewAccount, SuspendAccount};
use doorward::directory::authority::Authority;
use doorward::directory::resets::{MakeResetCode, SetPassword};
use doorward::directory::set_up::SetUpInstance;
use doorward::directory::teams::{DeleteTeam, TeamRef};
use doorward::directory::{Actor, Failure, schemes};
use doorward::model::account::{Account, Status};
use doorward::model::client::ClientSettings;
use doorward::model::team::TeamKind;
use doorward::model::{Amr, DeviceId, PasswordVersion, SessionId};
use doorward::store::sessions::{self, NewSession};
use doorward::store::{accounts, passwords, teams};

use crate::schemes::team;
use crate::support::{On, PASSWORD, TestApp, apply, new_app, on_both, sixteen_at_once, successes_of_sixteen};

#[apply(on_both)]
async fn a_code_is_redeemed_once(test: TestApp) {
    let (rp, browser) = (Arc::new(test.rp().await), test.browser());
    let code = rp.code(&browser, "ann", &[]).await;
    let redeemed = successes_of_sixteen(|_| {
        let (rp, code) = (rp.clone(), code.clone());
        async move {
            let status = rp.redeem(&code).await.status;
            assert!(status == 200 || status == 400, "{status}");
            status == 200
        }
    });
    assert_eq!(redeemed.await, 1, "redemptions of one code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cf_1_an_instance_is_set_up_once_on_sqlite() {
    set_up_sixteen_times(TestApp::start_without_owner(On::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cf_1_an_instance_is_set_up_once_on_postgres() {
    set_up_sixteen_times(TestApp::start_without_owner(On::Postgres).await).await;
}

async fn set_up_sixteen_times(test: TestApp) {
    let set_up = successes_of_sixteen(|turn| {
        let app = test.app.clone();
        let set_up = SetUpInstance {
            organisation: "Example".into(),
            new: NewAccount {
                username: format!("owner{turn}"),
                password: Some(PASSWORD.into()),
                ..NewAccount::default()
            },
        };
        async move { app.directory.change(&Actor::HOST, set_up).await.is_ok() }
    });
    assert_eq!(set_up.await, 1);
    assert_set_up_once(&test).await;
    let again = test.browser().get("/set-up").await.status;
    assert_eq!(again, 403, "set-up is closed at once");
}

/// Checks that there is one account, which owns the instance, and one root team.
async fn assert_set_up_once(test: &TestApp) {
    let all = all_accounts(test).await;
    assert_eq!(all.iter().map(|account| account.number).collect::<Vec<_>>(), [0]);
    let mut conn = test.app.db.read().await.unwrap();
    let root = teams::by_slug(&mut conn, "root-team").await.unwrap().unwrap();
    assert_eq!((root.number, root.kind), (0, TeamKind::Root));
    let scheme = schemes::active(&test.app.db).await.unwrap();
    let authority = Authority::load(&mut conn, scheme, &all[0].id, test.clock.now()).await;
    assert_eq!(authority.unwrap().roles, ["owner", "member"]);
}

async fn all_accounts(test: &TestApp) -> Vec<Account> {
    let mut conn = test.app.db.read().await.unwrap();
    accounts::page(&mut conn, -1, 100).await.unwrap()
}

/// How many of sixteen concurrent creations succeed.
async fn created(test: &TestApp, new: impl Fn(usize) -> NewAccount) -> usize {
    successes_of_sixteen(|turn| {
        let (app, create) = (test.app.clone(), CreateAccount { new: new(turn) });
        async move { app.directory.change(&Actor::HOST, create).await.is_ok() }
    })
    .await
}

#[apply(on_both)]
async fn usernames_are_unique(test: TestApp) {
    let spelled = ["bob", "BOB", "Bob", "boB"];
    let made = created(&test, |turn| NewAccount {
        username: spelled[turn % spelled.len()].into(),
        ..NewAccount::default()
    });
    assert_eq!(made.await, 1);
    let all = all_accounts(&test).await;
    let names = all.iter().map(|account| account.username.to_lowercase());
    assert_eq!(names.collect::<Vec<_>>(), ["ann", "bob"]);
}

#[apply(on_both)]
async fn verified_addresses_are_unique(test: TestApp) {
    // Composed and decomposed, in either case, and in full-width letters: all are the same address.
    let spelled = [
        "jos\u{e9}@example.org",
        "jose\u{301}@example.org",
        "JOS\u{c9}@EXAMPLE.ORG",
        "\u{ff4a}os\u{e9}@example.org",
    ];
    let made = created(&test, |turn| NewAccount {
        username: format!("jose{turn}"),
        email: Some(spelled[turn % spelled.len()].into()),
        email_verified: true,
        ..NewAccount::default()
    });
    assert_eq!(made.await, 1);
    let left = all_accounts(&test).await.len();
    assert_eq!(left, 2, "nothing is left of those that came too late");
}

#[apply(on_both)]
async fn d10_of_two_owners_who_suspend_each_other_one_remains(test: TestApp) {
    let bob = test.add_person("bob").await;
    test.make_owner("bob").await;
    let suspended = successes_of_sixteen(|turn| {
        let (by, over) = if turn % 2 == 0 {
            (&test.ann, &bob)
        } else {
            (&bob, &test.ann)
        };
        let actor = Actor::account(by.clone(), "");
        let (app, id, reason) = (test.app.clone(), over.clone(), String::new());
        let suspend = SuspendAccount { id, reason };
        async move { app.directory.change(&actor, suspend).await.is_ok() }
    });
    assert_eq!(suspended.await, 1);
    let all = all_accounts(&test).await;
    let active = all.iter().filter(|account| account.status == Status::Active);
    assert_eq!(active.count(), 1);
}

#[apply(on_both)]
async fn a_team_is_deleted_or_gets_an_app(test: TestApp) {
    for round in 0..4 {
        let ops = team(&test, &Actor::HOST, &format!("ops{round}")).await;
        let outcomes = sixteen_at_once(|turn| {
            let (app, team) = (test.app.clone(), TeamRef::Id(ops.clone()));
            let mut create = new_app(&format!("app-{round}-{turn}"), ClientSettings::default());
            create.team = Some(team.clone());
            async move {
                let directory = &app.directory;
                if turn == 8 {
                    directory
                        .change(&Actor::HOST, DeleteTeam { team })
                        .await
                        .map(|_| ())
                } else {
                    directory.change(&Actor::HOST, create).await.map(|_| ())
                }
            }
        });
        for outcome in outcomes.await {
            assert!(!matches!(outcome, Err(Failure::Database(_))), "{outcome:?}");
        }
    }
}

#[apply(on_both)]
async fn a_password_reset_ends_concurrent_sign_ins_with_the_old_password(test: TestApp) {
    let mut tries = Vec::new();
    for _ in 0..16 {
        let browser = test.browser();
        let page = browser.get("/sign-in").await;
        tries.push(tokio::spawn(async move {
            browser.submit_password(&page, "ann", PASSWORD).await;
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
        assert_eq!(account.status, 303, "a session with the old password is alive");
    }
}

/// Checks that only a device that the account trusts now replaces its second factor.
async fn trust_stands_in_for_the_second_factor(test: &TestApp, version: PasswordVersion) {
    let bob = test.add_person("bob").await;
    let (ann, now) = (&test.ann, test.clock.now().0);
    test.sql(&format!(
        "INSERT INTO devices (id, account_id, token_hash, created_at, seen_at, client_address, user_agent) \
         SELECT 'trusted', id, CAST('hash' AS {}), 0, 0, '', '' FROM accounts WHERE id = '{ann}'",
        if test.database.starts_with("postgres") {
            "BYTEA"
        } else {
            "BLOB"
        }
    ))
    .await;
    test.sql("UPDATE accounts SET has_second_factor = TRUE").await;
    for (account, until, begins) in [
        (ann, "NULL".to_owned(), false),
        (ann, now.to_string(), false),
        (ann, (now + 1).to_string(), true),
        (&bob, (now + 1).to_string(), false),
    ] {
        test.sql(&format!(
            "UPDATE devices SET account_id = '{account}', trusted_until = {until}"
        ))
        .await;
        assert_eq!(begin(test, version).await, begins, "{account} {until}");
    }
    test.sql("UPDATE accounts SET has_second_factor = FALSE").await;
}

/// Begins a session for Ann as if this version of her password had been verified; yields whether it began.
async fn begin(test: &TestApp, version: PasswordVersion) -> bool {
    let (account, now) = (test.ann.clone(), test.clock.now());
    let begun = test.app.db.write::<_, doorward::store::Error, _>(move |tx| {
        Box::pin(async move {
            let token = Token::random();
            let new = NewSession {
                id: &SessionId::new(now),
                token_hash: &token.hash(),
                account_id: &account,
                amr: &Amr::parse("pwd"),
                password: Some(version),
                second_factor: false,
                trusted_device: Some(&DeviceId("trusted".to_owned())),
                one_time: false,
                acting: None,
                authenticated_at: now,
                expires_at: now + Duration::from_hours(1),
                client_address: "",
                user_agent: "",
            };
            sessions::begin(tx, &new).await
        })
    });
    begun.await.unwrap()
}

#[apply(on_both)]
async fn a_session_begins_only_with_the_verified_password_version(test: TestApp) {
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
    assert!(!begin(&test, first).await, "the password has changed");
    let second = version().await;
    assert!(begin(&test, second).await);
    for (column, before, after) in [
        ("has_second_factor", "FALSE", "TRUE"),
        ("temporary_password_until", "NULL", "9000000000000000"),
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
    trust_stands_in_for_the_second_factor(&test, second).await;
    let account = test.ann.clone().into();
    test.change(&Actor::HOST, MakeResetCode { account })
        .await
        .unwrap();
    assert!(!begin(&test, second).await, "a reset by a code waits");
    test.clock.advance(Duration::from_hours(1));
    assert!(begin(&test, second).await, "the code has expired");
}
