//! Workers that use an instance, each with a ledger of what the server has acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::server::Instance;
use crate::support::{Browser, OFFLINE, REDIRECT_URI, Rp, VERIFIER, basic, client, param};

/// A user of the app, who signs in, refreshes and signs out of it again and again.
pub struct Worker {
    nodes: Vec<String>,
    next_node: usize,
    authorization: String,
    client: reqwest::Client,
    rp: Arc<Rp>,
    browser: Arc<Browser>,
    current: Option<Current>,
    turns: u64,
    ledger: Ledger,
}

/// The refresh token in use.
struct Current {
    token: String,
    /// Whether a request with it got no answer, so that it may be spent.
    is_doubtful: bool,
}

/// What the server has acknowledged.
#[derive(Default)]
struct Ledger {
    codes: Vec<String>,
    /// The refresh tokens that were spent for others, of the current grant.
    spent: Vec<String>,
    revoked: Vec<String>,
    acknowledged: u64,
    unanswered: u64,
}

/// What became of a request.
enum Outcome {
    Done(Value),
    Refused(String),
    /// No answer, or one that says that the server does not know.
    Unknown,
}

impl Worker {
    pub fn new(instance: &Instance, nodes: &[String]) -> Self {
        Self {
            nodes: nodes.to_vec(),
            next_node: 0,
            authorization: basic("app", &instance.secret),
            client: client(),
            rp: Arc::new(Rp::of_process(&nodes[0], "app", &instance.secret)),
            browser: Arc::new(Browser::new(&nodes[0])),
            current: None,
            turns: 0,
            ledger: Ledger::default(),
        }
    }

    /// Works until `stop`; yields itself with its ledger.
    pub fn work(mut self, stop: &Arc<AtomicBool>) -> JoinHandle<Self> {
        let stop = stop.clone();
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                self.turn().await;
            }
            self
        })
    }

    /// One request, or one sign-in.
    pub async fn turn(&mut self) {
        self.turns += 1;
        match self.current.take() {
            None => self.sign_in().await,
            Some(current) if self.turns.is_multiple_of(11) => self.revoke(current).await,
            Some(current) => self.refresh(current).await,
        }
    }

    /// How many changes the server has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.ledger.acknowledged
    }

    /// Works until the server refuses a change. A full disk may still have room in files that exist.
    pub async fn until_refused(&mut self) {
        let before = self.ledger.unanswered;
        for _ in 0..20_000 {
            if self.ledger.unanswered > before {
                return;
            }
            self.turn().await;
        }
        panic!("no change is refused");
    }

    async fn sign_in(&mut self) {
        let (rp, browser) = (self.rp.clone(), self.browser.clone());
        // The pages are no part of the ledger: a browser that fails tries again.
        let code = tokio::spawn(async move {
            let page = browser.get(&rp.authorize(OFFLINE)).await;
            let back = if page.status == 303 && page.location().contains("code=") {
                page
            } else {
                browser.sign_in(page.location(), "ann").await
            };
            param(back.location(), "code")
        });
        let Ok(code) = code.await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            return;
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        if let Outcome::Done(tokens) = self.post("/oauth2/token", &fields).await {
            self.ledger.codes.push(code);
            self.ledger.spent.clear();
            self.current = Some(Current::of(&tokens));
        }
    }

    async fn refresh(&mut self, current: Current) {
        match self.try_refresh(&current.token).await {
            Outcome::Done(tokens) => {
                self.ledger.spent.push(current.token);
                self.current = Some(Current::of(&tokens));
            }
            Outcome::Refused(_) if current.is_doubtful => {}
            Outcome::Refused(why) => panic!("an acknowledged token is lost: {why}"),
            Outcome::Unknown => self.current = Some(current.doubtful()),
        }
    }

    async fn revoke(&mut self, current: Current) {
        match self.post("/oauth2/revoke", &[("token", &current.token)]).await {
            Outcome::Done(_) => self.ledger.revoked.push(current.token),
            Outcome::Refused(why) => panic!("a token is not revoked: {why}"),
            Outcome::Unknown => self.current = Some(current.doubtful()),
        }
    }

    async fn try_refresh(&mut self, token: &str) -> Outcome {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/oauth2/token", &fields).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Outcome {
        self.next_node += 1;
        let node = &self.nodes[self.next_node % self.nodes.len()];
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .client
            .post(format!("{node}{path}"))
            .header("authorization", &self.authorization)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let Ok(response) = request.send().await else {
            self.ledger.unanswered += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
            return Outcome::Unknown;
        };
        let answer = (response.status().as_u16(), response.text().await);
        match answer {
            (200, Ok(text)) => {
                self.ledger.acknowledged += 1;
                Outcome::Done(serde_json::from_str(&text).unwrap_or_default())
            }
            (503, _) | (_, Err(_)) => {
                self.ledger.unanswered += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                Outcome::Unknown
            }
            (status, Ok(text)) => Outcome::Refused(format!("{status} {text}")),
        }
    }

    /// Compares the ledger with the server, which must be up: what was acknowledged holds, and nothing can be spent twice.
    pub async fn audit(&mut self) {
        if let Some(current) = self.current.take() {
            self.refresh(current).await;
        }
        let ledger = std::mem::take(&mut self.ledger);
        let last = |list: &[String]| list.iter().rev().take(5).cloned().collect::<Vec<_>>();
        for token in last(&ledger.revoked).iter().chain(&last(&ledger.spent)) {
            let again = self.try_refresh(token).await;
            assert!(
                matches!(again, Outcome::Refused(_)),
                "a spent or revoked token is accepted"
            );
        }
        for code in last(&ledger.codes) {
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", REDIRECT_URI),
                ("code_verifier", VERIFIER),
            ];
            let again = self.post("/oauth2/token", &fields).await;
            assert!(matches!(again, Outcome::Refused(_)), "a code is redeemed twice");
        }
        self.ledger = ledger;
    }
}

impl Current {
    fn of(tokens: &Value) -> Self {
        Self {
            token: tokens["refresh_token"].as_str().unwrap().to_owned(),
            is_doubtful: false,
        }
    }

    fn doubtful(self) -> Self {
        Self {
            is_doubtful: true,
            ..self
        }
    }
}

/// Runs workers on these nodes while `faults` happen, then compares their ledgers with the server.
pub async fn under_load(instance: &Instance, nodes: &[String], faults: impl AsyncFnOnce()) {
    let stop = Arc::new(AtomicBool::new(false));
    let working: Vec<_> = (0..8).map(|_| Worker::new(instance, nodes).work(&stop)).collect();
    faults().await;
    stop.store(true, Ordering::Relaxed);
    let mut workers = Vec::new();
    for worker in working {
        workers.push(worker.await.unwrap());
    }
    for worker in &mut workers {
        worker.audit().await;
    }
    let total: u64 = workers.iter().map(Worker::acknowledged).sum();
    let unanswered: u64 = workers.iter().map(|worker| worker.ledger.unanswered).sum();
    assert!(
        total > 100 && unanswered > 0,
        "{total} changes acknowledged, {unanswered} requests without an answer"
    );
}
