//! What may happen once, tried sixteen times at once.

use std::sync::Arc;

use doorward::directory::accounts::{NewAccount, SuspendAccount};
use doorward::directory::authority::Authority;
use doorward::directory::{Actor, schemes, set_up};
use doorward::store::{accounts, teams};

use crate::support::{On, PASSWORD, TestApp, on_both, param};

on_both!(
    a_code_is_redeemed_once,
    user_names_are_unique,
    d10_two_owners_who_suspend_each_other_leave_one,
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
            let (app, now) = (test.app.clone(), test.clock.now());
            tokio::spawn(async move {
                set_up::set_up(&app.db, &app.passwords, Actor::HOST, "Example", owner(n), now)
                    .await
                    .is_ok()
            })
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

async fn user_names_are_unique(test: TestApp) {
    test.person("bob").await;
    let same = NewAccount {
        username: "BOB".into(),
        password: Some(PASSWORD.into()),
        ..NewAccount::default()
    };
    let app = &test.app;
    let refused = doorward::directory::accounts::create(
        &app.db,
        &app.passwords,
        doorward::directory::Actor::HOST,
        same,
        test.clock.now(),
    );
    assert!(refused.await.is_err());
    let all = accounts::page(&mut app.db.read().await.unwrap(), -1, 100)
        .await
        .unwrap();
    assert_eq!(
        all.iter().map(|account| account.number).collect::<Vec<_>>(),
        [0, 1]
    );
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
    let active = all
        .iter()
        .filter(|account| account.status == doorward::model::account::Status::Active);
    assert_eq!(active.count(), 1);
}
