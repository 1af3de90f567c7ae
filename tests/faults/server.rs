//! A server in a process of its own that can be killed and started again on the same port and database.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::{PASSWORD, REDIRECT_URI, client};

/// The time limit for becoming ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// An instance: a database with an owner and an app, and the master key.
pub struct Instance {
    pub folder: Arc<TempDir>,
    pub database: String,
    /// The issuer, which is the address of the first node.
    pub issuer: String,
    /// The secret of the app, whose client ID is `app`.
    pub secret: String,
}

impl Instance {
    /// A new instance on this database; `None` for an `SQLite` file in its folder.
    pub async fn new(database: Option<String>) -> Self {
        let mut instance = Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            database: database.unwrap_or_else(|| "sqlite:doorward.db".to_owned()),
            issuer: free_address().await,
            secret: String::new(),
        };
        let create = ["users", "create", "ann", "--password-stdin"];
        instance.run(&create, PASSWORD).await;
        let create = [
            "--json",
            "apps",
            "create",
            "app",
            "--redirect-uri",
            REDIRECT_URI,
            "--everyone",
            "--rotate",
        ];
        let created: Value = serde_json::from_str(&instance.run(&create, "").await).unwrap();
        created["client_secret"]
            .as_str()
            .unwrap()
            .clone_into(&mut instance.secret);
        instance
    }

    /// Runs a command; `typed` is its standard input.
    pub async fn run(&self, arguments: &[&str], typed: &str) -> String {
        let mut input = tempfile::tempfile().unwrap();
        writeln!(input, "{typed}").unwrap();
        std::io::Seek::rewind(&mut input).unwrap();
        let mut command = self.command(&self.issuer);
        let output = command.args(arguments).stdin(input).output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The program with the configuration of this instance.
    pub fn command(&self, base: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        self.configure(&mut command, base);
        command
    }

    /// Gives a command the configuration of this instance.
    pub fn configure(&self, command: &mut Command, base: &str) {
        let (_, listen) = base.split_once("://").unwrap();
        command
            .current_dir(self.folder.path())
            .env("DOORWARD__ISSUER", &self.issuer)
            .env("DOORWARD__LISTEN", listen)
            .env("DOORWARD__DATABASE", &self.database)
            .env("DOORWARD__PASSWORDS__MEMORY_KIB", "1024")
            // A spent token is refused at once.
            .env("DOORWARD__LIFETIMES__REFRESH_GRACE", "0s")
            .kill_on_drop(true);
    }
}

/// One node of an instance.
pub struct Server {
    pub base: String,
    pub child: Child,
    instance: Arc<Instance>,
}

impl Server {
    /// The first node.
    pub async fn start(instance: &Arc<Instance>) -> Self {
        Self::start_at(instance, instance.issuer.clone()).await
    }

    /// Another node.
    pub async fn start_another(instance: &Arc<Instance>) -> Self {
        Self::start_at(instance, free_address().await).await
    }

    async fn start_at(instance: &Arc<Instance>, base: String) -> Self {
        let child = spawn(instance, &base);
        let server = Self {
            base,
            child,
            instance: instance.clone(),
        };
        server.until_ready().await;
        server
    }

    /// Waits until it is ready.
    pub async fn until_ready(&self) {
        let client = client();
        let ready = async {
            loop {
                let response = client.get(format!("{}/health/ready", self.base)).send().await;
                if response.is_ok_and(|response| response.status() == 200) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, ready).await;
        let log = || std::fs::read_to_string(self.instance.folder.path().join("log")).unwrap_or_default();
        waited.unwrap_or_else(|_| panic!("it does not become ready: {}", log()));
    }

    /// Kills it without warning and starts it again.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
        self.start_again().await;
    }

    /// Tells it to stop, waits until it has, and starts it again; yields how long the stop took.
    pub async fn stop(&mut self) -> Duration {
        let began = Instant::now();
        signal(self.child.id().unwrap(), "TERM");
        let status = self.child.wait().await.unwrap();
        assert!(status.success(), "{status}");
        let took = began.elapsed();
        self.start_again().await;
        took
    }

    async fn start_again(&mut self) {
        self.child = spawn(&self.instance, &self.base);
        self.until_ready().await;
    }
}

fn spawn(instance: &Instance, base: &str) -> Child {
    let mut log = OpenOptions::new();
    let log = log
        .create(true)
        .append(true)
        .open(instance.folder.path().join("log"));
    let mut command = instance.command(base);
    command.arg("serve").stdout(Stdio::null()).stderr(log.unwrap());
    command.spawn().unwrap()
}

async fn free_address() -> String {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", free.local_addr().unwrap())
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    assert!(signal_if_there(process, name));
}

/// Sends a signal to a process that may have ended; yields whether it was there.
pub fn signal_if_there(process: u32, name: &str) -> bool {
    let sent = std::process::Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    sent.unwrap().success()
}
