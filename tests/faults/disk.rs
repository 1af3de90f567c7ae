//! A full disk, with and without the log on it.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::ledger::Worker;
use crate::server::Instance;
use crate::support::client;

/// The time limit for noticing that the disk is full, and that it has space again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether this machine lets tests mount a disk, which some containers do not.
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests must know that these did not run"
)]
fn may_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    let mount = ["--mount", "mount", "-t", "tmpfs", "none", "."];
    let mounted = command.args(mount).current_dir(folder.path()).status();
    let may = mounted.is_ok_and(|status| status.success());
    if !may {
        eprintln!("NOT RUN: a full disk needs the right to mount one");
    }
    may
}

/// Starts a server on a small disk of its own, which only it sees, with the instance copied to it.
fn on_small_disk(instance: &Instance, log: &str) -> tokio::process::Child {
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size=16m none disk && cp -a doorward.db* disk && cd disk && \
         exec {} serve 2>{log}",
        env!("CARGO_BIN_EXE_doorward")
    );
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command
        .args(["--mount", "sh", "-c", &script])
        .stdout(Stdio::null());
    instance.configure(&mut command, &instance.issuer);
    command.spawn().unwrap()
}

/// Waits until readiness responds with this status.
async fn until_ready_is(base: &str, status: u16) {
    let client = client();
    let wait = async {
        loop {
            let response = client.get(format!("{base}/health/ready")).send().await;
            if response.is_ok_and(|response| response.status() == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("readiness is not {status}"));
}

async fn a_full_disk_loses_nothing(log: &str) {
    if !may_mount() {
        return;
    }
    let instance = Arc::new(Instance::new(None).await);
    let base = instance.issuer.clone();
    let mut server = on_small_disk(&instance, log);
    until_ready_is(&base, 200).await;
    let mut workers: Vec<_> = (0..2)
        .map(|_| Worker::new(&instance, std::slice::from_ref(&base)))
        .collect();
    for _ in 0..2 {
        for worker in &mut workers {
            for _ in 0..30 {
                worker.turn().await;
            }
        }
        // The disk as the server sees it.
        let disk = format!("/proc/{}/cwd", server.id().unwrap());
        let filler = format!("{disk}/filler");
        let full = std::fs::write(&filler, vec![0; 32 * 1024 * 1024]);
        assert!(full.is_err(), "the disk is not full");
        let _ = std::fs::write(format!("{disk}/rest"), vec![0; 4096]);
        for worker in &mut workers {
            worker.until_refused().await;
        }
        std::fs::remove_file(filler).unwrap();
        until_ready_is(&base, 200).await;
        for worker in &mut workers {
            let before = worker.acknowledged();
            for _ in 0..20 {
                worker.turn().await;
            }
            assert!(worker.acknowledged() > before, "it does not write again");
        }
    }
    for worker in &mut workers {
        worker.audit().await;
    }
    assert!(server.try_wait().unwrap().is_none(), "it ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_a_full_disk_loses_nothing() {
    a_full_disk_loses_nothing("/dev/null").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_a_full_disk_with_the_log_on_it_loses_nothing() {
    a_full_disk_loses_nothing("log").await;
}
