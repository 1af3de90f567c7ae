//! A PostgreSQL server that pauses, crashes or cannot be reached.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::ledger::under_load;
use crate::number;
use crate::server::{Instance, Server, signal, signal_if_there};
use crate::support::client;

/// A `PostgreSQL` server of this test alone.
struct Postgres {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    fn start() -> Self {
        let versions = std::fs::read_dir("/usr/lib/postgresql").expect("tests/install installs PostgreSQL");
        let newest = versions.map(|version| version.unwrap().path()).max().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let postgres = Self {
            bin: newest.join("bin"),
            folder: tempfile::tempdir().unwrap(),
            port: free.local_addr().unwrap().port(),
        };
        drop(free);
        if rustix::process::geteuid().is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(postgres.folder.path())
                .status();
            assert!(owned.unwrap().success());
        }
        postgres.run(
            "initdb",
            &["-A", "trust", "-U", "doorward", "-E", "UTF8", "--locale=C"],
        );
        postgres.control("start");
        postgres
    }

    /// Runs one of its programs, and never as root, which it refuses.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .current_dir(self.folder.path())
            .arg("-D")
            .arg(self.data())
            .args(arguments);
        let log = std::fs::File::create(self.folder.path().join("programs")).unwrap();
        let ran = command.stdout(log.try_clone().unwrap()).stderr(log).status();
        assert!(ran.unwrap().success(), "{command:?}");
    }

    fn control(&self, action: &str) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {} -k {}",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        let arguments = [
            "-s",
            "-w",
            "-m",
            "immediate",
            "-l",
            log.to_str().unwrap(),
            "-o",
            &options,
            action,
        ];
        let accepted = if action == "stop" {
            &arguments[..4]
        } else {
            &arguments[..8]
        };
        self.run("pg_ctl", &[accepted, &[action]].concat());
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self) -> String {
        format!("postgres://doorward@127.0.0.1:{}/postgres", self.port)
    }

    /// Sends a signal to all its processes.
    fn signal(&self, name: &str) {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let main = file.lines().next().unwrap();
        signal(main.parse().unwrap(), name);
        let children = std::fs::read_to_string(format!("/proc/{main}/task/{main}/children")).unwrap();
        for child in children.split_whitespace() {
            // A child may end meanwhile, such as one that resumes and finds its connection closed.
            signal_if_there(child.parse().unwrap(), name);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.control("stop");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_r5_a_postgres_that_pauses_crashes_or_is_away_loses_nothing() {
    let postgres = Postgres::start();
    let instance = Arc::new(Instance::new(Some(postgres.url())).await);
    let server = Server::start(&instance).await;
    let jwks = format!("{}/oauth2/jwks", server.base);
    under_load(&instance, std::slice::from_ref(&server.base), async || {
        for _ in 0..number(2) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            postgres.signal("STOP");
            let keys = tokio::time::timeout(Duration::from_secs(10), client().get(&jwks).send()).await;
            assert_eq!(keys.unwrap().unwrap().status(), 200, "keys need no database");
            tokio::time::sleep(Duration::from_secs(6)).await;
            postgres.signal("CONT");
            server.until_ready().await;

            tokio::time::sleep(Duration::from_secs(1)).await;
            postgres.control("restart");
            server.until_ready().await;

            tokio::time::sleep(Duration::from_secs(1)).await;
            postgres.control("stop");
            tokio::time::sleep(Duration::from_secs(2)).await;
            postgres.control("start");
            server.until_ready().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    })
    .await;
}
