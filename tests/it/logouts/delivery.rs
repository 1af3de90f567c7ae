//! The job that tells apps of sign-outs: whatever the apps do, it loses and repeats nothing, and no app delays another.

use std::time::Duration;

use doorward::store::{Error, logouts};

use super::endings::sign_out;
use super::receiver::Receiver;
use super::told;
use crate::support::{Rp, TestApp, apply, on_both};

/// Signs Ann in to the app and out again.
async fn in_and_out(test: &TestApp, rp: &Rp) {
    let browser = test.signed_in("ann").await;
    rp.silent_sign_in(&browser).await;
    sign_out(&browser).await;
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn r25_an_app_that_fails_is_told_again(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    for status in [500, 302, 404, 201] {
        receiver.respond(status);
        in_and_out(&test, &rp).await;
        let before = receiver.tokens().len();
        assert_eq!(test.deliver_logouts().await, told(0, 1), "{status}");
        // A redirect is not followed.
        assert_eq!(receiver.tokens().len(), before + 1, "{status}");
        for seconds in [30, 60] {
            test.clock.advance(Duration::from_secs(seconds - 1));
            assert_eq!(test.deliver_logouts().await, told(0, 0), "{status}");
            test.clock.advance(Duration::from_secs(1));
            if seconds == 60 {
                receiver.respond(204);
            }
            let expected = if seconds == 60 { told(1, 0) } else { told(0, 1) };
            assert_eq!(test.deliver_logouts().await, expected, "{status}");
        }
    }
    let tokens = receiver.tokens();
    let ids: std::collections::BTreeSet<_> = tokens
        .iter()
        .map(|token| crate::support::claims(token)["jti"].to_string())
        .collect();
    assert_eq!(ids.len(), tokens.len(), "every token is unique");
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn r25_an_app_that_refuses_or_stays_away_is_given_up(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    receiver.respond(400);
    in_and_out(&test, &rp).await;
    assert_eq!(test.deliver_logouts().await, told(0, 1));
    assert_eq!(test.count("logouts WHERE failed_at IS NOT NULL").await, 1);
    receiver.respond(503);
    in_and_out(&test, &rp).await;
    let mut tried = 0;
    for _ in 0..24 * 60 {
        tried += test.deliver_logouts().await.failed;
        test.clock.advance(Duration::from_mins(1));
    }
    assert!((25..=35).contains(&tried), "{tried}");
    receiver.respond(200);
    test.clock.advance(Duration::from_hours(2));
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    assert_eq!(test.count("logouts WHERE failed_at IS NOT NULL").await, 2);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn r25_a_dead_app_is_tried_once_a_run_and_slows_nobody(test: TestApp) {
    let (dead, silent, alive) = (
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    let (gone, slow, wiki) = (
        test.rp_with_backchannel_logout("gone", &dead).await,
        test.rp_with_backchannel_logout("slow", &silent).await,
        test.rp_with_backchannel_logout("wiki", &alive).await,
    );
    dead.stop();
    silent.be_silent();
    for _ in 0..3 {
        let browser = test.signed_in("ann").await;
        for rp in [&gone, &slow, &wiki] {
            rp.silent_sign_in(&browser).await;
        }
        sign_out(&browser).await;
    }
    let app = test.app.clone();
    let mut run = tokio::spawn(async move { doorward::endpoints::logouts::deliver(&app).await.unwrap() });
    let arrivals = async {
        silent.arrived.notified().await;
        while alive.tokens().len() < 3 {
            alive.arrived.notified().await;
        }
    };
    tokio::select! {
        () = arrivals => {}
        _ = &mut run => panic!("the silent app delayed the other"),
    }
    assert_eq!(run.await.unwrap(), told(3, 2));
    assert_eq!((silent.tokens().len(), alive.tokens().len()), (1, 3));
    let all_wait = "logouts WHERE error IS NOT NULL AND confirmed_at IS NULL AND failed_at IS NULL";
    assert_eq!(test.count(all_wait).await, 6);
    assert_eq!(test.deliver_logouts().await, told(0, 0));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn r25_two_nodes_tell_an_app_once(test: TestApp) {
    let (one, two) = (Receiver::start().await, Receiver::start().await);
    let (wiki, shop) = (
        test.rp_with_backchannel_logout("wiki", &one).await,
        test.rp_with_backchannel_logout("shop", &two).await,
    );
    for _ in 0..5 {
        let browser = test.signed_in("ann").await;
        wiki.silent_sign_in(&browser).await;
        shop.silent_sign_in(&browser).await;
        sign_out(&browser).await;
    }
    let other = test.another_node().await;
    let mut confirmed = 0;
    while test.count("logouts WHERE confirmed_at IS NULL").await > 0 {
        let (here, there) = tokio::join!(test.deliver_logouts(), other.deliver_logouts());
        confirmed += here.confirmed + there.confirmed;
    }
    assert_eq!((confirmed, one.tokens().len(), two.tokens().len()), (10, 5, 5));
    let mut sessions = one.sessions();
    sessions.sort();
    sessions.dedup();
    assert_eq!(sessions.len(), 5);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn r25_a_logout_of_a_killed_node_is_told_by_another(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    in_and_out(&test, &rp).await;
    // A node that is killed while it tells an app leaves its lease.
    let (id, now) = (rp.id.clone(), test.clock.now());
    let lease = test.app.db.write::<_, Error, _>(move |tx| {
        let id = doorward::model::ClientId(id);
        Box::pin(async move { logouts::lease(tx, &id, now, now + Duration::from_mins(1)).await })
    });
    let leased = lease.await.unwrap().unwrap();
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    // If the first node was only slow, its late result changes nothing.
    let late = test.app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { logouts::not_confirmed(tx, &leased, "late", now, Some(now)).await })
    });
    late.await.unwrap();
    assert_eq!(
        test.count("logouts WHERE failed_at IS NULL AND confirmed_at IS NOT NULL")
            .await,
        1
    );
}

#[apply(on_both)]
async fn d16_only_addresses_that_are_allowed_are_told(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    in_and_out(&test, &rp).await;
    assert_eq!(test.deliver_logouts().await, told(0, 1));
    assert!(receiver.tokens().is_empty());
    assert_eq!(
        test.count("logouts WHERE error LIKE '%not a public address%'")
            .await,
        1
    );
}
