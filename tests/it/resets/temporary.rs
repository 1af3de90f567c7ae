//! Temporary passwords, and passwords that an administrator types.

use std::sync::Arc;
use std::time::Duration;

use doorward::clock::Clock;
use doorward::directory::Actor;
use doorward::directory::resets::{MakeTemporaryPassword, SetPassword};
use doorward::directory::schemes::ApplyScheme;
use doorward::model::AccountId;
use serde_json::json;

use super::{NEW, two_teams};
use crate::schemes::{ann, apply_scheme, grant_instance_role, id_of, outcome_of, people};
use crate::support::{
    Browser, OFFLINE, PASSWORD, Response, TestApp, apply, fill, on_both, param, successes_of_sixteen,
};

const PATH: &str = "/sign-in/new-password";

/// Makes a temporary password for the account with this number on its page; yields the page that shows it.
async fn made(admin: &Browser, number: i64) -> Response {
    let tab = format!("/console/users/{number}/sign-in");
    let action = format!("/console/users/{number}/password/temporary");
    let done = admin.submit(&admin.get(&tab).await, &action, &[]).await;
    admin.follow(done).await
}

/// Gives a person a temporary password.
async fn temporary(test: &TestApp, id: &AccountId) -> String {
    let made = MakeTemporaryPassword::new(id.clone().into());
    let made = test.change(&Actor::HOST, made).await.unwrap();
    made.password.expose().clone()
}

/// The page for a new password, to which a sign-in with this password leads.
pub async fn new_password_page(browser: &Browser, address: &str, username: &str, password: &str) -> Response {
    browser.sign_in_up_to(PATH, address, (username, password)).await
}

/// Signs in with a temporary password and chooses another one.
pub async fn replace_temporary(test: &TestApp, username: &str, password: &str) {
    let browser = test.browser();
    let page = new_password_page(&browser, "/sign-in", username, password).await;
    assert!(!browser.is_signed_in().await);
    let chosen = [("password", NEW)];
    browser.submit(&page, "/sign-in/new-password", &chosen).await;
    assert!(browser.is_signed_in().await);
}

#[apply(on_both)]
async fn cr_22_a_temporary_password_is_shown_once_and_ends_everything(test: TestApp) {
    apply_scheme(&test, "coder").await;
    test.add_person("bob").await;
    let (admin, bob, rp) = (test.signed_in("ann").await, test.browser(), test.rp().await);
    let tokens = rp.sign_in(&bob, "bob", OFFLINE).await;
    let page = made(&admin, 1).await;
    let password = page.text("#reset-secret");
    assert_eq!(password.len(), 19);
    assert!(page.body.contains("Copy password"));
    // After a confirmation that it was copied, nobody sees it again.
    let done = admin.submit(&page, "/account/links/forget", &[]).await;
    assert!(!admin.follow(done).await.body.contains(&password));
    assert_eq!(
        test.count(&format!("passwords WHERE phc LIKE '%{password}%'"))
            .await,
        0
    );
    assert!(!bob.is_signed_in().await);
    assert_eq!(rp.refresh(tokens.refresh()).await.status, 400);
    assert_eq!(test.browser().try_sign_in("bob", PASSWORD).await.status, 422);
}

#[apply(on_both)]
async fn cr_23_pp_11_a_temporary_password_must_be_replaced_before_anything_else(test: TestApp) {
    let bob = test.add_person("bob").await;
    let password = temporary(&test, &bob).await;
    let (browser, rp) = (test.browser(), test.rp().await);
    let page = new_password_page(&browser, &rp.authorize(&[]), "bob", &password).await;
    // No page and no app lets them in.
    assert!(!browser.is_signed_in().await);
    assert_eq!(rp.silent_error(&browser).await, "login_required");
    assert_eq!(
        test.count(&format!("sessions WHERE account_id = '{bob}'")).await,
        0
    );
    let choose = async |password: &str| browser.submit(&page, PATH, &[("password", password)]).await;
    for (wrong, why) in [("short", "at least 12"), (password.as_str(), "another password")] {
        let refused = choose(wrong).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text("#password-error").contains(why), "{}", refused.body);
    }
    let done = choose(NEW).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd"]));
    assert_eq!(choose(NEW).await.status, 400, "the attempt is finished");
    assert_eq!(test.browser().try_sign_in("bob", &password).await.status, 422);
    let again = test.browser();
    again.try_sign_in("bob", NEW).await;
    assert!(again.is_signed_in().await, "and nothing is asked again");
}

