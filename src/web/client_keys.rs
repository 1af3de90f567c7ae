//! The public keys of apps that authenticate by signed assertions: registered with the app, or fetched from the
//! address that the app has registered and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::app::AppState;
use crate::clock::Time;
use crate::crypto::ClientJwks;
use crate::model::ClientId;
use crate::model::client::Client;

/// How long fetched keys are used without asking again.
const KEPT: Duration = Duration::from_mins(10);
/// How often an app can make us fetch, by keys that do not verify or an address that does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(30);

struct Fetched {
    from: String,
    at: Time,
    /// `None` when nothing usable was there.
    keys: Option<Arc<ClientJwks>>,
}

/// What was fetched last for each app. One fetch for an app at a time; other apps do not wait for it.
#[derive(Default)]
pub struct ClientKeys(Mutex<HashMap<ClientId, Arc<tokio::sync::Mutex<Option<Fetched>>>>>);

/// How new the keys must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As they are kept.
    Kept,
    /// Fetched again because the kept ones did not verify, as after a rotation.
    Renewed,
}

impl ClientKeys {
    /// The keys of an app; `None` when it has none, or they could not be fetched or read.
    pub async fn of(&self, app: &AppState, client: &Client, freshness: Freshness) -> Option<Arc<ClientJwks>> {
        if let Some(jwks) = &client.settings.jwks {
            return ClientJwks::parse(jwks.to_string().as_bytes()).ok().map(Arc::new);
        }
        let from = client.settings.jwks_uri.as_deref()?;
        let slot = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(client.id.clone())
            .or_default()
            .clone();
        let mut slot = slot.lock().await;
        let now = app.clock.now();
        if let Some(known) = slot.as_ref().filter(|known| known.from == from) {
            let good_for = match (&known.keys, freshness) {
                (Some(_), Freshness::Kept) => KEPT,
                _ => ASK_AGAIN,
            };
            if now.since(known.at) < good_for {
                return known.keys.clone();
            }
        }
        let keys = match app.fetcher.get(from).await {
            Ok(body) => ClientJwks::parse(&body).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let keys = keys
            .inspect_err(
                |error| tracing::warn!(app = %client.id, from, %error, "an app's keys cannot be used"),
            )
            .ok()
            .map(Arc::new);
        *slot = Some(Fetched {
            from: from.to_owned(),
            at: now,
            keys: keys.clone(),
        });
        keys
    }
}
