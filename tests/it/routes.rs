//! The routes in the source, by method and by the name of the path in `paths`.

use std::collections::BTreeSet;
use std::fs;

use crate::operations::invite;
use crate::schemes::{make_group, team};
use crate::support::TestApp;
use std::time::Duration;

use doorward::crypto::{Aad, Token};
use doorward::directory::Actor;
use doorward::directory::emails::AddEmail;
use doorward::directory::resets::MakeResetLink;
use doorward::directory::signed_id::{Purpose, SignedId};
use doorward::model::AccountId;
use doorward::store::email_proofs::{self, EmailProof};
use doorward::store::{Error, handovers};

fn source(file: &str) -> String {
    fs::read_to_string(format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The routes in the tables of `router.rs` and of the rooms' `mod.rs` files.
pub fn routed() -> BTreeSet<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let rooms = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("mod.rs"));
    let mut sources: Vec<String> = rooms.filter_map(|file| fs::read_to_string(file).ok()).collect();
    sources.push(source("router.rs"));
    let mut found = BTreeSet::new();
    for source in sources {
        assert!(!source.contains(".route(paths::"), "every route is in a table");
        let source = source.replace("routes! {", "\n");
        for (name, handlers) in source.lines().filter_map(|line| line.split_once(" => ")) {
            for (word, method) in [("get(", "GET"), ("post(", "POST")] {
                let name = name.trim();
                if handlers.contains(word) && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'_')) {
                    found.insert((method.to_owned(), name.to_owned()));
                }
            }
        }
    }
    found
}

/// The path with this name in `paths`, with parameters in braces.
pub fn path_of(name: &str) -> String {
    let (_, pattern) = doorward::paths::ALL
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    (*pattern).to_owned()
}

/// The parameters of a path.
pub fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| part.starts_with('{'))
}

/// The path with parameters of objects that do not exist.
pub fn with_unknown_parameters(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "nothing" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The path with a fresh account, team, group or invitation for each parameter, which `turn` makes unique; `None` if a
/// parameter is of another kind.
pub async fn with_existing_parameters(test: &TestApp, path: &str, turn: usize) -> Option<String> {
    let mut filled = path.to_owned();
    for parameter in parameters(path) {
        let value = something(test, parameter, turn).await?;
        filled = filled.replace(parameter, &value);
    }
    Some(filled)
}

/// A link at which a secret waits; yields its token.
pub async fn hand_over(test: &TestApp, secret: &str) -> String {
    let token = Token::random();
    let place = hex::encode(token.hash().as_bytes());
    let aad = Aad {
        table: "handovers",
        row: &place,
        column: "sealed",
    };
    let sealed = test.app.master.seal(secret.as_bytes(), aad);
    let (hash, until) = (token.hash(), test.clock.now() + Duration::from_hours(24));
    let insert = test.app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move { handovers::insert(tx, &hash, &sealed, until).await })
    });
    insert.await.unwrap();
    token.as_str().to_owned()
}

/// A link that proves an address of an account; yields its last segment.
async fn email_proof(test: &TestApp, id: AccountId, address: String) -> String {
    let proof = EmailProof {
        account_id: id.clone(),
        address_key: address.clone(),
    };
    test.change(&Actor::HOST, AddEmail { id, address }).await.unwrap();
    let (now, link) = (test.clock.now(), proof.account_id.to_string());
    let segment = SignedId::text(&test.app.master, Purpose::EmailProof, &link);
    let insert = test.app.db.write::<_, Error, _>(move |tx| {
        let until = now + Duration::from_hours(24);
        Box::pin(async move { email_proofs::insert(tx, &link, &proof, now, until).await })
    });
    insert.await.unwrap();
    segment
}

/// Creates the object of a parameter; yields its value in a path.
async fn something(test: &TestApp, parameter: &str, turn: usize) -> Option<String> {
    match parameter {
        "{number}" => {
            let id = test.add_person_without_password(&format!("somebody{turn}")).await;
            let mut conn = test.app.db.read().await.unwrap();
            let account = doorward::store::accounts::by_id(&mut conn, &id).await.unwrap();
            Some(account.unwrap().number.to_string())
        }
        "{slug}" => {
            let slug = format!("some-team-{turn}");
            team(test, &Actor::HOST, &slug).await;
            Some(slug)
        }
        "{name}" => {
            let name = format!("some-group-{turn}");
            assert_eq!(make_group(test, &Actor::HOST, &name).await, "yes");
            Some(name)
        }
        "{app}" => Some("grafana".to_owned()),
        "{client_id}" => {
            let id = format!("some-app-{turn}");
            test.register(&id, |_| ()).await;
            Some(id)
        }
        "{token}" => {
            let invited = test.change(&Actor::HOST, invite(None)).await;
            let token = invited.unwrap().remove(0).token.unwrap();
            Some(token.as_str().to_owned())
        }
        _ => secret(test, parameter, turn).await,
    }
}

/// Makes the secret of a parameter.
async fn secret(test: &TestApp, parameter: &str, turn: usize) -> Option<String> {
    match parameter {
        "{handover}" => Some(hand_over(test, "violet kettle").await),
        "{reset}" => {
            let account = test.add_person(&format!("somebody{turn}")).await.into();
            let change = MakeResetLink::new(account, &test.app.master, test.clock.now());
            let made = test.change(&Actor::HOST, change).await.unwrap();
            Some(made.secret.as_str().to_owned())
        }
        "{proof}" => {
            let account = test.add_person(&format!("somebody{turn}")).await;
            Some(email_proof(test, account, format!("somebody{turn}@example.org")).await)
        }
        _ => None,
    }
}