#[apply(on_both)]
async fn a_temporary_password_stops_working(test: TestApp) {
    let bob = test.add_person("bob").await;
    let password = temporary(&test, &bob).await;
    let browser = test.browser();
    test.clock
        .advance(Duration::from_hours(72) - Duration::from_secs(1));
    let page = new_password_page(&browser, "/sign-in", "bob", &password).await;
    test.clock.advance(Duration::from_secs(1));
    let late = browser.submit(&page, PATH, &[("password", NEW)]).await;
    assert_eq!(late.status, 409, "{}", late.body);
    let refused = test.browser().try_sign_in("bob", &password).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("temporary password has expired"));
    let wrong = test.browser().try_sign_in("bob", "something else here").await;
    assert!(
        !wrong.body.contains("expired"),
        "only whoever knows the password learns that"
    );
}

#[apply(on_both)]
async fn a_temporary_password_never_replaces_the_second_factor(test: TestApp) {
    let bob = test.add_person("bob").await;
    let (authenticator, _) = test.add_authenticator(&test.signed_in("bob").await).await;
    let (browser, rp) = (test.browser(), test.rp().await);
    let password = temporary(&test, &bob).await;
    let page = browser.get(&rp.authorize(&[])).await;
    let page = browser.get(page.location()).await;
    let done = browser.submit_password(&page, "bob", &password).await;
    let next = browser.follow(done).await;
    assert!(next.location().contains("/second-factor"), "{}", next.location());
    let code_page = browser.get(next.location()).await;
    let early = next.location().replace("second-factor", "new-password");
    assert_eq!(browser.get(&early).await.status, 400);
    let form = code_page.form("/sign-in/second-factor");
    let skipped = browser.post(PATH, &fill(form, &[("password", NEW)])).await;
    assert_eq!(skipped.status, 400);
    let code = authenticator.code(test.clock.now());
    let done = browser.submit_code(&code_page, &code).await;
    let next = browser.follow(done).await;
    let page = browser.get(next.location()).await;
    let done = browser.submit(&page, PATH, &[("password", NEW)]).await;
    let back = browser.follow(done).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    assert_eq!(tokens.claims()["amr"], json!(["pwd", "otp", "mfa"]));
}

#[apply(on_both)]
async fn a_temporary_password_is_replaced_once_by_sixteen_at_once(test: TestApp) {
    let bob = test.add_person("bob").await;
    let password = temporary(&test, &bob).await;
    let browser = Arc::new(test.browser());
    let page = Arc::new(new_password_page(&browser, "/sign-in", "bob", &password).await);
    let replaced = successes_of_sixteen(|turn| {
        let (browser, page) = (browser.clone(), page.clone());
        async move {
            let password = format!("{NEW} {turn}");
            browser
                .submit(&page, PATH, &[("password", &password)])
                .await
                .status
                == 303
        }
    })
    .await;
    assert_eq!(replaced, 1);
    assert_eq!(
        test.count(&format!("sessions WHERE account_id = '{bob}'")).await,
        1
    );
}

