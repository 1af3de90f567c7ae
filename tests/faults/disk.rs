//! A full disk, with and without the log on it.

use std::sync::Arc;

use crate::ledger::{Nodes, Worker};
use crate::own_disk::{may_mount, on_own_disk, until_ready_is};
use crate::server::Instance;

/// Mounts a disk in memory that is soon full.
const MOUNT: &str = "mount -t tmpfs -o size=16m none disk";

async fn a_full_disk_loses_nothing(log: &str) {
    if !may_mount("a full disk", &format!("mkdir disk && {MOUNT}")).await {
        return;
    }
    let instance = Arc::new(Instance::new(None).await);
    let base = instance.issuer.clone();
    let mount = format!("mkdir disk && {MOUNT} && cp -a doorward.db* disk");
    let mut server = on_own_disk(&instance, &mount, log);
    until_ready_is(&base, 200).await;
    let nodes = Nodes::all(std::slice::from_ref(&base));
    let mut workers = [Worker::new(&instance, &nodes), Worker::new(&instance, &nodes)];
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
            assert!(worker.acknowledged() > before, "it still accepts no changes");
        }
    }
    for worker in &mut workers {
        worker.audit().await;
    }
    assert!(server.try_wait().unwrap().is_none(), "the server ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_a_full_disk_loses_nothing() {
    a_full_disk_loses_nothing("/dev/null").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_a_full_disk_with_the_log_on_it_loses_nothing() {
    a_full_disk_loses_nothing("log").await;
}
