//! Validates an authorization request: an ordered list of checks that turns raw parameters into a
//! [`ValidRequest`].

use std::collections::HashMap;

use super::claims::{ClaimsRequest, shared};
use super::error::OAuthError;
use super::{pkce, redirect_uri, resource};
use crate::model::Scopes;
use crate::model::client::Client;

/// The maximum size of an encoded request in bytes, since the URLs and forms of the sign-in contain it.
const MAX_BYTES: usize = 4096;

/// The unvalidated parameters of a request, by name.
#[derive(Clone, Debug, Default)]
pub struct RawRequest(HashMap<String, String>);

impl RawRequest {
    /// Collects the parameters from name and value pairs.
    pub fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
    /// The value of a parameter; `None` if it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
    /// Encodes the parameters as `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
    /// Decodes the parameters from [`Self::encode`].
    #[must_use]
    pub fn decode(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }
}

/// How the response is returned to the app (`response_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In the fragment of the redirect URI.
    Fragment,
    /// In a form that the browser submits.
    FormPost,
}

/// A redirect URI that is registered for the app, with the response mode and `state`. Only [`validate`] makes
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedRedirect {
    uri: String,
    /// How the response is returned to the app (`response_mode`).
    pub mode: ResponseMode,
    /// Returned unchanged.
    pub state: Option<String>,
}

impl TrustedRedirect {
    /// The URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

/// The values of `prompt` (OIDC Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of independent flags, as the specification defines it"
)]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The user must authenticate again.
    pub login: bool,
    /// The user must be asked for consent.
    pub consent: bool,
    /// The user must choose an account.
    pub select_account: bool,
    /// The user wants to create an account (Initiating User Registration via OpenID Connect 1.0).
    pub create: bool,
}

/// A request that has passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidRequest {
    /// Where to send the response.
    pub redirect: TrustedRedirect,
    /// The requested scopes that the app is allowed.
    pub scopes: Scopes,
    /// Returned in the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge, by S256.
    pub code_challenge: Option<String>,
    /// The requested pages.
    pub prompt: Prompt,
    /// The maximum age of the authentication in seconds.
    pub max_age: Option<u32>,
    /// The preferred authentication contexts, the most preferred first; a voluntary request.
    pub acr_values: Vec<String>,
    /// The username or address to prefill.
    pub login_hint: Option<String>,
    /// An earlier ID token of the expected user; not verified yet.
    pub id_token_hint: Option<String>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// The resource server that access tokens are for (RFC 8707).
    pub resource: Option<String>,
}

impl ValidRequest {
    /// The scopes whose data are shared with the app, for the consent of the user.
    #[must_use]
    pub fn shared(&self) -> Scopes {
        shared(&self.scopes, &self.claims)
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The app or the redirect URI is unknown: an error page is shown, never a redirect.
    Page(RedirectError),
    /// The error is sent to the app.
    Redirect(TrustedRedirect, OAuthError),
}

/// Why a request cannot be answered by a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectError {
    /// The client ID is missing or unknown.
    UnknownApp,
    /// The app is disabled.
    DisabledApp,
    /// The app does not use this server to sign users in.
    NoSignIn,
    /// The request has no redirect URI.
    NoRedirectUri,
    /// The redirect URI is not registered for the app.
    UnknownRedirectUri,
}

/// Validates a request of this app.
///
/// # Errors
/// [`Refused::Page`] for an unusable app or redirect URI, [`Refused::Redirect`] for everything else.
pub fn validate(raw: &RawRequest, app: Option<&Client>) -> Result<ValidRequest, Refused> {
    let app = app.ok_or(Refused::Page(RedirectError::UnknownApp))?;
    if app.disabled {
        return Err(Refused::Page(RedirectError::DisabledApp));
    }
    if !app.settings.login.is_here() {
        return Err(Refused::Page(RedirectError::NoSignIn));
    }
    let redirect = trusted_redirect(raw, app).map_err(Refused::Page)?;
    check(raw, app, &redirect).map_err(|error| Refused::Redirect(redirect, error))
}

fn trusted_redirect(raw: &RawRequest, app: &Client) -> Result<TrustedRedirect, RedirectError> {
    let uri = raw.get("redirect_uri").ok_or(RedirectError::NoRedirectUri)?;
    if !redirect_uri::matches(&app.settings.redirect_uris, app.settings.native, uri) {
        return Err(RedirectError::UnknownRedirectUri);
    }
    // An unknown mode is refused later; that error is sent in the default mode of the code flow.
    let mode = response_mode(raw).unwrap_or(ResponseMode::Query);
    Ok(TrustedRedirect {
        uri: uri.to_owned(),
        mode,
        state: raw.get("state").map(str::to_owned),
    })
}

fn response_mode(raw: &RawRequest) -> Result<ResponseMode, OAuthError> {
    match raw.get("response_mode") {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(OAuthError::invalid_request(
            "response_mode must be query, fragment or form_post",
        )),
    }
}

