//! Looking after people at the console, and by the host's command line.

use std::process::Stdio;
use std::time::Duration;

use doorward::model::AccountId;
use tokio::io::AsyncWriteExt;

use crate::support::{Answer, Browser, On, PASSWORD, TestApp, claims, on_both, param};

on_both!(
    hb_4_an_account_of_another_directory_keeps_its_password_there,
    hb_5_cr_18_an_added_user_is_in_the_list_and_their_roles_are_changed_there,
    hb_10_hb_15_one_action_for_many_with_a_result_for_each,
    d7_nobody_chooses_a_password_for_others_unless_the_scheme_says_so,
    cl_13_a_role_is_given_on_the_page_of_a_user_and_recorded,
    cr_12_cr_13_cr_14_dormant_and_suspended_accounts_take_no_seat,
    cr_20_cr_21_nothing_happens_without_a_typed_yes,
    cr_28_a_chip_writes_the_query,
    an_account_is_of_use_while_it_is_valid,
    a_change_of_what_somebody_else_has_changed_is_refused,
    addresses_are_added_vouched_for_and_removed,
    sessions_are_ended_by_an_admin,
);

async fn owner(test: &TestApp) -> Browser {
    let browser = test.browser();
    browser.sign_in("/sign-in", "ann").await;
    browser
}

