//! Mail in the language of its reader.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use doorward::directory::Actor;
use doorward::directory::accounts::UpdateProfile;
use doorward::web::templates::Templates;
use serde_json::{Value, json};

use super::MailServer;
use crate::support::{TestApp, apply, on_both};

/// Ann, who reads this language, adds an address; yields the notice about it and the mail that proves it.
async fn notice_and_proof(test: &TestApp, server: &MailServer, locale: &str, address: &str) -> [Value; 2] {
    let update = UpdateProfile {
        id: test.ann.clone(),
        claims: serde_json::Map::from_iter([("locale".to_owned(), locale.into())]),
        expected: None,
    };
    test.change(&Actor::HOST, update).await.unwrap();
    let ann = test.signed_in("ann").await;
    // Gets the mail about the new browser out of the way.
    test.deliver().await;
    let page = ann.get("/account/emails").await;
    let added = ann.submit(&page, "/account/emails", &[("email", address)]).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let before = server.received().len();
    test.deliver().await;
    let received = server.received();
    let to = |address: &str| {
        let mut new = received[before..].iter();
        new.find(|mail| mail["to"][0] == address).unwrap().clone()
    };
    [to("ann@example.org"), to(address)]
}

fn text<'m>(mail: &'m Value, part: &str) -> &'m str {
    mail[part].as_str().unwrap()
}

#[apply(on_both)]
async fn a_reader_of_german_gets_german_mail(test: TestApp) {
    let server = test.with_mail().await;
    for (turn, locale) in ["de", "de-AT", "DE"].into_iter().enumerate() {
        let address = format!("ann{turn}@example.net");
        let [notice, proof] = notice_and_proof(&test, &server, locale, &address).await;
        assert_eq!(
            notice["subject"], "Eine E-Mail-Adresse wurde hinzugefügt",
            "{locale}"
        );
        let added = format!("zu Ihrem Konto bei Example wurde die Adresse {address} hinzugefügt.");
        assert!(text(&notice, "text").contains("Guten Tag ann,"), "{notice}");
        assert!(text(&notice, "text").contains(&added), "{notice}");
        assert_eq!(proof["subject"], "Bestätigen Sie Ihre E-Mail-Adresse");
        let until = "bis zum 16. Januar 2027, 08:00 Uhr (UTC)";
        for part in ["text", "html"] {
            assert!(text(&proof, part).contains(until), "{proof}");
        }
        assert!(text(&proof, "html").contains("<html lang=\"de\">"), "{proof}");
    }
}

#[apply(on_both)]
async fn a_reader_of_another_language_gets_english_mail(test: TestApp) {
    let server = test.with_mail().await;
    for (turn, locale) in ["", "sv", "den", "en-GB"].into_iter().enumerate() {
        let address = format!("ann{turn}@example.net");
        let [notice, proof] = notice_and_proof(&test, &server, locale, &address).await;
        assert_eq!(notice["subject"], "An e-mail address was added", "{locale}");
        assert_eq!(proof["subject"], "Confirm your e-mail address", "{locale}");
        let until = "until 16 January 2027, 08:00 UTC";
        assert!(text(&proof, "text").contains(until), "{proof}");
        assert!(text(&proof, "html").contains("<html lang=\"en\">"), "{proof}");
    }
}

/// The names of the texts in a folder.
fn texts(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    texts.map(name).collect()
}

/// The fields that a text uses.
fn fields(path: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(path).unwrap();
    let env = minijinja::Environment::new();
    let template = env.template_from_str(&source).unwrap();
    template.undeclared_variables(false).into_iter().collect()
}

#[test]
fn every_mail_has_a_german_text_with_the_same_fields() {
    let english = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail");
    let german = english.join("de");
    let names = texts(&english);
    assert!(names.len() >= 17, "{names:?}");
    assert_eq!(names, texts(&german));
    for name in names {
        let used = fields(&german.join(&name));
        assert_eq!(used, fields(&english.join(&name)), "{name}");
    }
}

#[test]
fn every_german_text_has_a_subject_and_german_dates_and_browsers() {
    let templates = Templates::new(None);
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let fields = json!({
        "username": "ann", "organisation": "Example", "account_url": "https://id.example/account",
        "link_url": "https://id.example/link", "until": 1_803_117_600_000_000_i64, "at": 1_803_117_600_000_000_i64,
        "user_agent": agent, "address": "192.0.2.1", "name": "Telefon", "team": "Ops", "by": "Bob", "reason": "Hilfe",
        "owner": "ann", "password": "abcd-efgh-jkmn-pqrs",
    });
    let german = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail/de");
    for name in texts(&german) {
        let mail = templates
            .render_mail(&format!("mail/de/{name}"), &fields)
            .unwrap();
        let (subject, rest) = mail.split_once("\n\n").unwrap();
        assert!(
            !subject.contains('\n') && subject.chars().count() <= 60,
            "{name}: {subject}"
        );
        assert!(
            !rest.contains("2027") || rest.contains("20. Februar 2027, 10:00 Uhr (UTC)"),
            "{mail}"
        );
        assert!(
            !rest.contains("Firefox") || rest.contains("Firefox unter Linux"),
            "{mail}"
        );
    }
}
