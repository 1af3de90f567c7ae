//! Kills under load.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorward::crypto::random_bytes;

use crate::ledger::under_load;
use crate::number;
use crate::server::{Instance, Server};
use crate::support::{fresh_postgres, sqlite};

/// A random time in which the server works undisturbed.
pub async fn a_while() {
    let [byte] = random_bytes::<1>();
    tokio::time::sleep(Duration::from_millis(200 + 4 * u64::from(byte))).await;
}

/// Checks that the database in this file is consistent.
pub fn assert_intact(file: &Path) {
    let check = sqlite(file).query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    assert_eq!(check.unwrap(), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_kills_on_sqlite_lose_nothing() {
    let instance = Arc::new(Instance::new(None).await);
    let mut server = Server::start(&instance).await;
    let nodes = [server.base.clone()];
    under_load(&instance, &nodes, async || {
        for _ in 0..number(20) {
            a_while().await;
            server.kill().await;
        }
    })
    .await;
    assert_intact(&instance.folder.path().join("doorward.db"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_kills_of_two_nodes_on_postgres_lose_nothing() {
    let instance = Arc::new(Instance::new(Some(fresh_postgres().await)).await);
    let mut nodes = [
        Server::start(&instance).await,
        Server::start_another(&instance).await,
    ];
    let bases = [nodes[0].base.clone(), nodes[1].base.clone()];
    under_load(&instance, &bases, async || {
        for _ in 0..number(20) {
            a_while().await;
            let [byte] = random_bytes::<1>();
            nodes[usize::from(byte % 2)].kill().await;
        }
    })
    .await;
}
