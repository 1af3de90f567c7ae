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
    nodes: Nodes,
    next_node: usize,
    authorization: String,
    client: reqwest::Client,
    rp: Arc<Rp>,
    browser: Arc<Browser>,
    current: Option<Current>,
    turns: u64,
    ledger: Ledger,
}

/// The nodes of an instance, each with whether it takes new requests.
#[derive(Clone)]
pub struct Nodes(Arc<Vec<(String, AtomicBool)>>);

impl Nodes {
    /// Treats every node as ready.
    pub fn all(bases: &[String]) -> Self {
        let nodes = bases.iter().map(|base| (base.clone(), AtomicBool::new(true)));
        Self(Arc::new(nodes.collect()))
    }

    /// Keeps asking the nodes whether they are ready, as a load balancer does.
    pub fn following_readiness(bases: &[String]) -> Self {
        let nodes = Self::all(bases);
        for node in 0..bases.len() {
            let nodes = Arc::downgrade(&nodes.0);
            tokio::spawn(async move {
                let client = client();
                while let Some(nodes) = nodes.upgrade() {
                    let (base, is_ready) = &nodes[node];
                    let response = client.get(format!("{base}/health/ready")).send().await;
                    let ready = response.is_ok_and(|response| response.status() == 200);
                    is_ready.store(ready, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
        }
        nodes
    }

    /// Whether a node takes new requests.
    pub fn is_ready(&self, node: usize) -> bool {
        self.0[node].1.load(Ordering::SeqCst)
    }

    /// The base URL of the node whose turn it is, or of the next one that takes requests.
    fn ready(&self, turn: usize) -> &str {
        let nodes = self.0.len();
        let mut candidates = (0..nodes).map(|offset| (turn + offset) % nodes);
        let ready = candidates.find(|node| self.is_ready(*node));
        &self.0[ready.unwrap_or(turn % nodes)].0
    }
}

/// The refresh token in use.
struct Current {
    token: String,
    /// Whether a request with it got no answer, so that it may be spent.
    is_doubtful: bool,
    /// Whether a revocation of the grant got no answer, so that it may happen at any time, also to later tokens.
    may_be_revoked: bool,
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
    pub fn new(instance: &Instance, nodes: &Nodes) -> Self {
        Self {
            nodes: nodes.clone(),
            next_node: 0,
            authorization: basic("app", &instance.secret),
            client: client(),
            rp: Arc::new(Rp::of_process(&instance.issuer, "app", &instance.secret)),
            browser: Arc::new(Browser::new(&instance.issuer)),
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
        // The pages are not part of the ledger: a sign-in that fails is tried again.
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
                self.current = Some(Current {
                    is_doubtful: current.may_be_revoked,
                    may_be_revoked: current.may_be_revoked,
                    ..Current::of(&tokens)
                });
            }
            // Either the unanswered request has spent it, or the server has lost it. In the latter case, the token that
            // was exchanged for it would work again.
            Outcome::Refused(_) if current.is_doubtful => self.ensure_none_is_spent_twice().await,
            Outcome::Refused(why) => panic!("an acknowledged token is lost: {why}"),
            Outcome::Unknown => self.current = Some(current.doubtful()),
        }
    }

    async fn revoke(&mut self, current: Current) {
        match self.post("/oauth2/revoke", &[("token", &current.token)]).await {
            Outcome::Done(_) => self.ledger.revoked.push(current.token),
            Outcome::Refused(why) => panic!("a token is not revoked: {why}"),
            Outcome::Unknown => {
                self.current = Some(Current {
                    may_be_revoked: true,
                    ..current.doubtful()
                });
            }
        }
    }

    async fn try_refresh(&mut self, token: &str) -> Outcome {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/oauth2/token", &fields).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Outcome {
        self.next_node += 1;
        let node = self.nodes.ready(self.next_node);
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

    /// Compares the ledger with the server, which must be up: what it acknowledged holds, and nothing can be spent twice.
    pub async fn audit(&mut self) {
        if let Some(current) = self.current.take() {
            self.refresh(current).await;
        }
        self.ensure_none_is_spent_twice().await;
    }

    /// Presents again the last tokens and codes that were spent or revoked.
    async fn ensure_none_is_spent_twice(&mut self) {
        let ledger = std::mem::take(&mut self.ledger);
        let last = |list: &[String]| list.iter().rev().take(5).cloned().collect::<Vec<_>>();
        for token in last(&ledger.revoked).iter().chain(&last(&ledger.spent)) {
            let again = self.try_refresh(token).await;
            assert!(
                !matches!(again, Outcome::Done(_)),
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
            assert!(!matches!(again, Outcome::Done(_)), "a code is redeemed twice");
        }
        let seen_meanwhile = std::mem::replace(&mut self.ledger, ledger);
        self.ledger.unanswered += seen_meanwhile.unanswered;
    }
}

impl Current {
    fn of(tokens: &Value) -> Self {
        Self {
            token: tokens["refresh_token"].as_str().unwrap().to_owned(),
            is_doubtful: false,
            may_be_revoked: false,
        }
    }

    fn doubtful(self) -> Self {
        Self {
            is_doubtful: true,
            ..self
        }
    }
}

/// What all workers together have seen.
pub struct Totals {
    /// The changes that the server acknowledged.
    pub acknowledged: u64,
    /// The requests without an answer.
    pub unanswered: u64,
}

/// Runs workers on these nodes while `faults` happen, then compares their ledgers with the server.
pub async fn load(instance: &Instance, nodes: &Nodes, faults: impl AsyncFnOnce()) -> Totals {
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
    Totals {
        acknowledged: workers.iter().map(Worker::acknowledged).sum(),
        unanswered: workers.iter().map(|worker| worker.ledger.unanswered).sum(),
    }
}

/// Like [`load`], with faults that leave requests without an answer.
pub async fn under_load(instance: &Instance, nodes: &[String], faults: impl AsyncFnOnce()) {
    let totals = load(instance, &Nodes::all(nodes), faults).await;
    let Totals {
        acknowledged,
        unanswered,
    } = totals;
    assert!(
        acknowledged > 100 && unanswered > 0,
        "{acknowledged} changes acknowledged, {unanswered} requests without an answer"
    );
}
