//! Thousands of clients that send or read slowly, beside one that does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::number;
use crate::server::{Instance, Server};
use crate::support::client;

/// The time after which the server must have ended a request whose head does not arrive.
const HEAD_ENDS: Duration = Duration::from_secs(10);
/// How long a slow client waits between two bytes.
const PACE: Duration = Duration::from_secs(1);
/// How late the test may notice an end, while thousands of others run.
const LATE: Duration = Duration::from_secs(3);

/// What a client does slowly.
#[derive(Clone, Copy)]
enum Slow {
    Head,
    Body,
    Reading,
}

/// Connects from one of many loopback addresses, since each network has a limited number of connections.
async fn connect(server: &str, client: usize) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // The client buffers little, so that responses stay with the server.
    socket.set_recv_buffer_size(4096)?;
    let from = format!("127.1.{}.{}:0", client / 250, client % 250 + 1);
    socket.bind(from.parse().unwrap())?;
    socket.connect(server.parse().unwrap()).await
}

/// A slow client, which comes back whenever the server ends its connection; counts the ends.
async fn come_back(server: &str, number: usize, slow: Slow, stopped: &AtomicBool, ends: &AtomicUsize) {
    while !stopped.load(Ordering::Relaxed) {
        let began = Instant::now();
        if let Ok(connection) = connect(server, number).await {
            _ = slowly(connection, slow, stopped).await;
        }
        if !stopped.load(Ordering::Relaxed) {
            ends.fetch_add(1, Ordering::Relaxed);
            let took = began.elapsed();
            assert!(
                !matches!(slow, Slow::Head) || took <= HEAD_ENDS + LATE,
                "{took:?}"
            );
            tokio::time::sleep(PACE).await;
        }
    }
}

/// Sends or reads a byte a second until the server ends the connection.
async fn slowly(mut connection: TcpStream, slow: Slow, stopped: &AtomicBool) -> std::io::Result<()> {
    let begin = match slow {
        Slow::Head => "GET / HTTP/1.1\r\nx: ",
        Slow::Body => "POST /oauth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n",
        Slow::Reading => &"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200),
    };
    connection.write_all(begin.as_bytes()).await?;
    while !stopped.load(Ordering::Relaxed) {
        if matches!(slow, Slow::Reading) {
            tokio::time::sleep(PACE).await;
            if connection.read(&mut [0]).await? == 0 {
                return Ok(());
            }
        } else if let Ok(ended) = tokio::time::timeout(PACE, connection.read(&mut [0; 64])).await {
            return ended.map(drop);
        } else {
            connection.write_all(b"x").await?;
        }
    }
    Ok(())
}

/// The 99th percentile of the time of requests for a page and for the signing keys.
async fn p99(base: &str) -> Duration {
    let client = client();
    let mut times = Vec::new();
    for _ in 0..1000 {
        for path in ["/sign-in", "/oauth2/jwks"] {
            let began = Instant::now();
            let response = client.get(format!("{base}{path}")).send().await.unwrap();
            assert!(response.status().as_u16() < 400, "{path}: {}", response.status());
            response.bytes().await.unwrap();
            times.push(began.elapsed());
        }
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[expect(clippy::print_stderr, reason = "reports a time, which fails no test")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_slow_clients_keep_nobody_out() {
    let instance = Arc::new(Instance::new(None).await);
    let server = Server::start(&instance).await;
    let quiet = p99(&server.base).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let (stopped, ends) = (AtomicBool::new(false), AtomicUsize::new(0));
    let kinds = [Slow::Head, Slow::Body, Slow::Reading];
    let count = usize::try_from(number(500)).unwrap();
    let slow = (0..count).map(|client| come_back(&address, client, kinds[client % 3], &stopped, &ends));
    let regular = async {
        // Until the first slow ones have been ended.
        while ends.load(Ordering::Relaxed) < count / 3 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let beside = p99(&server.base).await;
        stopped.store(true, Ordering::Relaxed);
        beside
    };
    let (_, beside) = tokio::join!(join_all(slow), regular);
    eprintln!("99th percentile: {quiet:?} alone, {beside:?} beside {count} slow clients");
}
