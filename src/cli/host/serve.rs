//! `doorward serve`: starting, running and stopping the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;

use super::certificate;
use super::connections::{Connections, Limited};
use super::logging;
use super::signals::{self, Tls};
use crate::app::AppState;
use crate::clock::{Clock, Time};
use crate::config::Config;
use crate::paths;
use crate::router::router;

/// The time limit for sealing the last audit entries when the server stops.
const SEALING_AT_STOP: Duration = Duration::from_secs(2);

/// Runs the server until a signal stops it.
pub(in crate::cli) async fn serve(config: Config) -> anyhow::Result<()> {
    let _log = logging::start(&config.log);
    let app = AppState::start(config, Clock::system()).await?;
    let listen = app.config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    log_start(&app);
    run_on(app, listener).await
}

/// Serves requests and runs the background jobs until a signal stops the server.
pub(in crate::cli) async fn run_on(app: Arc<AppState>, listener: TcpListener) -> anyhow::Result<()> {
    let jobs = tokio::spawn(crate::jobs::run(app.clone()));
    let handle = Handle::new();
    tokio::spawn(signals::stop_on_signal(handle.clone(), app.clone()));
    let tls = tls(&app.config, app.clock.now()).await?;
    let config = tls.as_ref().map(|tls| tls.config.clone());
    tokio::spawn(signals::renew_tls(tls));
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let mut server = Server::<SocketAddr>::from_listener(listener).handle(handle);
    // Its timeout includes the time between two requests.
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(app.config.connections.idle);
    let connections = Connections::new(&app.config);
    let limited = Limited::new(DefaultAcceptor, &connections);
    let outcome = match config {
        Some(tls) => {
            let tls = RustlsAcceptor::new(tls).acceptor(limited);
            server.acceptor(tls).serve(service).await
        }
        None => server.acceptor(limited).serve(service).await,
    };
    jobs.abort();
    // Entries that are not sealed in this time are sealed after the next start.
    let _ = tokio::time::timeout(SEALING_AT_STOP, crate::jobs::seal(&app)).await;
    app.db.close().await;
    Ok(outcome?)
}

async fn tls(config: &Config, now: Time) -> anyhow::Result<Option<Tls>> {
    let Some((certificate, key)) = config.tls.files() else {
        return Ok(None);
    };
    for warning in certificate::check(config, now)? {
        tracing::warn!("{warning}");
    }
    let config = RustlsConfig::from_pem_file(certificate, key)
        .await
        .context("the TLS files cannot be used")?;
    let (certificate, key) = (certificate.to_owned(), key.to_owned());
    Ok(Some(Tls {
        config,
        certificate,
        key,
    }))
}

fn log_start(app: &AppState) {
    let issuer = &app.config.server.issuer;
    tracing::info!(issuer = issuer.as_str(), listen = %app.config.server.listen, database = app.db.kind(), "doorward is starting");
    if let Some(code) = &app.set_up_code {
        tracing::info!(
            "there is no account yet: open {} to create the first one; from another machine, enter the set-up code {}",
            issuer.url(paths::SET_UP),
            code.as_str()
        );
    }
}