/// Sends the form of a user's page that leads there, with these fields.
async fn act(browser: &Browser, number: u32, form: &str, filled: &[(&str, &str)]) -> Answer {
    let path = format!("/console/users/{number}");
    let page = browser.get(&path).await;
    let mut fields = vec![page.form("/oauth2/logout").remove(0)];
    fields.extend(filled.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    browser.post(&format!("{path}/{form}"), &fields).await
}

async fn hb_4_an_account_of_another_directory_keeps_its_password_there(test: TestApp) {
    test.person("bob").await;
    test.sql("UPDATE accounts SET source = 'ldap' WHERE username = 'bob'")
        .await;
    let ann = owner(&test).await;
    let page = ann.get("/console/users/1").await;
    assert!(page.body.contains("comes from the directory ldap"));
    assert!(!page.body.contains("Delete account"));
    let refused = act(&ann, 1, "delete", &[("confirm", "bob")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Another directory manages this account"));
    let bob = test.browser();
    bob.sign_in("/sign-in", "bob").await;
    let page = bob.get("/account").await;
    assert!(page.body.contains("Your password is kept by another directory"));
    let mut fields = vec![page.form("/oauth2/logout").remove(0)];
    fields.push(("current".into(), PASSWORD.into()));
    fields.push(("new".into(), "another good and long passphrase 7".into()));
    assert_eq!(bob.post("/account/password", &fields).await.status, 409);
    // Local accounts beside it are as before.
    test.person("carol").await;
    assert_eq!(act(&ann, 2, "delete", &[("confirm", "carol")]).await.status, 303);
}

async fn hb_5_cr_18_an_added_user_is_in_the_list_and_their_roles_are_changed_there(test: TestApp) {
    crate::schemes::apply_scheme(&test, "coder").await;
    let ann = owner(&test).await;
    let form = ann.get("/console/users/new").await;
    let filled = [
        ("username", "bob"),
        ("name", "Bob Ray"),
        ("email", "bob@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(ann.submit(&form, "/console/users/new", &filled).await.status, 303);
    let again = ann.submit(&form, "/console/users/new", &filled).await;
    assert_eq!(again.status, 422);
    assert!(again.text("#username-error").contains("taken"));
    assert_eq!(again.attribute("#name", "value"), "Bob Ray");
    let list = ann.get("/console/users").await;
    assert!(list.body.contains("Bob Ray") && list.body.contains("bob@example.org"));
    assert_eq!(act(&ann, 1, "roles", &[("role", "user-admin")]).await.status, 303);
    assert!(
        ann.get("/console/users?q=role:user-admin")
            .await
            .body
            .contains("Bob Ray")
    );
    let bob = test.browser();
    bob.sign_in("/sign-in", "bob").await;
    assert_eq!(bob.get("/console/users/1").await.status, 200);
    // Whoever may do more is out of reach, and roles are the owner's to give.
    assert!(!bob.get("/console/users/0").await.body.contains("Suspend account"));
    assert_eq!(act(&bob, 0, "roles", &[("role", "owner")]).await.status, 403);
    assert_eq!(
        act(&ann, 1, "roles/revoke", &[("role", "user-admin")])
            .await
            .status,
        303
    );
    assert_eq!(bob.get("/console/users/1").await.status, 403);
}

async fn hb_10_hb_15_one_action_for_many_with_a_result_for_each(test: TestApp) {
    for username in ["bob", "carol", "dan"] {
        test.person(username).await;
    }
    let dan = test.browser();
    dan.sign_in("/sign-in", "dan").await;
    let ann = owner(&test).await;
    let page = ann.get("/console/users").await;
    let csrf = page.form("/oauth2/logout").remove(0);
    let fields = |action: &str, numbers: &[&str]| {
        let mut fields = vec![
            csrf.clone(),
            ("action".to_owned(), action.to_owned()),
            ("confirmed".to_owned(), "yes".to_owned()),
        ];
        fields.extend(numbers.iter().map(|n| ("number".to_owned(), (*n).to_owned())));
        fields
    };
    // What ends something is asked for first, and says what ends.
    let mut unconfirmed = fields("delete", &["1", "3"]);
    unconfirmed.retain(|(name, _)| name != "confirmed");
    let asked = ann.post("/console/users/bulk", &unconfirmed).await;
    assert_eq!(asked.text("h1"), "Delete 2 accounts?");
    assert!(asked.body.contains("restored for 30 days") && asked.body.contains(">dan<"));
    assert_eq!(dan.get("/account").await.status, 200, "nothing has happened");
    let form = asked.form_with("/console/users/bulk", "action", "delete");
    assert_eq!(form.iter().filter(|(name, _)| name == "number").count(), 2);
    // Ann is the only owner, so this is refused for her and done for the others.
    let done = ann
        .post("/console/users/bulk", &fields("delete", &["0", "1", "3", "99"]))
        .await;
    assert_eq!(done.status, 200);
    let rows = done.texts("tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].contains("ann") && rows[0].contains("without an owner"));
    assert!(rows[1].contains("bob") && rows[1].contains("Done"));
    let list = ann.get("/console/users").await;
    assert!(!list.body.contains(">bob<") && list.body.contains(">carol<"));
    assert!(
        dan.get("/account").await.location().ends_with("/sign-in"),
        "sessions die"
    );
    assert_eq!(
        ann.post("/console/users/bulk", &fields("delete", &[]))
            .await
            .status,
        422
    );
    assert_eq!(
        ann.post("/console/users/bulk", &fields("explode", &["1"]))
            .await
            .status,
        422
    );
    let back = ann
        .post("/console/users/bulk", &fields("restore", &["1", "3"]))
        .await;
    assert_eq!(back.body.matches("Done").count(), 2);
    dan.sign_in("/sign-in", "dan").await;
}

async fn cl_13_a_role_is_given_on_the_page_of_a_user_and_recorded(test: TestApp) {
    let bob = test.person("bob").await;
    let ann = owner(&test).await;
    assert_eq!(act(&ann, 1, "roles", &[("role", "admin")]).await.status, 303);
    let row = test
        .audit_of(&bob)
        .await
        .into_iter()
        .find(|row| row.action == "role.grant");
    let row = row.unwrap();
    assert_eq!(
        (row.actor.as_str(), row.address.as_str()),
        (test.ann.as_str(), "127.0.0.1")
    );
    assert!(row.detail.contains(r#""role":"admin""#));
    let page = ann.get("/console/users/1").await;
    assert!(page.text("[aria-labelledby=history]").contains("Granted a role"));
    assert_eq!(act(&ann, 1, "roles", &[("role", "king")]).await.status, 422);
    // For a while only.
    let until = [("role", "auditor"), ("until", "2027-01-20")];
    assert_eq!(act(&ann, 1, "roles", &until).await.status, 303);
    assert!(
        ann.get("/console/users/1")
            .await
            .text("[aria-labelledby=roles]")
            .contains("auditor")
    );
    test.clock.advance(Duration::from_hours(24 * 10));
    let ann = owner(&test).await;
    let roles = ann
        .get("/console/users/1")
        .await
        .text("[aria-labelledby=roles] .list");
    assert!(!roles.contains("auditor"), "{roles}");
}

async fn cr_12_cr_13_cr_14_dormant_and_suspended_accounts_take_no_seat(test: TestApp) {
    for username in ["bob", "carol", "dan"] {
        test.person(username).await;
    }
    let seats = async |ann: &Browser| ann.get("/console/users").await.text(".title .meta");
    let ann = owner(&test).await;
    assert_eq!(seats(&ann).await, "1 seat in use");
    for username in ["bob", "carol"] {
        test.browser().sign_in("/sign-in", username).await;
    }
    assert_eq!(seats(&ann).await, "3 seats in use");
    assert_eq!(act(&ann, 2, "suspend", &[("reason", "left")]).await.status, 303);
    assert_eq!(seats(&ann).await, "2 seats in use");
    test.clock.advance(Duration::from_hours(24 * 90 - 1));
    let ann = owner(&test).await;
    assert_eq!(seats(&ann).await, "2 seats in use", "Bob is active on day 89");
    test.clock.advance(Duration::from_hours(1));
    let page = ann.get("/console/users?q=status:dormant").await;
    assert!(page.body.contains(">bob<"), "and dormant on day 90");
    test.browser().sign_in("/sign-in", "bob").await;
    assert_eq!(seats(&ann).await, "2 seats in use", "signing in makes him active");
}

/// Runs `doorward users`; yields whether it went well, and all it printed.
async fn users(test: &TestApp, arguments: &[&str], typed: &str) -> (bool, String) {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_doorward"))
        .arg("users")
        .args(arguments)
        .current_dir(test.folder.path())
        .env("DOORWARD__ISSUER", &test.base)
        .env("DOORWARD__DATABASE", &test.database)
        .env("DOORWARD__KEYS_DIR", test.folder.path().join("keys"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).await.unwrap();
    drop(stdin);
    let ran = child.wait_with_output().await.unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

async fn cr_20_cr_21_nothing_happens_without_a_typed_yes(test: TestApp) {
    test.person("bob").await;
    let is = async |state: &str| {
        let ann = owner(&test).await;
        let page = ann.get("/console/users/1").await;
        assert_eq!(page.text(".title .badge").to_lowercase(), state);
    };
    for typed in ["", "no\n", "y\n"] {
        let (went_well, _) = users(&test, &["suspend", "bob"], typed).await;
        assert!(!went_well, "{typed:?}");
        is("dormant").await;
    }
    assert!(
        users(&test, &["suspend", "bob", "--reason", "left"], "yes\n")
            .await
            .0
    );
    is("suspended").await;
    let (went_well, said) = users(&test, &["suspend", "bob", "--yes"], "").await;
    assert!(!went_well && said.contains("status has changed"), "{said}");
    assert!(!users(&test, &["activate", "bob"], "no\n").await.0);
    is("suspended").await;
    assert!(users(&test, &["activate", "bob", "--yes"], "").await.0);
    is("dormant").await;
    assert!(!users(&test, &["suspend", "nobody-here", "--yes"], "").await.0);
    // On the page it takes a second press, and says what will happen.
    let ann = owner(&test).await;
    let asked = ann.get("/console/users/1").await.text("details.ask");
    assert!(
        asked.contains("Yes, suspend bob") && asked.contains("Nothing is lost"),
        "{asked}"
    );
}

async fn cr_28_a_chip_writes_the_query(test: TestApp) {
    let ann = owner(&test).await;
    let page = ann.get("/console/users").await;
    let hrefs = page.attributes(".chipbar a", "href");
    assert!(hrefs.len() >= 4, "{hrefs:?}");
    for href in hrefs {
        let page = ann.get(&href).await;
        assert_eq!(page.status, 200, "{href}");
        let query = param(&href, "q");
        assert_eq!(page.attribute("form.filter input[name=q]", "value"), query);
        assert_eq!(page.texts(".chipbar a[aria-current]").len(), 1, "{href}");
    }
}

async fn an_account_is_of_use_while_it_is_valid(test: TestApp) {
    let bob = test.person("bob").await;
    let (rp, browser, ann) = (test.rp().await, test.browser(), owner(&test).await);
    let start = test.clock.now();
    // The test's clock stands at 2027-01-15T08:00:00Z.
    let refused = act(
        &ann,
        1,
        "validity",
        &[("from", "2027-02-01"), ("valid-until", "2027-01-01")],
    )
    .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#valid-until-error").contains("after the start"));
    assert_eq!(act(&ann, 1, "validity", &[("from", "x")]).await.status, 422);
    assert_eq!(
        act(&ann, 1, "validity", &[("valid-until", "2027-01-15")])
            .await
            .status,
        303
    );

    let asked = browser
        .get(&rp.authorize(&[("scope", "openid offline_access")]))
        .await;
    let back = browser.sign_in(asked.location(), "bob").await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    // The end of the day is 16 hours away; two minutes before it, tokens live for two minutes.
    test.clock.advance(Duration::from_mins(16 * 60 - 2));
    let tokens = rp.refresh(refresh).await.json();
    assert_eq!(tokens["expires_in"], 120);
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    let end = start + Duration::from_hours(16);
    assert_eq!(id_token["exp"], end.seconds());
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(rp.userinfo(access).await.status, 200);
    assert_eq!(browser.get("/account").await.status, 200);
    test.clock.advance(Duration::from_mins(2));
    assert_eq!(rp.userinfo(access).await.status, 401);
    assert_eq!(rp.refresh(refresh).await.json()["error"], "invalid_grant");
    assert!(browser.get("/account").await.location().ends_with("/sign-in"));
    let page = test.browser();
    let form = page.get("/sign-in").await;
    let right = [("username", "bob"), ("password", PASSWORD)];
    assert_eq!(page.submit(&form, "/sign-in/password", &right).await.status, 422);
    let rows = test.audit_of(&bob).await;
    assert!(rows.iter().any(|row| row.outcome == "not_valid_now"));
    // Ann holds the top role for good, or nobody would.
    let ann = owner(&test).await;
    assert_eq!(
        act(&ann, 0, "validity", &[("valid-until", "2028-01-01")])
            .await
            .status,
        409
    );
}

async fn a_change_of_what_somebody_else_has_changed_is_refused(test: TestApp) {
    test.person("bob").await;
    let ann = owner(&test).await;
    let old = ann.get("/console/users/1").await;
    let bob = test.browser();
    bob.sign_in("/sign-in", "bob").await;
    test.clock.advance(Duration::from_secs(1));
    let page = bob.get("/account").await;
    let filled = [("name", "Bob Ray"), ("zoneinfo", "Europe/Paris")];
    assert_eq!(bob.submit(&page, "/account/profile", &filled).await.status, 303);
    let mut fields = old.form("/console/users/1/profile");
    fields.retain(|(name, _)| name != "name");
    fields.push(("name".into(), "Robert".into()));
    let refused = ann.post("/console/users/1/profile", &fields).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Somebody has changed this account"));
    assert!(ann.get("/console/users/1").await.body.contains("Bob Ray"));
    for (field, wrong) in [
        ("locale", "english!"),
        ("zoneinfo", "../etc/passwd"),
        ("locale", "e"),
    ] {
        let page = bob.get("/account").await;
        let refused = bob.submit(&page, "/account/profile", &[(field, wrong)]).await;
        assert_eq!(refused.status, 422, "{field} {wrong}");
    }
}

async fn addresses_are_added_vouched_for_and_removed(test: TestApp) {
    let bob: AccountId = test.person("bob").await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "bob").await;
    let change = async |path: &str, email: &str| {
        let page = browser.get("/account").await;
        let fields = [
            page.form("/oauth2/logout").remove(0),
            ("email".into(), email.into()),
        ];
        browser.post(&format!("/account/emails{path}"), &fields).await
    };
    assert_eq!(change("", "bob@example.org").await.status, 303);
    assert_eq!(change("", "bob@example.net").await.status, 303);
    let taken = change("", "ANN@example.org").await;
    assert_eq!(taken.status, 422);
    assert!(taken.text("#email-error").contains("belongs to an account"));
    assert_eq!(change("", "nonsense").await.status, 422);
    assert_eq!(
        change("/verify", "bob@example.org").await.status,
        404,
        "nobody vouches for themselves"
    );
    assert_eq!(change("/primary", "bob@example.net").await.status, 303);
    let ann = owner(&test).await;
    assert_eq!(
        act(&ann, 1, "emails/verify", &[("email", "bob@example.net")])
            .await
            .status,
        303
    );
    let (rp, again) = (test.rp().await, &browser);
    let back = again.get(&rp.authorize(&[])).await;
    let tokens = rp.redeem(&param(back.location(), "code")).await.json();
    let told = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        (&told["email"], &told["email_verified"]),
        (&"bob@example.net".into(), &true.into())
    );
    assert_eq!(change("/remove", "bob@example.net").await.status, 303);
    assert_eq!(change("/remove", "bob@example.net").await.status, 409);
    let page = browser.get("/account").await;
    assert!(
        page.text("[aria-labelledby=emails] li").contains("Primary"),
        "the other one takes its place"
    );
    assert!(
        ann.get("/console/users?q=bob@example.org")
            .await
            .body
            .contains(">bob<")
    );
    let actions: Vec<String> = test
        .audit_of(&bob)
        .await
        .into_iter()
        .map(|row| row.action)
        .collect();
    for action in ["email.add", "email.make_primary", "email.verify", "email.remove"] {
        assert!(actions.iter().any(|other| other == action), "{action}");
    }
}

async fn sessions_are_ended_by_an_admin(test: TestApp) {
    test.person("bob").await;
    let bob = test.browser();
    bob.sign_in("/sign-in", "bob").await;
    let ann = owner(&test).await;
    assert_eq!(act(&ann, 1, "sessions/end", &[]).await.status, 303);
    assert!(bob.get("/account").await.location().ends_with("/sign-in"));
    assert!(
        bob.get("/sign-in")
            .await
            .body
            .contains("An administrator signed you out.")
    );
    bob.sign_in("/sign-in", "bob").await;
}

async fn d7_nobody_chooses_a_password_for_others_unless_the_scheme_says_so(test: TestApp) {
    let ann = owner(&test).await;
    let form = ann.get("/console/users/new").await;
    assert!(!form.body.contains("type=\"password\""));
    let filled = [("username", "bob"), ("password", PASSWORD)];
    let refused = ann.submit(&form, "/console/users/new", &filled).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Nobody chooses passwords for others here"));
    crate::schemes::apply_scheme(&test, "harbor").await;
    let form = ann.get("/console/users/new").await;
    assert!(form.body.contains("type=\"password\""));
    assert_eq!(ann.submit(&form, "/console/users/new", &filled).await.status, 303);
}

/// What one node does to an account, every other sees with the next request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cl_35_a_suspension_is_seen_on_every_node() {
    let test = TestApp::start(On::Postgres).await;
    let other = test.another_node().await;
    test.person("bob").await;
    let bob = Browser::new(&other.base);
    let page = bob.get("/sign-in").await;
    let filled = [("username", "bob"), ("password", PASSWORD)];
    assert_eq!(bob.submit(&page, "/sign-in/password", &filled).await.status, 303);
    assert_eq!(bob.get("/account").await.status, 200);
    let ann = owner(&test).await;
    assert_eq!(act(&ann, 1, "suspend", &[]).await.status, 303);
    assert_eq!(bob.get("/account").await.status, 303);
}
