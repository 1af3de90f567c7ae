//! Limits of connections: many, silent and slow ones.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, select_all};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{PATIENCE, Server};

/// A server with 16 connections, four from each network, and little patience.
async fn server_with_few_connections(first_byte: &str) -> Server {
    Server::start(&[
        ("DOORWARD__CONNECTIONS__MOST", "16"),
        ("DOORWARD__CONNECTIONS__MOST_PER_NETWORK", "4"),
        ("DOORWARD__CONNECTIONS__FIRST_BYTE", first_byte),
        ("DOORWARD__CONNECTIONS__IDLE", "3s"),
        ("DOORWARD__CONNECTIONS__BODY", "1s"),
    ])
    .await
}

/// Connects to the server from a loopback address such as 127.0.0.2.
async fn connect(server: &Server, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    let to = server.base.trim_start_matches("http://").parse().unwrap();
    socket.connect(to).await.unwrap()
}

/// What the server sends until it closes the connection.
async fn rest(connection: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut all));
    _ = read.await.expect("the connection stays open");
    String::from_utf8(all).unwrap()
}

/// Whether the server responds to a request on this connection, which stays open.
async fn responds(connection: &mut TcpStream) -> bool {
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    if connection.write_all(request).await.is_err() {
        return false;
    }
    let mut response = [0; 1024];
    let read = tokio::time::timeout(PATIENCE, connection.read(&mut response));
    read.await
        .expect("there is no response")
        .is_ok_and(|length| response[..length].ends_with(b"live\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_has_a_limited_number_of_connections() {
    let server = server_with_few_connections("1m").await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut connection = connect(&server, "127.0.0.2").await;
        assert!(responds(&mut connection).await);
        held.push(connection);
    }
    assert_eq!(rest(&mut connect(&server, "127.0.0.2").await).await, "");
    assert!(responds(&mut connect(&server, "127.0.0.3").await).await);
    drop(held.pop());
    server
        .until("a place is free again", async || {
            responds(&mut connect(&server, "127.0.0.2").await).await
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_connection_takes_the_place_of_the_one_that_was_silent_for_longest() {
    let server = server_with_few_connections("1m").await;
    let mut silent = Vec::new();
    for network in 2..6 {
        for _ in 0..4 {
            silent.push(connect(&server, &format!("127.0.0.{network}")).await);
        }
    }
    server
        .until("new connections are served", async || {
            let mut new = Vec::new();
            for _ in 0..4 {
                new.push(connect(&server, "127.0.0.6").await);
            }
            let responses = join_all(new.iter_mut().map(responds)).await;
            responses.into_iter().all(|responded| responded)
        })
        .await;
    // This happens long before its `first_byte` limit.
    let (closed, ..) = select_all(silent.iter_mut().map(|connection| Box::pin(rest(connection)))).await;
    assert_eq!(closed, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_silent_and_slow_connections_end() {
    let server = server_with_few_connections("5s").await;
    let silent = async || rest(&mut connect(&server, "127.0.0.2").await).await;
    let idle = async || {
        let mut connection = connect(&server, "127.0.0.3").await;
        assert!(responds(&mut connection).await);
        rest(&mut connection).await
    };
    let slow_body = async || {
        let mut connection = connect(&server, "127.0.0.5").await;
        let head = "POST /oauth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        rest(&mut connection).await
    };
    let (silent, idle, slow_body) = tokio::join!(silent(), idle(), slow_body());
    assert_eq!((silent.as_str(), idle.as_str()), ("", ""));
    assert!(slow_body.contains("did not arrive in time"), "{slow_body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r9_the_head_of_a_request_must_arrive_in_time() {
    let limits = [
        ("DOORWARD__CONNECTIONS__HEAD", "1s"),
        ("DOORWARD__CONNECTIONS__IDLE", "1h"),
    ];
    let server = Server::start(&limits).await;
    let slow_head = async |earlier: bool| {
        let mut connection = connect(&server, "127.0.0.2").await;
        assert!(!earlier || responds(&mut connection).await);
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        let began = Instant::now();
        while connection.write_all(b"GET ").await.is_ok() {
            assert!(began.elapsed() < PATIENCE, "a slow head may go on for ever");
            ticks.tick().await;
        }
    };
    // The first head of a connection, and the second one.
    tokio::join!(slow_head(false), slow_head(true));
}
