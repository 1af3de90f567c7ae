//! Graceful stops under load.

use std::sync::Arc;
use std::time::Duration;

use crate::kills::a_while;
use crate::ledger::{Nodes, load};
use crate::number;
use crate::server::{Instance, Server};
use crate::support::fresh_postgres;

/// The longest that a stop may take: the defaults of `shutdown_delay` and `shutdown_grace`.
const LONGEST: Duration = Duration::from_secs(11);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_a_node_that_stops_drops_no_request() {
    let instance = Arc::new(Instance::new(Some(fresh_postgres().await)).await);
    let first = Server::start(&instance).await;
    let mut second = Server::start_another(&instance).await;
    let nodes = Nodes::following_readiness(&[first.base.clone(), second.base.clone()]);
    let totals = load(&instance, &nodes, async || {
        for _ in 0..number(10) {
            a_while().await;
            let took = second.stop().await;
            assert!(took <= LONGEST, "{took:?}");
            while !nodes.is_ready(1) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    let totals = totals.await;
    assert!(totals.acknowledged > 100, "{} changes", totals.acknowledged);
    assert_eq!(totals.unanswered, 0, "requests without an answer");
}
