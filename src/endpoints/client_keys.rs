//! The public keys of apps that authenticate by signed assertions: registered with the app, or fetched from the
//! address that the app has registered.

use std::sync::Arc;

use crate::app::AppState;
use crate::crypto::ClientJwks;
use crate::fetch::Freshness;
use crate::model::client::Client;

/// The keys of an app; `None` when it has none, or they could not be fetched or read.
pub(super) async fn of(app: &AppState, client: &Client, freshness: Freshness) -> Option<Arc<ClientJwks>> {
    if let Some(jwks) = &client.settings.jwks {
        return ClientJwks::parse(jwks.to_string().as_bytes()).ok().map(Arc::new);
    }
    let from = client.settings.jwks_uri.as_deref()?;
    let slot = app.client_keys.slot(client.id.as_str());
    let mut slot = slot.lock().await;
    let now = app.clock.now();
    if let Some(kept) = slot.fresh(from, freshness, now) {
        return kept.value.clone();
    }
    let keys = match app.fetcher.get(from).await {
        Ok(body) => ClientJwks::parse(&body).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let keys = keys
        .inspect_err(|error| tracing::warn!(app = %client.id, from, %error, "an app's keys cannot be used"))
        .ok()
        .map(Arc::new);
    slot.keep(from, keys.clone(), now);
    keys
}
