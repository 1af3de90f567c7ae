//! What signals do to the server: SIGTERM and SIGINT stop it in order, a second one at once, and SIGHUP reads the TLS files
//! again.

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
    /// What the server presents.
    pub(super) config: RustlsConfig,
    /// The certificate.
    pub(super) certificate: PathBuf,
    /// Its private key.
    pub(super) key: PathBuf,
}

impl Tls {
    /// Reads the files again. The old certificate stays in use if they cannot be used.
    async fn reload(&self) {
        match self
            .config
            .reload_from_pem_file(&self.certificate, &self.key)
            .await
        {
            Ok(()) => tracing::info!("read the TLS files again"),
            Err(error) => tracing::error!(%error, "the TLS files cannot be used; the old ones stay in use"),
        }
    }

    fn changed_at(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.certificate)
            .and_then(|file| file.modified())
            .ok()
    }
}

/// Stops the server when it is told to.
pub(super) async fn stop_when_told(handle: Handle<SocketAddr>, app: Arc<AppState>) -> std::io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    told(&mut interrupts, &mut terminations).await;
    tracing::info!("stopping: waiting for running requests");
    app.begin_stopping();
    tokio::select! {
        () = tokio::time::sleep(app.config.server.shutdown_delay) => {
            handle.graceful_shutdown(Some(app.config.server.shutdown_grace));
            told(&mut interrupts, &mut terminations).await;
        }
        () = told(&mut interrupts, &mut terminations) => {}
    }
    tracing::info!("stopping at once");
    handle.shutdown();
    Ok(())
}

async fn told(interrupts: &mut Signal, terminations: &mut Signal) {
    tokio::select! {
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
}

/// Reads the TLS files again after SIGHUP and when the certificate has changed. Without TLS, SIGHUP does nothing.
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
