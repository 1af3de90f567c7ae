//! Which apps are told of which endings of sessions.

use std::sync::Arc;
use std::time::Duration;

use doorward::crypto::Algorithm;
use doorward::directory::accounts::{DeleteAccount, EndAccountSessions, SuspendAccount};
use doorward::directory::clients::DeleteClient;
use doorward::directory::resets::SetPassword;
use doorward::directory::{Actor, revocation};
use doorward::model::client::SubjectType;
use doorward::model::session::EndReason;
use doorward::model::{AccountId, ClientId, SessionId};
use doorward::store::Error;

use super::receiver::{Receiver, verified};
use super::told;
use crate::acting::acting_as_bob;
use crate::support::{Browser, OFFLINE, PASSWORD, Response, TestApp, apply, on_both};

const NEW: &str = "another good and long passphrase";

pub async fn sign_out(browser: &Browser) {
    let page = browser.get("/oauth2/logout").await;
    assert_eq!(confirm(browser, &page).await.text("h1"), "You are signed out");
}

/// Confirms the sign-out.
pub async fn confirm(browser: &Browser, page: &Response) -> Response {
    let filled = [("decision", "sign_out")];
    browser.submit(page, "/oauth2/logout", &filled).await
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b44_every_app_of_a_session_is_told_that_it_has_ended(test: TestApp) {
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    let wiki = test.rp_with_backchannel_logout("wiki", &one).await;
    let shop = test
        .rp_with("shop", |settings| {
            settings.backchannel_logout_uri = Some(other.address.clone());
            settings.id_token_alg = Algorithm::ES256;
            settings.subject_type = SubjectType::Pairwise;
        })
        .await;
    let quiet = test.rp_with("quiet", |_| ()).await;
    test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    let at_wiki = wiki.silent_sign_in(&browser).await.claims();
    let at_shop = shop.silent_sign_in(&browser).await.claims();
    quiet.silent_sign_in(&browser).await;
    // Their tokens have expired long before the session ends.
    test.clock.advance(Duration::from_hours(5));
    doorward::store::sweep::sweep(&test.app.db, test.clock.now())
        .await
        .unwrap();
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    sign_out(&browser).await;
    assert_eq!(test.deliver_logouts().await, told(2, 0));
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    for (receiver, rp, alg, id_token) in [(&one, &wiki, "RS256", at_wiki), (&other, &shop, "ES256", at_shop)]
    {
        let tokens = receiver.tokens();
        assert_eq!(tokens.len(), 1, "{alg}");
        assert_eq!(crate::support::header(&tokens[0])["alg"], alg);
        let claims = verified(&test, rp, &tokens[0]).await;
        assert_eq!(
            (&claims["sub"], &claims["sid"]),
            (&id_token["sub"], &id_token["sid"])
        );
        assert!(claims["jti"].as_str().unwrap().len() >= 20);
    }
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b44_an_app_that_signs_somebody_out_is_told_too(test: TestApp) {
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    let (wiki, shop) = (
        test.rp_with_backchannel_logout("wiki", &one).await,
        test.rp_with_backchannel_logout("shop", &other).await,
    );
    let browser = test.signed_in("ann").await;
    let tokens = wiki.silent_sign_in(&browser).await;
    shop.silent_sign_in(&browser).await;
    let query = format!("/oauth2/logout?id_token_hint={}", tokens.id_token());
    assert_eq!(browser.get(&query).await.text("h1"), "You are signed out");
    assert_eq!(test.deliver_logouts().await, told(2, 0));
    assert_eq!((one.tokens().len(), other.tokens().len()), (1, 1));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b23_b26_b44_a_logout_token_is_good_for_nothing_else(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let browser = test.signed_in("ann").await;
    let access = rp.silent_sign_in(&browser).await.access().to_owned();
    sign_out(&browser).await;
    test.deliver_logouts().await;
    let token = receiver.tokens().remove(0);
    let browser = test.signed_in("ann").await;
    rp.silent_sign_in(&browser).await;
    assert_eq!(rp.userinfo(&token).await.status, 401);
    assert_eq!(rp.introspect(&token).await["active"], false);
    assert!(rp.verify(&token, &access).await.is_err());
    let hint = browser
        .get(&format!("/oauth2/logout?id_token_hint={token}"))
        .await;
    assert!(!hint.form("/oauth2/logout").is_empty(), "it must be confirmed");
}

/// Ends Ben's sessions in one of six ways; yields whether his first session is left.
async fn end(test: &TestApp, way: usize, ben: &AccountId, first: &Browser) -> bool {
    let id = ben.clone();
    let own = async |path: &str, filled: &[(&str, &str)]| {
        let page = first.get("/account/security").await;
        assert_eq!(first.post_with_csrf(&page, path, filled).await.status, 303);
    };
    match way {
        0 => own("/account/sessions/end", &[]).await,
        1 => own("/account/password", &[("current", PASSWORD), ("new", NEW)]).await,
        2 => set_password(test, ben, PASSWORD).await,
        3 => test
            .change(&Actor::HOST, EndAccountSessions { id })
            .await
            .unwrap(),
        4 => {
            let reason = String::new();
            test.change(&Actor::HOST, SuspendAccount { id, reason })
                .await
                .unwrap();
        }
        _ => test.change(&Actor::HOST, DeleteAccount { id }).await.unwrap(),
    }
    way < 2
}

async fn set_password(test: &TestApp, ben: &AccountId, password: &str) {
    let (id, password) = (ben.clone(), password.into());
    test.change(&Actor::HOST, SetPassword { id, password })
        .await
        .unwrap();
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_7_cl_36_every_way_to_end_sessions_tells_the_apps(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    for way in 0..6 {
        let name = format!("ben{way}");
        let ben = test.add_person(&name).await;
        let (first, second) = (test.signed_in(&name).await, test.signed_in(&name).await);
        let mut sessions = Vec::new();
        for browser in [&first, &second] {
            let claims = rp.silent_sign_in(browser).await.claims();
            sessions.push(claims["sid"].as_str().unwrap().to_owned());
        }
        let before = receiver.sessions().len();
        let stays = end(&test, way, &ben, &first).await;
        assert_eq!(
            test.deliver_logouts().await,
            told(if stays { 1 } else { 2 }, 0),
            "{way}"
        );
        let mut seen = receiver.sessions().split_off(before);
        seen.sort();
        sessions.sort();
        assert_eq!(seen, if stays { &sessions[1..] } else { &sessions[..] }, "{way}");
    }
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b44_apps_of_other_people_and_sessions_are_not_told(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    test.add_person("ben").await;
    let (ann, elsewhere, ben) = (
        test.signed_in("ann").await,
        test.signed_in("ann").await,
        test.signed_in("ben").await,
    );
    let ended = rp.silent_sign_in(&ann).await.claims();
    rp.silent_sign_in(&elsewhere).await;
    rp.silent_sign_in(&ben).await;
    sign_out(&ann).await;
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(receiver.sessions(), [ended["sid"].as_str().unwrap()]);
    for browser in [elsewhere, ben] {
        assert!(browser.is_signed_in().await);
    }
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn a_session_that_is_replaced_keeps_its_apps_signed_in(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let browser = test.signed_in("ann").await;
    let first = rp.silent_sign_in(&browser).await.claims();
    browser.sign_in("/sign-in?add=1", "ann").await;
    assert_eq!(test.deliver_logouts().await, told(0, 0));
    let second = rp.silent_sign_in(&browser).await.claims();
    assert_ne!(first["sid"], second["sid"]);
    sign_out(&browser).await;
    assert_eq!(test.deliver_logouts().await, told(2, 0));
    let mut seen = receiver.sessions();
    seen.sort();
    assert_eq!(
        seen,
        [first["sid"].as_str().unwrap(), second["sid"].as_str().unwrap()]
    );
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn cl_7_access_without_a_session_is_told_when_it_ends(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let ben = test.add_person("ben").await;
    let browser = test.browser();
    let tokens = rp.sign_in(&browser, "ben", OFFLINE).await;
    sign_out(&browser).await;
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 200);
    let (id, reason) = (ben, String::new());
    test.change(&Actor::HOST, SuspendAccount { id, reason })
        .await
        .unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 400);
    let sid = tokens.claims()["sid"].as_str().unwrap().to_owned();
    assert_eq!(receiver.sessions(), [sid.clone(), sid]);
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn the_end_of_acting_as_somebody_else_is_told(test: TestApp) {
    let receiver = Receiver::start().await;
    let rp = test.rp_with_backchannel_logout("wiki", &receiver).await;
    let browser = acting_as_bob(&test).await;
    let as_bob = rp.silent_sign_in(&browser).await.claims();
    let by_bob = test.browser();
    rp.sign_in(&by_bob, "bob", &[]).await;
    // Acting ends with Ann's own session.
    let id = test.ann.clone();
    test.change(&Actor::HOST, EndAccountSessions { id })
        .await
        .unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    let claims = verified(&test, &rp, &receiver.tokens()[0]).await;
    assert_eq!((&claims["sub"], &claims["sid"]), (&as_bob["sub"], &as_bob["sid"]));
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn an_app_that_is_deleted_is_not_told(test: TestApp) {
    let receiver = Receiver::start().await;
    let browser = test.signed_in("ann").await;
    test.rp_with_backchannel_logout("gone", &receiver)
        .await
        .silent_sign_in(&browser)
        .await;
    let stays = test.rp_with_backchannel_logout("stays", &receiver).await;
    stays.silent_sign_in(&browser).await;
    sign_out(&browser).await;
    let id = ClientId("gone".to_owned());
    test.change(&Actor::HOST, DeleteClient { id }).await.unwrap();
    assert_eq!(test.deliver_logouts().await, told(1, 0));
    verified(&test, &stays, &receiver.tokens()[0]).await;
}

#[apply(on_both)]
#[start(start_with_local_apps)]
async fn b44_no_sign_in_slips_past_the_end_of_its_session(test: TestApp) {
    let rp = Arc::new(test.rp().await);
    let browser = test.signed_in("ann").await;
    let first = rp.silent_sign_in(&browser).await.claims();
    let code = rp.code(&browser, "ann", &[]).await;
    // The session ends in a transaction that stays open until the app has tried to redeem its code.
    let (session, now) = (
        SessionId(first["sid"].as_str().unwrap().to_owned()),
        test.clock.now(),
    );
    let (ended, is_ended) = tokio::sync::oneshot::channel();
    let (commit, may_commit) = tokio::sync::oneshot::channel::<()>();
    let db = test.app.db.clone();
    let ending = tokio::spawn(async move {
        db.write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                revocation::end_session((tx, now), &session, EndReason::SignedOut).await?;
                ended.send(()).unwrap();
                may_commit.await.unwrap();
                Ok(())
            })
        })
        .await
    });
    is_ended.await.unwrap();
    let mut redeeming = tokio::spawn(async move { rp.redeem(&code).await.status });
    let early = tokio::time::timeout(Duration::from_secs(1), &mut redeeming).await;
    assert!(early.is_err(), "it waits for the end: {early:?}");
    commit.send(()).unwrap();
    ending.await.unwrap().unwrap();
    assert_eq!(redeeming.await.unwrap(), 400);
    assert_eq!(
        (test.count("app_sessions").await, test.count("logouts").await),
        (0, 1)
    );
}
