//! `PostgreSQL` that stops answering, as when its machine vanishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{On, TestApp, fresh_postgres};

/// A proxy to `PostgreSQL` whose open connections can be frozen: they stay open, but carry nothing.
struct Proxy {
    url: String,
    frozen: Arc<AtomicBool>,
}

impl Proxy {
    async fn to_fresh_postgres() -> Self {
        let direct = fresh_postgres().await;
        let mut url = url::Url::parse(&direct).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_ip_host([127, 0, 0, 1].into()).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let frozen = Arc::new(AtomicBool::new(false));
        let freezing = frozen.clone();
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(&server).await.unwrap();
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(from_near, to_far, freezing.clone()));
                tokio::spawn(carry(from_far, to_near, freezing.clone()));
            }
        });
        Self {
            url: url.into(),
            frozen,
        }
    }
}

/// Carries bytes until the proxy is frozen; after that, the connection stays frozen for ever.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    frozen: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if frozen.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_fail_soon_and_new_connections_serve_again() {
    let proxy = Proxy::to_fresh_postgres().await;
    let test = TestApp::start_with(On::Postgres, &[("DOORWARD__DATABASE", &proxy.url)]).await;
    let (rp, browser) = (test.rp().await, test.browser());
    rp.introspect("any").await;

    proxy.frozen.store(true, Ordering::SeqCst);
    let asked = rp.call("/oauth2/introspect", &[("token", "any")]);
    let refused = tokio::time::timeout(Duration::from_secs(10), asked).await;
    let refused = refused.expect("an answer in time");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));

    proxy.frozen.store(false, Ordering::SeqCst);
    browser.until("/health/ready", "ready\n").await;
    rp.introspect("any").await;
}
