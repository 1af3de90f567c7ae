//! The commands that set and test the mail server.

use doorward::directory::Actor;
use doorward::directory::resets::SetPassword;

use super::MailServer;
use crate::support::{CommandOutput, PASSWORD, TestApp, apply, on_both};

const SENDER: &str = "Example, Inc. <id@example.org>";

/// Sets the mail server to this port of localhost.
async fn set(test: &TestApp, port: u16, more: &[&str], typed: &str) -> CommandOutput {
    let port = port.to_string();
    let arguments = [
        "mail",
        "set",
        "--server",
        "localhost",
        "--port",
        &port,
        "--sender",
        SENDER,
    ];
    test.run(&[&arguments, more].concat(), typed).await
}

/// The last step of a test and whether it failed.
fn last_step(ran: &CommandOutput) -> &str {
    let mut steps = ran.stdout.lines().filter(|line| !line.starts_with(' '));
    let last = steps.rfind(|line| line.starts_with("ok") || line.starts_with("failed"));
    last.unwrap_or_else(|| panic!("no step: {} {}", ran.stdout, ran.stderr))
}

#[apply(on_both)]
async fn hb_12_mail_is_sent_with_the_saved_settings(test: TestApp) {
    for encryption in ["starttls", "implicit"] {
        let server = MailServer::start(encryption, true);
        let ca = server.ca();
        let more = ["--encryption", encryption, "--user", "mailer", "--ca", &ca];
        let saved = set(&test, server.port, &more, "right-password\n").await;
        assert!(saved.succeeded, "{} {}", saved.stdout, saved.stderr);
        assert_eq!(last_step(&saved), "ok      Announce the sender");
        settings_are_shown_without_the_password(&test).await;
        assert!(test.run(&["mail", "test"], "").await.succeeded);
        assert_eq!(server.received().len(), 0);

        let (id, password) = (test.ann.clone(), PASSWORD.into());
        let set = SetPassword { id, password };
        test.change(&Actor::HOST, set).await.unwrap();
        assert_eq!(test.deliver().await, 1);
        let mail = &server.received()[0];
        assert_eq!(mail["from"], "\"Example, Inc.\" <id@example.org>");
        assert_eq!(mail["user"], "mailer");
        assert_eq!(mail["encrypted"], true);
    }
    assert!(test.run(&["mail", "off"], "").await.succeeded);
    assert!(!test.run(&["mail", "off"], "").await.succeeded);
    let shown = test.run(&["mail", "show"], "").await.stdout;
    assert_eq!(shown, "There is no mail server, so no mail is sent.\n");
}

async fn settings_are_shown_without_the_password(test: &TestApp) {
    let shown = test.run(&["mail", "show"], "").await.stdout;
    let sender = format!("Sender: {SENDER}");
    for line in ["User: mailer", &sender, "Certificates from: your own authority"] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    let shown = test.run(&["--json", "mail", "show"], "").await.stdout;
    assert!(shown.contains("\"password\":null"), "{shown}");
    assert!(!shown.contains("right-password"), "{shown}");
    let stored = test.count("settings WHERE value LIKE '%right-password%'").await;
    assert_eq!(stored, 0);
    let recorded = test.count("audit WHERE detail LIKE '%password\":\"%'").await;
    assert_eq!(recorded, 0);
}

#[apply(on_both)]
async fn hb_12_impossible_settings_are_refused(test: TestApp) {
    let server = MailServer::start("none", false);
    let file = server.folder.path().join("no.pem");
    std::fs::write(&file, "none").unwrap();
    let no_certificate = file.display().to_string();
    let cases: [(&[&str], &str); 4] = [
        (&["--sender", "nobody"], "sender: Enter a sender"),
        (&["--server", "a b"], "server: Enter the name"),
        (&["--ca", &no_certificate], "ca: Enter one or more certificates"),
        (
            &[
                "--server",
                "192.0.2.1",
                "--user",
                "mailer",
                "--encryption",
                "none",
            ],
            "encryption: Use starttls or implicit",
        ),
    ];
    let port = server.port.to_string();
    for (wrong, why) in cases {
        let mut arguments = vec!["mail", "set", "--port", &port, "--yes"];
        arguments.extend(wrong);
        for (name, value) in [("--server", "localhost"), ("--sender", SENDER)] {
            if !wrong.contains(&name) {
                arguments.extend([name, value]);
            }
        }
        let refused = test.run(&arguments, "secret\n").await;
        assert!(
            !refused.succeeded && refused.stderr.contains(why),
            "{why}: {}",
            refused.stderr
        );
    }
    let shown = test.run(&["mail", "show"], "").await.stdout;
    assert_eq!(shown, "There is no mail server, so no mail is sent.\n");
}

#[apply(on_both)]
async fn hb_13_a_test_names_the_step_that_failed(test: TestApp) {
    let server = MailServer::start("starttls", true);
    let (ca, user) = (server.ca(), ["--user", "mailer"]);
    let failed = async |port, more: &[&str], typed| {
        let ran = set(&test, port, more, typed).await;
        assert!(!ran.succeeded);
        last_step(&ran).to_owned()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let connect = "failed  Connect to the server";
    assert!(failed(port, &[], "").await.starts_with(connect));
    // A certificate that no public authority has issued, then a server that begins unencrypted.
    let encrypt = "failed  Encrypt the connection";
    assert!(failed(server.port, &[], "").await.starts_with(encrypt));
    let implicit = ["--encryption", "implicit", "--ca", &ca];
    assert!(failed(server.port, &implicit, "").await.starts_with(encrypt));
    let pinned = [&user[..], &["--ca", &ca]].concat();
    let wrong = failed(server.port, &pinned, "wrong\n").await;
    assert!(
        wrong.starts_with("failed  Log in") && wrong.contains("535"),
        "{wrong}"
    );
    server.refuse_senders("553 5.7.1 Not your address");
    let sender = failed(server.port, &pinned, "right-password\n").await;
    assert!(sender.starts_with("failed  Announce the sender"), "{sender}");
    assert!(sender.contains("Not your address"), "{sender}");
    // A server without STARTTLS is not used unencrypted.
    let open = MailServer::start("none", false);
    assert!(failed(open.port, &[], "").await.starts_with(encrypt));
    let arguments = ["mail", "set", "--server", "nowhere.invalid", "--sender", SENDER];
    let nowhere = test.run(&arguments, "").await;
    assert!(last_step(&nowhere).starts_with("failed  Find the server's address"));
}

#[apply(on_both)]
async fn hb_14_settings_that_fail_are_saved_only_if_confirmed(test: TestApp) {
    let server = MailServer::start("none", false);
    server.refuse_senders("553 5.7.1 Not your address");
    let none = ["--encryption", "none"];
    let refused = set(&test, server.port, &none, "no\n").await;
    assert!(!refused.succeeded);
    let shown = async || test.run(&["mail", "show"], "").await.stdout;
    assert!(!shown().await.contains("localhost"));
    let confirmed = set(&test, server.port, &none, "yes\n").await;
    assert!(confirmed.succeeded, "{}", confirmed.stderr);
    assert!(shown().await.contains("and it failed: Announce the sender"));
    assert!(!test.run(&["mail", "test"], "").await.succeeded);
}
