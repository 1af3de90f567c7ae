//! How the owner of a new account signs in for the first time.

use doorward::clock::Clock;
use doorward::directory::Actor;

use super::links::{choose, link_by};
use super::temporary::replace_temporary;
use super::{CREATE_BOB, NEW};
use crate::registration::register;
use crate::schemes::apply_scheme;
use crate::settings::set_registration;
use crate::support::{TestApp, apply, on_both};

#[apply(on_both)]
async fn cr_17_an_account_is_created_with_a_typed_password_which_its_owner_may_change(test: TestApp) {
    apply_scheme(&test, "coder").await;
    let ann = test.signed_in("ann").await;
    let path = "/console/users/new";
    let form = [
        ("username", "bob"),
        ("email", "bob@example.org"),
        ("password", "quiet lanterns over water"),
    ];
    let done = ann.submit(&ann.get(path).await, path, &form).await;
    assert!(ann.follow(done).await.body.contains("bob is added"));
    let bob = test.browser();
    bob.try_sign_in("bob", "quiet lanterns over water").await;
    let security = bob.get("/account/security").await;
    let change = [("current", "quiet lanterns over water"), ("new", NEW)];
    let changed = bob.submit(&security, "/account/password", &change).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    let again = test.browser();
    again.try_sign_in("bob", NEW).await;
    assert!(again.is_signed_in().await);
}

#[apply(on_both)]
async fn cr_19_a_command_creates_an_account_and_prints_what_to_hand_over(test: TestApp) {
    let ran = test.run(&CREATE_BOB, "").await;
    assert!(ran.succeeded, "{}", ran.stderr);
    for line in [
        format!("Sign in at: {}/account", test.base),
        "Username: bob".into(),
        "E-mail: bob@example.org".into(),
    ] {
        assert!(ran.stdout.contains(&line), "{line}: {}", ran.stdout);
    }
    let shown = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Temporary password: "));
    let password = shown.unwrap();
    assert!(!ran.stderr.contains(password), "and no log has it");
    // The command uses the clock of the machine.
    test.clock.set(Clock::system().now());
    replace_temporary(&test, "bob@example.org", password).await;
}

#[apply(on_both)]
async fn cr_19_the_command_prints_json_and_asks_only_at_a_terminal(test: TestApp) {
    let create = ["users", "create", "carol", "--temporary-password"];
    let created = test.run_json(&create).await;
    assert_eq!(created["password"].as_str().unwrap().len(), 19);
    let nobody = test.run(&["users", "create", "--temporary-password"], "").await;
    assert!(nobody.stderr.contains("pass the username"), "{}", nobody.stderr);
}

#[apply(on_both)]
async fn a_new_account_gets_a_temporary_password(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let path = "/console/users/new";
    let form = [("username", "bob"), ("temporary", "yes")];
    let done = ann.submit(&ann.get(path).await, path, &form).await;
    let shown = ann.follow(done).await;
    shown.expect_text("Temporary password for bob");
    let password = shown.text("#reset-secret");
    replace_temporary(&test, "bob", &password).await;
}

#[apply(on_both)]
async fn passwords_are_typed_only_where_the_scheme_allows_it(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let path = "/console/users/new";
    let form = [("username", "bob"), ("password", "quiet lanterns over water")];
    let refused = ann.submit(&ann.get(path).await, path, &form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(test.count("accounts").await, 1);
}

#[apply(on_both)]
async fn hb_8_the_classes_are_asked_for_at_a_registration_and_a_reset(test: TestApp) {
    apply_scheme(&test, "harbor").await;
    set_registration(&test, "open", "").await;
    let wrong = [
        ("Abcdef1", "8"),
        ("ABCDEFG1", "lower-case"),
        ("abcdefg1", "upper-case"),
        ("Abcdefgh", "digit"),
    ];
    let browser = test.browser();
    let bob = |password| [("username", "bob"), ("name", "Bob"), ("password", password)];
    for (password, why) in wrong {
        let refused = register(&browser, &bob(password)).await;
        assert_eq!(refused.status, 422, "{password}");
        assert!(refused.text("#password-error").contains(why), "{password}");
    }
    let done = register(&browser, &bob("Abcdefg1")).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let link = link_by(&test, &Actor::HOST, &test.id("bob").await).await;
    for (password, why) in wrong {
        let refused = choose(&browser, &link, password).await;
        assert_eq!(refused.status, 422, "{password}");
        assert!(refused.text("#password-error").contains(why), "{password}");
    }
    assert_eq!(choose(&browser, &link, "Hgfedcb2").await.status, 303);
}
