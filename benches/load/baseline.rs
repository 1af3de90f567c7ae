//! A bare handler in a process of its own, which shows the limit of the same libraries on this machine.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::bail;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;

use crate::http;
use crate::process::{Owned, check, free_address};

/// A body as long as the discovery document.
const BODY: [u8; 2800] = [b'x'; 2800];

/// Runs the bare handler in the child process, until it is killed.
pub fn serve(address: SocketAddr) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async move {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let router = Router::new().route(
            "/",
            get(move || async move { (json, bytes::Bytes::from_static(&BODY)) }),
        );
        axum_server::bind(address)
            .serve(router.into_make_service())
            .await?;
        Ok(())
    })
}

/// Starts this program again as the bare handler.
pub fn start() -> anyhow::Result<(Owned, SocketAddr)> {
    let address = free_address()?;
    let child = Command::new(std::env::current_exe()?)
        .args(["--serve-baseline", &address.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let mut child = Owned::new(child);
    let began = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        check()?;
        if child.has_ended() || began.elapsed() > Duration::from_secs(10) {
            bail!("the bare handler did not start");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok((child, address))
}

/// The request for the bare handler.
pub fn request() -> Vec<u8> {
    http::get("/", "")
}
