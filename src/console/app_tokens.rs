//! How an app authenticates, and the tokens that it gets.

use serde::Serialize;
use serde_json::{Value, json};

use super::app_settings::{SettingsPage, optional};
use super::shell::Shell;
use crate::app::AppState;
use crate::crypto::{Algorithm, ClientJwks, JwkError};
use crate::directory::clients::ClientDetail;
use crate::model::Scopes;
use crate::model::client::{ClientAuth, ClientSettings};
use crate::model::lifetime::Lifetime;
use crate::paths;
use crate::web::page::{PageState, page};
use crate::web::visit::SafeForm;

page! {
    /// The keys and the tokens of one app.
    AppTokens "console/app_tokens.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app, with submitted values in place of refused ones.
        app: ClientDetail,
        /// The names of the client authentication methods.
        methods: Vec<&'static str>,
        /// The names of the algorithms.
        algorithms: Vec<&'static str>,
        /// Its public keys, as a JWK set.
        jwks: String,
        /// The lifetimes.
        lifetimes: Vec<LifetimeField>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// One lifetime in the form.
#[derive(Clone, Debug, Serialize)]
pub struct LifetimeField {
    /// The name of the setting.
    name: &'static str,
    /// What it is the lifetime of.
    title: &'static str,
    /// The lifetime of this app, if it has its own.
    own: String,
    /// The lifetime without one.
    default: String,
}

/// The lifetimes of these settings, with the defaults of the configuration.
#[must_use]
pub fn lifetimes(settings: &ClientSettings, [access, id, refresh]: [Lifetime; 3]) -> Vec<LifetimeField> {
    let field = |name, title, own: Option<Lifetime>, default: String| LifetimeField {
        name,
        title,
        own: own.map(|own| own.to_string()).unwrap_or_default(),
        default,
    };
    vec![
        field(
            "access_token_lifetime",
            "Access token",
            settings.access_token_lifetime,
            access.to_string(),
        ),
        field(
            "id_token_lifetime",
            "ID token",
            settings.id_token_lifetime,
            id.to_string(),
        ),
        field(
            "refresh_token_idle",
            "Refresh token since its last use",
            settings.refresh_token_idle,
            refresh.to_string(),
        ),
        field(
            "refresh_token_lifetime",
            "Refresh token, however often it is used",
            settings.refresh_token_lifetime,
            "no end".to_owned(),
        ),
    ]
}

/// The keys of an app as its form shows them; nothing if they have been refused because they contain a secret.
#[must_use]
pub fn shown_keys(settings: &ClientSettings) -> String {
    match &settings.jwks {
        None => String::new(),
        Some(Value::String(text)) if text.contains("PRIVATE KEY") => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(jwks) => match ClientJwks::parse(jwks.to_string().as_bytes()) {
            Err(JwkError::Private | JwkError::Symmetric) => String::new(),
            _ => serde_json::to_string_pretty(jwks).unwrap_or_default(),
        },
    }
}

impl SettingsPage for AppTokens {
    const PATH: paths::Path<1> = paths::CONSOLE_APP_TOKENS;

    fn of(app: &AppState, shell: Shell, client: ClientDetail, state: PageState) -> Self {
        let configured = &app.config.lifetimes;
        let configured = [
            configured.access_token,
            configured.id_token,
            configured.refresh_token,
        ];
        Self {
            shell,
            methods: ClientAuth::ALL.iter().map(|method| method.as_str()).collect(),
            algorithms: Algorithm::ALL
                .iter()
                .map(|algorithm| algorithm.as_str())
                .collect(),
            jwks: shown_keys(&client.settings),
            lifetimes: lifetimes(&client.settings, configured.map(Lifetime::from)),
            app: client,
            state,
        }
    }

    fn apply_form(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
        let is_ticked = |name| form.get(name).is_some();
        let chosen = |name, before| form.trimmed(name).parse().unwrap_or(before);
        ClientSettings {
            client_auth: form
                .trimmed("client_auth")
                .parse()
                .unwrap_or(settings.client_auth),
            jwks: keys(form),
            jwks_uri: optional(form, "jwks_uri"),
            native: is_ticked("native"),
            require_pkce: is_ticked("require_pkce"),
            client_credentials: is_ticked("client_credentials"),
            device_code: is_ticked("device_code"),
            claims_in_id_token: is_ticked("claims_in_id_token"),
            scopes: Scopes::parse(&form.trimmed("scopes")),
            id_token_alg: chosen("id_token_alg", settings.id_token_alg),
            access_token_lifetime: lifetime(form, "access_token_lifetime"),
            id_token_lifetime: lifetime(form, "id_token_lifetime"),
            refresh_token_idle: lifetime(form, "refresh_token_idle"),
            refresh_token_lifetime: lifetime(form, "refresh_token_lifetime"),
            ..settings
        }
    }
}

/// A typed lifetime; text that is not one becomes zero, which is refused.
fn lifetime(form: &SafeForm, name: &str) -> Option<Lifetime> {
    Some(optional(form, name)?.parse().unwrap_or(Lifetime::ZERO))
}

/// The pasted keys, as a set. Text that is not JSON becomes a string, which is refused.
fn keys(form: &SafeForm) -> Option<Value> {
    let text = optional(form, "jwks")?;
    Some(match serde_json::from_str(&text) {
        Ok(Value::Object(key)) if key.contains_key("kty") => json!({ "keys": [key] }),
        Ok(keys) => keys,
        Err(_) => Value::String(text),
    })
}
