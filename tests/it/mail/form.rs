//! The console's form for the mail server.

use std::fs;
use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::mail::GetMailSettings;
use doorward::model::mail::MailSettings;

use super::MailServer;
use super::sending::add_address;
use crate::support::{Browser, On, Response, TestApp, apply, on_both};

const PAGE: &str = "/console/settings/mail";
const FORM: &str = "/console/settings/mail/server";
const TEST: (&str, &str) = ("test", "1");

/// Fields of the form with their values.
type Fields<'f> = &'f [(&'f str, &'f str)];

async fn stored(test: &TestApp) -> Option<MailSettings> {
    test.read(&Actor::HOST, GetMailSettings).await.unwrap()
}

/// Submits the form, filled in for a test server without encryption and login.
async fn send(ann: &Browser, server: &MailServer, more: &[(&str, &str)]) -> Response {
    let port = server.port.to_string();
    let basic = [
        ("server", "localhost"),
        ("port", &port),
        ("encryption", "unencrypted"),
        ("sender", "Example <id@example.org>"),
    ];
    ann.submit(&ann.get(FORM).await, FORM, &[&basic, more].concat())
        .await
}

/// The steps that a page shows, with what failed.
fn steps(page: &Response) -> Vec<String> {
    page.texts(".steps li")
}

fn asks(page: &Response) -> bool {
    page.body.contains("Save without a successful test")
}

#[apply(on_both)]
async fn hb_12_mail_is_set_in_the_console(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("starttls", true);
    let ca = fs::read_to_string(server.ca()).unwrap();
    let filled = [
        ("encryption", "starttls"),
        ("user", "mailer"),
        ("password", "right-password"),
        ("ca", &ca),
    ];
    let tested = send(&ann, &server, &[&filled[..], &[TEST]].concat()).await;
    tested.expect_text("The test succeeded");
    assert_eq!(steps(&tested).len(), 5);
    assert!(!tested.body.contains("right-password"));
    assert_eq!((stored(&test).await, server.received().len()), (None, 0));
    // The page has kept everything, the password too.
    let saved = ann.submit(&tested, FORM, &[]).await;
    let page = ann.follow(saved).await;
    page.expect_text("Mail is sent with these settings");
    page.expect_text("Works");
    add_address(&test, "ann@example.net").await;
    assert_eq!(test.deliver().await, 1);
    let mail = &server.received()[0];
    assert_eq!(mail["from"], "Example <id@example.org>");
    assert_eq!(
        (mail["user"].as_str(), mail["encrypted"].as_bool()),
        (Some("mailer"), Some(true))
    );
    an_empty_password_keeps_the_stored_one(&test, &ann).await;
    assert_eq!(test.count("audit WHERE action = 'mail.test'").await, 2);
}

/// Changes the sender without the password, which no page shows.
async fn an_empty_password_keeps_the_stored_one(test: &TestApp, ann: &Browser) {
    let form = ann.get(FORM).await;
    let tested = ann
        .submit(&form, FORM, &[("sender", "Other <id@example.org>"), TEST])
        .await;
    tested.expect_text("The test succeeded");
    assert_eq!(ann.submit(&tested, FORM, &[]).await.status, 303);
    let settings = stored(test).await.unwrap();
    assert_eq!(settings.sender, "Other <id@example.org>");
    for page in [form, tested, ann.get(PAGE).await] {
        assert!(!page.body.contains(&settings.password.clone().unwrap()));
    }
}

#[apply(on_both)]
async fn hb_12_a_stored_password_goes_to_no_other_server(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", true);
    let login = [("user", "mailer"), ("password", "right-password")];
    let saved = send(&ann, &server, &[&login[..], &[("untested", "1")]].concat()).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let thief = MailServer::start("none", true);
    let port = thief.port.to_string();
    let ca = fs::read_to_string(thief.ca()).unwrap();
    for changed in [
        ("server", "127.0.0.1"),
        ("port", &port),
        ("user", "other"),
        ("ca", &ca),
    ] {
        for way in [TEST, ("untested", "1")] {
            let refused = ann.submit(&ann.get(FORM).await, FORM, &[changed, way]).await;
            assert_eq!(refused.status, 422, "{changed:?}");
            assert!(
                refused
                    .text("#password-error")
                    .contains("Enter the user's password")
            );
        }
    }
    // Neither does the password that a page has kept.
    let tested = send(&ann, &server, &[&login[..], &[TEST]].concat()).await;
    let refused = ann.submit(&tested, FORM, &[("port", &port), TEST]).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(stored(&test).await.unwrap().port, server.port);
}