fn check(raw: &RawRequest, app: &Client, redirect: &TrustedRedirect) -> Result<ValidRequest, OAuthError> {
    if raw.encode().len() > MAX_BYTES {
        let why = format!("the parameters together are longer than {MAX_BYTES} bytes");
        return Err(OAuthError::invalid_request(why));
    }
    response_mode(raw)?;
    request_objects(raw)?;
    response_type(raw)?;
    Ok(ValidRequest {
        redirect: redirect.clone(),
        scopes: scopes(raw.get("scope"), app)?,
        nonce: raw.get("nonce").map(str::to_owned),
        code_challenge: code_challenge(raw, app)?,
        prompt: prompt(raw)?,
        max_age: max_age(raw)?,
        login_hint: raw.get("login_hint").map(str::to_owned),
        acr_values: words(raw, "acr_values").map(str::to_owned).collect(),
        id_token_hint: raw.get("id_token_hint").map(str::to_owned),
        claims: claims(raw)?,
        resource: resource::named(raw.get("resource"), &app.settings)?.map(str::to_owned),
    })
}

fn request_objects(raw: &RawRequest) -> Result<(), OAuthError> {
    if raw.get("request").is_some() {
        return Err(OAuthError::new(
            "request_not_supported",
            "request objects are not supported",
        ));
    }
    if raw.get("request_uri").is_some() {
        return Err(OAuthError::new(
            "request_uri_not_supported",
            "request_uri is not supported",
        ));
    }
    if raw.get("registration").is_some() {
        return Err(OAuthError::new(
            "registration_not_supported",
            "registration is not supported",
        ));
    }
    Ok(())
}

fn response_type(raw: &RawRequest) -> Result<(), OAuthError> {
    match raw.get("response_type") {
        Some("code") => Ok(()),
        None => Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => Err(OAuthError::new(
            "unsupported_response_type",
            "response_type must be code",
        )),
    }
}

/// The requested scopes that the app is allowed.
///
/// # Errors
/// `invalid_scope` without `openid`.
pub fn scopes(asked: Option<&str>, app: &Client) -> Result<Scopes, OAuthError> {
    let asked = Scopes::parse(asked.unwrap_or_default());
    if !asked.contains("openid") {
        return Err(OAuthError::new("invalid_scope", "scope must contain openid"));
    }
    // OIDC Core section 3.1.2.1: scope values that are not understood are ignored.
    Ok(asked
        .iter()
        .filter(|scope| app.settings.scopes.contains(scope))
        .collect())
}

fn code_challenge(raw: &RawRequest, app: &Client) -> Result<Option<String>, OAuthError> {
    let challenge = raw.get("code_challenge");
    match raw.get("code_challenge_method") {
        Some("S256") if challenge.is_none() => {
            return Err(OAuthError::invalid_request(
                "code_challenge_method came without code_challenge",
            ));
        }
        Some("S256") => {}
        None if challenge.is_none() => {}
        _ => return Err(OAuthError::invalid_request("code_challenge_method must be S256")),
    }
    match challenge {
        None if app.settings.needs_pkce() => Err(OAuthError::invalid_request(
            "code_challenge is missing; this app must use PKCE with S256",
        )),
        Some(challenge) if !pkce::is_challenge(challenge) => Err(OAuthError::invalid_request(
            "code_challenge must be 43 characters of base64url",
        )),
        challenge => Ok(challenge.map(str::to_owned)),
    }
}

/// The values of a parameter that has several, separated by spaces.
fn words<'r>(raw: &'r RawRequest, name: &str) -> impl Iterator<Item = &'r str> {
    let value = raw.get(name).unwrap_or_default();
    value.split(' ').filter(|word| !word.is_empty())
}

fn prompt(raw: &RawRequest) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let words: Vec<&str> = words(raw, "prompt").collect();
    for word in &words {
        match *word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" => prompt.create = true,
            _ => {
                return Err(OAuthError::invalid_request(
                    "prompt has a value that is not supported",
                ));
            }
        }
    }
    // OIDC Core section 3.1.2.1, and Initiating User Registration section 4.1 for `create`.
    if (prompt.none || prompt.create) && words.len() > 1 {
        return Err(OAuthError::invalid_request(
            "prompt=none and prompt=create cannot be combined with other values",
        ));
    }
    Ok(prompt)
}

fn max_age(raw: &RawRequest) -> Result<Option<u32>, OAuthError> {
    raw.get("max_age")
        .map(|text| {
            text.parse()
                .map_err(|_| OAuthError::invalid_request("max_age must be a number of seconds"))
        })
        .transpose()
}

fn claims(raw: &RawRequest) -> Result<ClaimsRequest, OAuthError> {
    raw.get("claims").map_or_else(
        || Ok(ClaimsRequest::default()),
        |text| {
            ClaimsRequest::parse(text)
                .ok_or_else(|| OAuthError::invalid_request("claims must be a JSON object"))
        },
    )
}