#[apply(on_both)]
async fn cr_24_an_owner_is_reset_on_the_host_only(test: TestApp) {
    apply_scheme(&test, "coder").await;
    let [olga, hugh] = people(&test, ["olga", "hugh"]).await;
    grant_instance_role(&test, &id_of(&olga), "owner").await;
    let reset = async |by: &Actor, who: &Actor| {
        outcome_of(
            test.change(by, MakeTemporaryPassword::new(id_of(who).into()))
                .await,
        )
    };
    assert_eq!(reset(&ann(&test), &hugh).await, "yes");
    assert_eq!(reset(&ann(&test), &olga).await, "forbidden");
    let password = NEW.into();
    let set = SetPassword {
        id: id_of(&olga),
        password,
    };
    assert_eq!(outcome_of(test.change(&ann(&test), set).await), "forbidden");
    let admin = test.signed_in("ann").await;
    let tab = admin.get("/console/users/1/sign-in").await;
    assert!(!tab.body.contains("temporary password for"), "no button is shown");
    // The command needs no server.
    let told = test.run_json(&["reset-password", "olga"]).await;
    // The command uses the clock of the machine.
    test.clock.set(Clock::system().now());
    let browser = test.browser();
    let page = new_password_page(&browser, "/sign-in", "olga", told["password"].as_str().unwrap()).await;
    browser.submit(&page, PATH, &[("password", NEW)]).await;
    assert!(browser.is_signed_in().await);
    let unknown = test.run(&["reset-password", "nobody"], "").await;
    assert!(!unknown.succeeded && unknown.stderr.contains("no account nobody"));
}

#[apply(on_both)]
async fn a_team_admin_resets_members_with_no_more_rights(test: TestApp) {
    apply_scheme(&test, "coolify").await;
    let [chief, member, outsider, lead] = two_teams(&test).await;
    let reset = async |by: &Actor, who: &Actor| {
        outcome_of(
            test.change(by, MakeTemporaryPassword::new(id_of(who).into()))
                .await,
        )
    };
    assert_eq!(reset(&chief, &member).await, "yes");
    assert_eq!(reset(&chief, &outsider).await, "not found");
    assert_eq!(reset(&chief, &lead).await, "forbidden");
    assert_eq!(reset(&chief, &ann(&test)).await, "forbidden");
    // A reader's only permission to reset is in their own personal team.
    assert_eq!(reset(&member, &chief).await, "not found");
}

#[apply(on_both)]
async fn nobody_resets_their_own_password(test: TestApp) {
    apply_scheme(&test, "harbor").await;
    let (id, password) = (test.ann.clone(), NEW.into());
    let own = test
        .change(&ann(&test), MakeTemporaryPassword::new(id.clone().into()))
        .await;
    assert_eq!(outcome_of(own), "refused");
    let own = test.change(&ann(&test), SetPassword { id, password }).await;
    assert_eq!(outcome_of(own), "refused");
}

/// Types a password for account number 1.
async fn typed(admin: &Browser, password: &str) -> Response {
    let tab = admin.get("/console/users/1/sign-in").await;
    admin
        .submit(&tab, "/console/users/1/password", &[("password", password)])
        .await
}

#[apply(on_both)]
async fn hb_8_hb_9_an_administrator_types_a_password(test: TestApp) {
    apply_scheme(&test, "harbor").await;
    test.add_person("bob").await;
    let (admin, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    for (wrong, why) in [
        ("Abcdef1", "8"),
        ("ABCDEFG1", "lower-case"),
        ("abcdefg1", "upper-case"),
        ("Abcdefgh", "digit"),
    ] {
        let refused = typed(&admin, wrong).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text("#password-error").contains(why), "{wrong}");
    }
    let done = typed(&admin, "Abcdefg1").await;
    let saved = admin.follow(done).await;
    saved.expect_text("Password set for bob");
    assert!(!bob.is_signed_in().await);
    bob.try_sign_in("bob", "Abcdefg1").await;
    assert!(bob.is_signed_in().await, "this scheme asks for no other password");
}

#[apply(on_both)]
async fn a_typed_password_is_temporary_where_the_scheme_says_so(test: TestApp) {
    let built_in = doorward::directory::schemes::built_in();
    let mut scheme = built_in
        .iter()
        .find(|scheme| scheme.name == "harbor")
        .unwrap()
        .clone();
    scheme.name = "own".into();
    scheme.typed_passwords_are_temporary = true;
    test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
    test.add_person("bob").await;
    let admin = test.signed_in("ann").await;
    assert_eq!(typed(&admin, "Abcdefg1").await.status, 303);
    let tab = admin.get("/console/users/1/sign-in").await;
    assert!(
        tab.text("#ways + dl").contains("Temporary, until"),
        "{}",
        tab.body
    );
    let page = new_password_page(&test.browser(), "/sign-in", "bob", "Abcdefg1").await;
    assert_eq!(page.status, 200);
}
