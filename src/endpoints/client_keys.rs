//! The public keys of apps that authenticate with `private_key_jwt`: registered as `jwks`, or fetched from
//! `jwks_uri`.

use std::sync::Arc;

use crate::app::AppState;
use crate::crypto::ClientJwks;
use crate::fetch::Freshness;
use crate::model::client::Client;

/// The keys of an app; `None` if it has none, or they cannot be fetched or parsed.
pub(super) async fn of(app: &AppState, client: &Client, freshness: Freshness) -> Option<Arc<ClientJwks>> {
    if let Some(jwks) = &client.settings.jwks {
        return ClientJwks::parse(jwks.to_string().as_bytes()).ok().map(Arc::new);
    }
    let from = client.settings.jwks_uri.as_deref()?;
    let slot = app.client_keys.slot(client.id.as_str());
    let mut slot = slot.lock().await;
    let now = app.clock.now();
    if let Some(cached) = slot.fresh(from, freshness, now) {
        return cached.value.clone();
    }
    let keys = match app.fetcher.get(from).await {
        Ok(body) => ClientJwks::parse(&body).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let keys = keys
        .inspect_err(|error| tracing::warn!(app = %client.id, from, %error, "cannot use an app's keys"))
        .ok()
        .map(Arc::new);
    slot.store(from, keys, now)
}
