//! The number of statements of a sign-in and a refresh on PostgreSQL, where each is a round trip to the database.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use doorward::directory::Actor;
use doorward::directory::clients::SetAccessRule;
use doorward::model::ClientId;
use doorward::model::access::AccessRule;
use doorward::store::sweep::sweep;

use crate::forward_auth::{WIKI, at_the_wiki, register};
use crate::support::{OFFLINE, On, TestApp, param};

/// Collects the first word of each statement that this thread sends to the database.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Collects until the guards are dropped.
    fn watch(&self) -> (Dispatch, DefaultGuard) {
        // While a process has only one subscriber, the thread that first reaches a log line decides for all threads
        // whether the line is wanted, and threads of other tests have none. With a second one, each thread is asked.
        let second = Dispatch::new(NoSubscriber::default());
        let debug = LevelFilter::from_level(Level::DEBUG);
        let watched = set_default(tracing_subscriber::registry().with(self.clone()).with(debug));
        (second, watched)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut Summary(&self.0));
        }
    }
}

struct Summary<'a>(&'a Mutex<Vec<String>>);

impl Visit for Summary<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            let word = value.split(' ').next().unwrap_or_default();
            self.0.lock().unwrap().push(word.to_owned());
        }
    }
}

/// Runs on one thread, so that the server's statements are logged on the thread of the test.
#[tokio::test(flavor = "current_thread")]
async fn a_silent_sign_in_and_a_refresh_run_few_statements() {
    let test = TestApp::start(On::Postgres).await;
    let rp = test.rp().await;
    let ann = test.signed_in("ann").await;
    rp.silent_sign_in(&ann).await;
    let statements = Statements::default();
    let _watched = statements.watch();

    let back = ann.get(&rp.authorize(OFFLINE)).await;
    assert_eq!(statements.take(), ["SELECT", "INSERT"], "a code");
    let tokens = rp.redeem(&param(back.location(), "code")).await.tokens();
    let redeemed = statements.take();
    assert_eq!(
        redeemed,
        [
            "SELECT", "BEGIN", "UPDATE", "INSERT", "UPDATE", "INSERT", "INSERT", "COMMIT"
        ],
        "tokens"
    );
    rp.refresh(tokens.refresh()).await.tokens();
    assert_eq!(statements.take(), ["SELECT", "INSERT"], "a refresh");
}

#[tokio::test(flavor = "current_thread")]
async fn a_request_to_a_website_behind_a_proxy_runs_one_statement() {
    let test = TestApp::behind_proxy(On::Postgres).await;
    register(&test, "wiki", &[WIKI]).await;
    // An access rule about groups, teams and roles needs no further statement.
    let rule = AccessRule {
        roles: vec!["owner".into()],
        ..AccessRule::default()
    };
    let id = ClientId("wiki".into());
    test.change(&Actor::HOST, SetAccessRule { id, rule })
        .await
        .unwrap();
    let visitor = at_the_wiki(&test, "ann").await;
    let statements = Statements::default();
    let _watched = statements.watch();
    assert!(visitor.is_in().await);
    assert_eq!(statements.take(), ["SELECT"]);
}

#[tokio::test(flavor = "current_thread")]
async fn each_statement_of_the_sweep_deletes_few_rows() {
    let test = TestApp::start(On::Postgres).await;
    let ended = test.clock.now().0 - 1;
    let rows: Vec<String> = (0..1_200)
        .map(|row| format!("('test', '{row}', {ended})"))
        .collect();
    let rows = rows.join(",");
    test.sql(&format!(
        "INSERT INTO seen_once (purpose, value, expires_at) VALUES {rows}"
    ))
    .await;
    let statements = Statements::default();
    let _watched = statements.watch();
    let mut counted = Vec::new();
    for expected in [1_200, 0] {
        let gone = sweep(&test.app.db, test.clock.now()).await.unwrap();
        assert_eq!(gone, expected);
        counted.push(statements.take().iter().filter(|word| *word == "DELETE").count());
    }
    assert_eq!(
        counted[0] - counted[1],
        2,
        "three turns instead of one: {counted:?}"
    );
}
