//! What mail tells a person about their account, and how it looks.

use doorward::directory::Actor;
use doorward::directory::accounts::UpdateProfile;
use doorward::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use doorward::directory::resets::SetPassword;
use doorward::directory::second_factors::RemoveSecondFactors;
use doorward::directory::settings::{ChangeBranding, GetSettings};
use serde_json::Value;
use tempfile::TempDir;

use super::MailServer;
use crate::support::{On, PASSWORD, TestApp, apply, on_both};

/// The recipients and the subject of each mail.
fn subjects(mails: &[Value]) -> Vec<(String, String)> {
    let of = |mail: &Value| {
        let to = mail["to"][0].as_str().unwrap().to_owned();
        (to, mail["subject"].as_str().unwrap().to_owned())
    };
    mails.iter().map(of).collect()
}

/// Sends the waiting mails; yields their recipients and subjects.
async fn notices(test: &TestApp, server: &MailServer) -> Vec<(String, String)> {
    let before = server.received().len();
    test.deliver().await;
    let mut sent = subjects(&server.received()[before..]);
    sent.sort();
    sent
}

fn to_ann(subject: &str) -> (String, String) {
    ("ann@example.org".to_owned(), subject.to_owned())
}

#[apply(on_both)]
async fn a_person_is_told_of_a_changed_password(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    let page = ann.get("/account/security").await;
    let wrong = [("current", "wrong"), ("new", "another good and long passphrase")];
    ann.submit(&page, "/account/password", &wrong).await;
    assert_eq!(notices(&test, &server).await, []);
    let right = [("current", PASSWORD), ("new", "another good and long passphrase")];
    assert_eq!(ann.submit(&page, "/account/password", &right).await.status, 303);
    assert_eq!(
        notices(&test, &server).await,
        [to_ann("Your password was changed")]
    );
    let (id, password) = (test.ann.clone(), PASSWORD.into());
    let set = SetPassword { id, password };
    test.change(&Actor::HOST, set).await.unwrap();
    assert_eq!(
        notices(&test, &server).await,
        [to_ann("Your password was changed")]
    );
}

