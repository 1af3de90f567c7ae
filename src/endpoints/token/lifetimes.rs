//! How long the tokens of an app are valid: by its settings or, without any, by the configuration.

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Time;
use crate::model::client::Client;
use crate::model::lifetime::Lifetime;

/// The lifetimes of an app's tokens.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Of an access token.
    pub access_token: Duration,
    /// Of an ID token.
    pub id_token: Duration,
    /// Of a refresh token since its last use.
    pub refresh_idle: Duration,
    /// Of a refresh token since the user granted access, however often it is used.
    refresh_absolute: Option<Duration>,
}

impl Lifetimes {
    /// Those of an app.
    pub fn of(app: &AppState, client: &Client) -> Self {
        let (own, configured) = (&client.settings, &app.config.lifetimes);
        let or = |own: Option<Lifetime>, configured| own.map_or(configured, Lifetime::duration);
        Self {
            access_token: or(own.access_token_lifetime, configured.access_token),
            id_token: or(own.id_token_lifetime, configured.id_token),
            refresh_idle: or(own.refresh_token_idle, configured.refresh_token),
            refresh_absolute: own.refresh_token_lifetime.map(Lifetime::duration),
        }
    }

    /// When a refresh token that is issued or used now expires, if the user granted access at `granted_at`.
    pub fn refresh_until(&self, granted_at: Time, now: Time) -> Time {
        let until = now + self.refresh_idle;
        self.refresh_absolute
            .map_or(until, |absolute| until.min(granted_at + absolute))
    }
}
