//! Signals to the server: SIGTERM and SIGINT stop it gracefully, a second one stops it at once, and SIGHUP reloads the
//! TLS files.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::AppState;

/// How often the TLS files are checked for a new certificate.
const TLS_CHECK: Duration = Duration::from_mins(1);

/// The TLS files in use.
pub(super) struct Tls {
    /// The certificate and the key that the server uses.
    pub(super) config: RustlsConfig,
    /// The file with the certificate.
    pub(super) certificate: PathBuf,
    /// The file with its private key.
    pub(super) key: PathBuf,
}

impl Tls {
    /// Reloads the files. If they cannot be used, the old certificate stays in use.
    async fn reload(&self) {
        match self
            .config
            .reload_from_pem_file(&self.certificate, &self.key)
            .await
        {
            Ok(()) => tracing::info!("reloaded the TLS files"),
            Err(error) => tracing::error!(%error, "the TLS files cannot be used; the old ones stay in use"),
        }
    }

    fn changed_at(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.certificate)
            .and_then(|file| file.modified())
            .ok()
    }
}

/// Stops the server on a signal: gracefully on the first one, at once on the second.
pub(super) async fn stop_on_signal(handle: Handle<SocketAddr>, app: Arc<AppState>) -> std::io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    stop_signal(&mut interrupts, &mut terminations).await;
    tracing::info!("stopping: waiting for running requests");
    app.begin_stopping();
    tokio::select! {
        () = tokio::time::sleep(app.config.server.shutdown_delay) => {
            handle.graceful_shutdown(Some(app.config.server.shutdown_grace));
            stop_signal(&mut interrupts, &mut terminations).await;
        }
        () = stop_signal(&mut interrupts, &mut terminations) => {}
    }
    tracing::info!("stopping at once");
    handle.shutdown();
    Ok(())
}

async fn stop_signal(interrupts: &mut Signal, terminations: &mut Signal) {
    tokio::select! {
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
}

/// Reloads the TLS files after SIGHUP and when the certificate has changed. Without TLS, SIGHUP does nothing.
pub(super) async fn renew_tls(tls: Option<Tls>) -> std::io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    let mut checks = tokio::time::interval(TLS_CHECK);
    let mut seen = tls.as_ref().and_then(Tls::changed_at);
    loop {
        let asked = tokio::select! {
            _ = hangups.recv() => true,
            _ = checks.tick() => false,
        };
        let Some(tls) = &tls else { continue };
        let now = tls.changed_at();
        if asked || now != seen {
            tls.reload().await;
            seen = now;
        }
    }
}