#[apply(on_both)]
async fn hb_12_impossible_settings_are_refused_at_their_fields(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", false);
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("server", "a b")], "server"),
        (&[("port", "70000")], "port"),
        (&[("sender", "nobody")], "sender"),
        (&[("ca", "none")], "ca"),
        (&[("user", "mailer")], "password"),
        (
            &[
                ("server", "192.0.2.1"),
                ("user", "mailer"),
                ("password", "secret"),
            ],
            "encryption",
        ),
    ];
    for (wrong, field) in cases {
        for way in [TEST, ("untested", "1")] {
            let refused = send(&ann, &server, &[wrong, &[way]].concat()).await;
            assert_eq!(refused.status, 422, "{wrong:?}");
            let errors = refused.attributes(".notice.danger li a", "href");
            assert_eq!(errors, [format!("#{field}")], "{}", refused.body);
            let shown = refused.attribute("[name=server]", "value");
            let typed = wrong.iter().find(|(name, _)| *name == "server");
            assert_eq!(shown, typed.map_or("localhost", |(_, value)| value));
        }
    }
    assert_eq!(stored(&test).await, None);
}

#[apply(on_both)]
async fn hb_12_two_people_who_set_the_mail_server_see_both_versions(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", false);
    let mine = ann.get(FORM).await;
    assert_eq!(send(&ann, &server, &[("untested", "1")]).await.status, 303);
    let port = server.port.to_string();
    let filled = [
        ("server", "127.0.0.1"),
        ("port", &port),
        ("encryption", "unencrypted"),
        ("sender", "Mine <id@example.org>"),
        ("untested", "1"),
    ];
    let refused = ann.submit(&mine, FORM, &filled).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let versions = refused.texts("[aria-labelledby=conflict] dd p");
    assert_eq!(versions[..2], ["Yours: 127.0.0.1", "Theirs: localhost"]);
    assert_eq!(stored(&test).await.unwrap().server, "localhost");
    let keep = refused.form_with(FORM, "sender", "Mine <id@example.org>");
    let asked = ann.post(FORM, &keep).await;
    assert!(asks(&asked), "{}", asked.body);
    let saved = ann.submit(&asked, FORM, &[("untested", "1")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(stored(&test).await.unwrap().server, "127.0.0.1");
}

#[apply(on_both)]
async fn hb_12_mail_is_turned_off_in_the_console(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let off = format!("{PAGE}/off");
    assert!(!ann.get(FORM).await.body.contains(&off));
    let _server = test.with_mail().await;
    add_address(&test, "ann@example.net").await;
    let form = ann.get(FORM).await;
    let button = format!("form[action='{off}'] button");
    assert!(
        form.attribute(&button, "data-confirm")
            .contains("Queued mail is deleted")
    );
    let done = ann.submit(&form, &off, &[]).await;
    let page = ann.follow(done).await;
    page.expect_text("No mail is sent from now on");
    assert_eq!((stored(&test).await, test.count("outbox").await), (None, 0));
}

/// A loopback port on which nobody listens.
fn closed_port() -> String {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    closed.local_addr().unwrap().port().to_string()
}

#[apply(on_both)]
async fn hb_13_a_test_shows_the_step_that_failed_and_saves_nothing(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("starttls", true);
    let ca = fs::read_to_string(server.ca()).unwrap();
    let starttls = ("encryption", "starttls");
    let wrong = [starttls, ("ca", &ca), ("user", "mailer"), ("password", "wrong")];
    let port = closed_port();
    let cases: [(Fields<'_>, usize, &str, &str); 4] = [
        (
            &[("server", "nowhere.invalid")],
            1,
            "Find the server's address",
            "Check the server's name",
        ),
        (&[("port", &port)], 2, "Connect to the server", "Check the port"),
        (
            &[starttls],
            3,
            "Encrypt the connection",
            "Check the kind of encryption",
        ),
        (&wrong, 4, "Log in", "535"),
    ];
    for (filled, number, name, why) in cases {
        let tested = send(&ann, &server, &[filled, &[TEST]].concat()).await;
        tested.expect_text("The test failed");
        let steps = steps(&tested);
        assert_eq!(steps.len(), number, "{steps:?}");
        let last = steps.last().unwrap();
        assert!(last.contains(name) && last.contains(why), "{last}");
        assert!(
            steps[..number - 1].iter().all(|step| step.contains("(done)")),
            "{steps:?}"
        );
    }
    a_refused_sender_is_named(&ann, &server).await;
    assert_eq!((stored(&test).await, server.received().len()), (None, 0));
    assert_eq!(test.count("audit WHERE action = 'mail.test'").await, 5);
}

/// Tests with a sender that the server refuses after the login.
async fn a_refused_sender_is_named(ann: &Browser, server: &MailServer) {
    let ca = fs::read_to_string(server.ca()).unwrap();
    server.refuse_senders("553 5.7.1 Not your address");
    let right = [
        ("encryption", "starttls"),
        ("ca", &ca),
        ("user", "mailer"),
        ("password", "right-password"),
        TEST,
    ];
    let tested = send(ann, server, &right).await;
    assert!(steps(&tested)[4].contains("Not your address"), "{}", tested.body);
    assert_eq!(tested.attribute("[name=user]", "value"), "mailer");
}

#[apply(on_both)]
async fn hb_14_settings_without_a_successful_test_are_saved_once_confirmed(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", true);
    let login = [("user", "mailer"), ("password", "right-password")];
    let asked = send(&ann, &server, &login).await;
    assert!(
        asks(&asked) && asked.body.contains("These settings were not tested"),
        "{}",
        asked.body
    );
    assert_eq!(stored(&test).await, None);
    // The question has kept the password.
    let saved = ann.submit(&asked, FORM, &[("untested", "1")]).await;
    let page = ann.follow(saved).await;
    page.expect_text("Never");
    assert!(test.run(&["mail", "test"], "").await.succeeded);
    assert!(ann.get(PAGE).await.body.contains("Works"));
    server.refuse_senders("553 5.7.1 Not your address");
    let failed = ann.submit(&ann.get(FORM).await, FORM, &[TEST]).await;
    // It tested the stored settings, so the result is theirs.
    let page = ann.get(PAGE).await;
    page.expect_text("Failed");
    page.expect_text("Not your address");
    let asked = ann.submit(&failed, FORM, &[]).await;
    assert!(
        asks(&asked) && asked.body.contains("The last test of these settings failed"),
        "{}",
        asked.body
    );
}

#[apply(on_both)]
async fn hb_14_a_result_belongs_to_exactly_the_tested_settings(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", false);
    let tested = send(&ann, &server, &[TEST]).await;
    tested.expect_text("The test succeeded");
    let changed = ann
        .submit(&tested, FORM, &[("sender", "Other <id@example.org>")])
        .await;
    assert!(asks(&changed), "{}", changed.body);
    // A test in another browser does not count either.
    let other = test.signed_in("ann").await;
    let draft = tested.attribute("[name=draft]", "value");
    let claimed = send(&other, &server, &[("draft", &draft)]).await;
    assert!(asks(&claimed), "{}", claimed.body);
    assert_eq!(stored(&test).await, None);
    assert_eq!(ann.submit(&tested, FORM, &[]).await.status, 303);
    assert!(stored(&test).await.unwrap().has_passed_test());
}

#[apply(on_both)]
async fn the_mail_server_is_set_only_after_a_recent_sign_in(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let server = test.with_mail().await;
    let form = ann.get(FORM).await;
    test.clock.advance(Duration::from_mins(16));
    assert_eq!(ann.get(PAGE).await.status, 200);
    let sent = [
        ann.get(FORM).await,
        ann.submit(
            &form,
            FORM,
            &[("sender", "Other <id@example.org>"), ("untested", "1")],
        )
        .await,
        ann.submit(&form, FORM, &[TEST]).await,
        ann.submit(&form, &format!("{PAGE}/off"), &[]).await,
    ];
    for response in sent {
        assert!(
            response.location().contains("/sign-in"),
            "{}",
            response.location()
        );
    }
    assert_eq!(stored(&test).await.unwrap().sender, "Example <id@example.org>");
    assert_eq!(test.count("audit WHERE action = 'mail.test'").await, 0);
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d16_at_addresses_that_are_not_public_only_mail_ports_are_reached() {
    let elsewhere = [("DOORWARD__MAIL__ALLOW", "192.0.2.0/24")];
    let test = TestApp::start_with(On::Sqlite, &elsewhere).await;
    let ann = test.signed_in("ann").await;
    let server = MailServer::start("none", false);
    for name in ["localhost", "127.0.0.1", "::1"] {
        let tested = send(&ann, &server, &[("server", name), TEST]).await;
        let steps = steps(&tested);
        assert!(
            steps.len() == 1 && steps[0].contains("has no public address"),
            "{steps:?}"
        );
    }
    // Waiting mail does not reach them either, however the server was set.
    test.use_mail(server.port).await;
    add_address(&test, "ann@example.net").await;
    assert_eq!(test.deliver().await, 0);
    for (port, last) in [("25", "Connect to the server"), ("26", "has no public address")] {
        let tested = send(&ann, &server, &[("server", "127.0.0.2"), ("port", port), TEST]).await;
        assert!(steps(&tested).last().unwrap().contains(last), "{}", tested.body);
    }
    let by_name = [("DOORWARD__MAIL__ALLOW", "localhost")];
    let test = TestApp::start_with(On::Sqlite, &by_name).await;
    let tested = send(&test.signed_in("ann").await, &server, &[TEST]).await;
    tested.expect_text("The test succeeded");
}
