//! Validates the ID, name and settings of a client.

use std::ops::RangeInclusive;

use super::proxied;
use crate::crypto::ClientJwks;
use crate::directory::{Failure, names};
use crate::model::ClientId;
use crate::model::client::{ClientSettings, CredentialKind, origin_of};
use crate::model::lifetime::Lifetime;
use crate::model::refusal::{Code, Refusal};
use crate::oidc::grant_types::GrantType;
use crate::oidc::{redirect_uri, resource};

/// The maximum size of a name in bytes.
const MAX_NAME_LENGTH: usize = 200;

/// Client IDs that would collide with other paths of the console's pages about apps.
const RESERVED_IDS: [&str; 3] = ["connect", "connected", "new"];

pub(super) fn ensure_valid_new(id: &ClientId, name: &str, settings: &ClientSettings) -> Result<(), Failure> {
    let mut reasons = Vec::new();
    reasons.extend(names::validate("client_id", id.as_str(), names::DEFAULT_PUNCTUATION).err());
    // Account ids are UUIDs, so a client ID of that form could be mistaken for a user's `sub` (RFC 9700
    // section 4.15).
    if uuid::Uuid::try_parse(id.as_str()).is_ok() {
        reasons.push(Code::ClientIdUuid.at("client_id"));
    }
    if RESERVED_IDS.contains(&id.as_str()) {
        reasons.push(Code::Reserved.at("client_id"));
    }
    reasons.extend(name_reasons(name));
    reasons.extend(setting_reasons(settings));
    Failure::if_any(reasons)
}

/// Validates the settings, and the name if it changes.
pub(super) fn ensure_valid(name: Option<&str>, settings: &ClientSettings) -> Result<(), Failure> {
    let mut reasons = name.map(name_reasons).unwrap_or_default();
    reasons.extend(setting_reasons(settings));
    Failure::if_any(reasons)
}

fn setting_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let mut reasons = uri_reasons(settings);
    reasons.extend(logout_reasons(settings));
    reasons.extend(authentication_reasons(settings));
    reasons.extend(settings.claim_rules.reasons());
    reasons.extend(lifetime_reasons(settings));
    reasons
}

fn name_reasons(name: &str) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    if name.is_empty() || name.len() > MAX_NAME_LENGTH {
        let length = Code::Length.at("name").with("min", "1");
        reasons.push(length.with("max", MAX_NAME_LENGTH.to_string()));
    }
    reasons.extend(names::validate_line("name", name).err());
    reasons
}

fn uri_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    for (field, uris) in [
        ("redirect_uris", &settings.redirect_uris),
        ("post_logout_redirect_uris", &settings.post_logout_redirect_uris),
        ("allowed_origins", &settings.allowed_origins),
    ] {
        let refused = uris.iter().filter_map(|uri| {
            let code = redirect_uri::check_registrable(uri).err()?;
            Some(code.at(field).with("uri", uri))
        });
        reasons.extend(refused);
    }
    reasons.extend(proxied::reasons(settings));
    let is_origin = |uri: &&String| origin_of(uri).as_ref() == Some(*uri);
    let wrong = settings.allowed_origins.iter().filter(|uri| !is_origin(uri));
    reasons.extend(wrong.map(|uri| Code::OriginInvalid.at("allowed_origins").with("uri", uri)));
    let own = settings.resource_identifier.iter();
    let own = own.map(|uri| ("resource_identifier", uri));
    let named = settings.resources.iter().map(|uri| ("resources", uri));
    let refused = own.chain(named).filter_map(|(field, uri)| {
        let code = resource::check_identifier(uri).err()?;
        Some(code.at(field).with("uri", uri))
    });
    reasons.extend(refused);
    reasons.extend(address_reasons(settings));
    reasons
}

/// What is wrong with the addresses that people open.
fn address_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    for (field, uri) in [
        ("home_uri", &settings.home_uri),
        ("initiate_login_uri", &settings.initiate_login_uri),
    ] {
        if uri.as_deref().is_some_and(|uri| origin_of(uri).is_none()) {
            reasons.push(Code::WebAddressInvalid.at(field));
        }
    }
    for (field, uri) in [
        ("logo_uri", &settings.logo_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
    ] {
        if uri.as_deref().is_some_and(|uri| !is_plain_https(uri)) {
            reasons.push(Code::HttpsRequired.at(field));
        }
    }
    reasons
}

/// What is wrong with the logout addresses. The front-channel one must have the origin of a redirect URI (OIDC
/// Front-Channel Logout section 2).
fn logout_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let addresses = [
        ("backchannel_logout_uri", &settings.backchannel_logout_uri),
        ("frontchannel_logout_uri", &settings.frontchannel_logout_uri),
    ];
    let refused = addresses.into_iter().filter_map(|(field, uri)| {
        let uri = uri.as_deref()?;
        let code = redirect_uri::check_web_address(uri).err()?;
        Some(code.at(field).with("uri", uri))
    });
    let mut reasons: Vec<_> = refused.collect();
    if let Some(uri) = &settings.frontchannel_logout_uri {
        let mut origins = settings.redirect_uris.iter().filter_map(|uri| origin_of(uri));
        let own = origin_of(uri);
        if reasons.is_empty() && !origins.any(|origin| Some(origin) == own) {
            reasons.push(Code::LogoutOrigin.at("frontchannel_logout_uri").with("uri", uri));
        }
    }
    reasons
}

fn authentication_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    if let Some(grant_type) = GrantType::in_conflict(settings) {
        reasons.push(Code::ClientPublic.at(grant_type.row().setting));
    }
    match (&settings.jwks, &settings.jwks_uri) {
        (None, None) if settings.client_auth.credential_kind() == CredentialKind::Key => {
            reasons.push(Code::ClientKeysRequired.at("jwks"));
        }
        (Some(_), Some(_)) => reasons.push(Code::ClientKeysConflict.at("jwks_uri")),
        (Some(jwks), None) => {
            if let Err(error) = ClientJwks::parse(jwks.to_string().as_bytes()) {
                reasons.push(Code::ClientKeysInvalid.at("jwks").with("why", error.to_string()));
            }
        }
        (None, Some(uri)) if !is_plain_https(uri) => reasons.push(Code::HttpsRequired.at("jwks_uri")),
        (None, _) => {}
    }
    reasons
}

fn lifetime_reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let token = Lifetime::SHORTEST_TOKEN..=Lifetime::LONGEST_TOKEN;
    let refresh = Lifetime::SHORTEST_REFRESH..=Lifetime::LONGEST_REFRESH;
    let all = [
        ("access_token_lifetime", settings.access_token_lifetime, &token),
        ("id_token_lifetime", settings.id_token_lifetime, &token),
        ("refresh_token_idle", settings.refresh_token_idle, &refresh),
        (
            "refresh_token_lifetime",
            settings.refresh_token_lifetime,
            &refresh,
        ),
    ];
    let refused = all.into_iter().filter_map(|(field, lifetime, bounds)| {
        let wrong = lifetime.is_some_and(|lifetime| !bounds.contains(&lifetime));
        wrong.then(|| lifetime_invalid(field, bounds))
    });
    refused.collect()
}

/// The refusal of a lifetime that is not within its bounds.
pub(super) fn lifetime_invalid(field: &'static str, bounds: &RangeInclusive<Lifetime>) -> Refusal {
    let refusal = Code::LifetimeInvalid.at(field);
    let refusal = refusal.with("least", bounds.start().to_string());
    refusal.with("most", bounds.end().to_string())
}

fn is_plain_https(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    })
}
