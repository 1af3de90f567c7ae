//! `doorward serve`: starting, running and stopping the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

use super::logging;
use crate::app::AppState;
use crate::clock::Clock;
use crate::config::Config;
use crate::paths;
use crate::router::router;

/// The time limit for sealing the last audit entries when the server stops.
const SEALING_AT_STOP: Duration = Duration::from_secs(2);

/// Runs the server until a signal stops it.
pub(in crate::cli) async fn serve(config: Config) -> anyhow::Result<()> {
    let _log = logging::start(&config.log);
    let app = AppState::start(config, Clock::system()).await?;
    log_start(&app);
    run(app).await
}

/// Serves requests and runs the background jobs until a signal stops the server.
pub(in crate::cli) async fn run(app: Arc<AppState>) -> anyhow::Result<()> {
    let jobs = tokio::spawn(crate::jobs::run(app.clone()));
    let handle = Handle::new();
    tokio::spawn(stop_on_signal(handle.clone(), app.clone()));
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let listen = app.config.server.listen;
    let served = match app.config.tls.files() {
        Some((certificate, key)) => {
            let tls = RustlsConfig::from_pem_file(certificate, key)
                .await
                .context("the TLS files cannot be used")?;
            axum_server::bind_rustls(listen, tls)
                .handle(handle)
                .serve(service)
                .await
        }
        None => axum_server::bind(listen).handle(handle).serve(service).await,
    };
    jobs.abort();
    // Entries that are not sealed in this time are sealed after the next start.
    let _ = tokio::time::timeout(SEALING_AT_STOP, crate::jobs::seal(&app)).await;
    app.db.close().await;
    served.with_context(|| format!("cannot listen on {listen}"))
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

async fn stop_on_signal(handle: Handle<SocketAddr>, app: Arc<AppState>) {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate => {}
    }
    tracing::info!("stopping: waiting for running requests");
    handle.graceful_shutdown(Some(app.config.server.shutdown_grace));
}