#[apply(on_both)]
async fn every_verified_address_is_told_of_changed_addresses(test: TestApp) {
    let server = test.with_mail().await;
    let (id, new) = (test.ann.clone(), "ann@example.net".to_owned());
    let (address, id) = (new.clone(), id.clone());
    let add = AddEmail {
        id: id.clone(),
        address,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    // The new one may be somebody else's until it is verified.
    assert_eq!(
        notices(&test, &server).await,
        [to_ann("An e-mail address was added")]
    );
    let (address, account) = (new.clone(), id.clone());
    let verify = VerifyEmail { id: account, address };
    test.change(&Actor::HOST, verify).await.unwrap();
    let (address, account) = (new.clone(), id.clone());
    let primary = MakeEmailPrimary { id: account, address };
    test.change(&Actor::HOST, primary).await.unwrap();
    let both = |subject: &str| {
        let new = (new.clone(), subject.to_owned());
        [new, to_ann(subject)]
    };
    let subject = "Your primary e-mail address was changed";
    assert_eq!(notices(&test, &server).await, both(subject));
    let address = "ann@example.org".to_owned();
    test.change(&Actor::HOST, RemoveEmail { id, address })
        .await
        .unwrap();
    assert_eq!(
        notices(&test, &server).await,
        both("An e-mail address was removed")
    );
}

#[apply(on_both)]
async fn a_person_is_told_of_changed_second_factors(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    test.add_authenticator(&ann).await;
    let added = to_ann("An authenticator app was added");
    assert_eq!(notices(&test, &server).await, std::slice::from_ref(&added));
    let list = ann.get("/account/second-factors").await;
    let removed = ann.submit(&list, "/account/second-factors/remove", &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(
        notices(&test, &server).await,
        [to_ann("An authenticator app was removed")]
    );
    test.clock.advance(std::time::Duration::from_mins(1));
    test.add_authenticator(&ann).await;
    assert_eq!(notices(&test, &server).await, [added]);
    let id = test.ann.clone();
    test.change(&Actor::HOST, RemoveSecondFactors { id })
        .await
        .unwrap();
    assert_eq!(
        notices(&test, &server).await,
        [to_ann("Your second factors were removed")]
    );
}

#[apply(on_both)]
#[start(start_on_localhost)]
async fn a_person_is_told_of_changed_passkeys(test: TestApp) {
    let server = test.with_mail().await;
    let ann = test.signed_in("ann").await;
    test.add_passkey(&ann).await;
    assert_eq!(notices(&test, &server).await, [to_ann("A passkey was added")]);
    let list = ann.get("/account/second-factors").await;
    let removed = ann.submit(&list, "/account/passkeys/remove", &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(notices(&test, &server).await, [to_ann("A passkey was removed")]);
}

#[apply(on_both)]
async fn d11_links_begin_with_the_issuer_and_text_is_escaped(test: TestApp) {
    let server = test.with_mail().await;
    let revision = test
        .read(&Actor::HOST, GetSettings)
        .await
        .unwrap()
        .settings
        .revision;
    let organisation = "Ö & <b>".to_owned();
    let branding = ChangeBranding {
        organisation,
        accent: None,
        revision,
    };
    test.change(&Actor::HOST, branding).await.unwrap();
    let ann = test.signed_in("ann").await;
    let page = ann.get("/account/security").await;
    ann.always_send("x-forwarded-host", "evil.example");
    let form = [("current", PASSWORD), ("new", "another good and long passphrase")];
    ann.submit(&page, "/account/password", &form).await;
    assert_eq!(test.deliver().await, 1);
    let mail = &server.received()[0];
    let (plain, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    let account = format!("{}/account", test.base);
    assert!(plain.trim_end().ends_with(&account), "{plain}");
    assert!(plain.contains("your Ö & <b> account"), "{plain}");
    assert!(html.contains("your Ö &amp; &lt;b&gt; account"), "{html}");
    assert!(html.contains("<a href=\"http"), "{html}");
    assert!(!html.contains("evil.example") && !plain.contains("evil.example"));
    assert_eq!(mail["from"], "Example <id@example.org>");
    assert_eq!(mail["date"], "Fri, 15 Jan 2027 08:00:00 +0000");
}

/// A server with a theme that has this text for one mail, and the folder of the theme.
async fn with_theme(file: &str, words: &str) -> (TestApp, TempDir) {
    let theme = tempfile::tempdir().unwrap();
    let path = theme.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, words).unwrap();
    let folder = theme.path().display().to_string();
    let test = TestApp::start_with(On::Sqlite, &[("DOORWARD__THEME_DIR", &folder)]).await;
    (test, theme)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_replaces_the_text_of_a_mail() {
    let words = "Our own words\n\nFor {{ username }}.\n";
    let (test, _theme) = with_theme("mail/password_changed.txt", words).await;
    let server = test.with_mail().await;
    let (id, password) = (test.ann.clone(), PASSWORD.into());
    let set = SetPassword { id, password };
    test.change(&Actor::HOST, set).await.unwrap();
    assert_eq!(test.deliver().await, 1);
    let mail = &server.received()[0];
    assert_eq!(mail["subject"], "Our own words");
    assert_eq!(mail["text"].as_str().unwrap().trim(), "For ann.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_in_the_language_of_its_reader_if_there_is_such_a_text() {
    let words = "Uma nova senha\n\nPara {{ username }}.\n";
    let (test, _theme) = with_theme("mail/pt/password_changed.txt", words).await;
    let server = test.with_mail().await;
    for (locale, subject) in [("pt-BR", "Uma nova senha"), ("sv", "Your password was changed")] {
        let claims = serde_json::Map::from_iter([("locale".to_owned(), locale.into())]);
        let update = UpdateProfile {
            id: test.ann.clone(),
            claims,
            expected: None,
        };
        test.change(&Actor::HOST, update).await.unwrap();
        let (id, password) = (test.ann.clone(), PASSWORD.into());
        test.change(&Actor::HOST, SetPassword { id, password })
            .await
            .unwrap();
        assert_eq!(test.deliver().await, 1);
        assert_eq!(server.received().last().unwrap()["subject"], subject);
    }
}
