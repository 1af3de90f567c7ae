//! The authorization request: an ordered list of checks that turns raw parameters into a [`ValidRequest`].

use std::collections::HashMap;

use super::claims::ClaimsRequest;
use super::error::OAuthError;
use super::{pkce, redirect_uri};
use crate::model::Scopes;
use crate::model::client::Client;

/// The longest request that is taken, as it is encoded: it travels in the pages of the sign-in.
const MOST_BYTES: usize = 4096;

/// A request's parameters as they came; each name once.
#[derive(Clone, Debug, Default)]
pub struct RawRequest(HashMap<String, String>);

impl RawRequest {
    /// The parameters of these pairs.
    pub fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
    /// The value of a parameter that is there and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
    /// The form in which a request travels.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
    /// Reads that form.
    #[must_use]
    pub fn decode(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }
}

/// How the response travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// A redirect URI that is proven to be the app's, with how and with which `state` to answer there. Only
/// [`validate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedRedirect {
    uri: String,
    /// How the response travels.
    pub mode: ResponseMode,
    /// Echoed as it came.
    pub state: Option<String>,
}

impl TrustedRedirect {
    /// The URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

/// What `prompt` asks for (OIDC Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of independent wishes, as the specification has it"
)]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The person must be authenticated anew.
    pub login: bool,
    /// The person must be asked for consent.
    pub consent: bool,
    /// The person must choose an account.
    pub select_account: bool,
    /// The person wants an account of their own (Initiating User Registration via OpenID Connect 1.0).
    pub create: bool,
}

/// A request that has passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidRequest {
    /// Where and how to answer.
    pub redirect: TrustedRedirect,
    /// What is asked for, of what the app may ask for.
    pub scopes: Scopes,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// What pages the app wants shown.
    pub prompt: Prompt,
    /// How many seconds ago the person may have been authenticated at the most.
    pub max_age: Option<u32>,
    /// Whom the app expects to sign in.
    pub login_hint: Option<String>,
    /// An ID token of whom the app expects to be signed in; not verified yet.
    pub id_token_hint: Option<String>,
    /// Single claims asked for.
    pub claims: ClaimsRequest,
}

/// Why a request goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The app or the redirect URI is not trusted: a page, and never a redirect.
    Page(PageFault),
    /// The app is told.
    Redirect(TrustedRedirect, OAuthError),
}

/// What is wrong with a request that cannot be answered by redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// There is no such app.
    UnknownApp,
    /// The app is switched off.
    DisabledApp,
    /// No redirect URI is named.
    NoRedirectUri,
    /// The named redirect URI is not registered.
    UnknownRedirectUri,
}

/// Checks a request against the app it names.
///
/// # Errors
/// [`Refused::Page`] until the app and its redirect URI are proven, [`Refused::Redirect`] from then on.
pub fn validate(raw: &RawRequest, app: Option<&Client>) -> Result<ValidRequest, Refused> {
    let app = app.ok_or(Refused::Page(PageFault::UnknownApp))?;
    if app.disabled {
        return Err(Refused::Page(PageFault::DisabledApp));
    }
    let redirect = trusted_redirect(raw, app).map_err(Refused::Page)?;
    check(raw, app, &redirect).map_err(|error| Refused::Redirect(redirect, error))
}

fn trusted_redirect(raw: &RawRequest, app: &Client) -> Result<TrustedRedirect, PageFault> {
    let uri = raw.get("redirect_uri").ok_or(PageFault::NoRedirectUri)?;
    if !redirect_uri::matches(&app.settings.redirect_uris, app.settings.native, uri) {
        return Err(PageFault::UnknownRedirectUri);
    }
    // An unknown mode is refused later, by the mode that is the default of the code flow.
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
    if raw.encode().len() > MOST_BYTES {
        return Err(OAuthError::invalid_request(
            "the parameters are longer than 4096 bytes together",
        ));
    }
    response_mode(raw)?;
    request_objects(raw)?;
    response_type(raw)?;
    Ok(ValidRequest {
        redirect: redirect.clone(),
        scopes: scopes(raw, app)?,
        nonce: raw.get("nonce").map(str::to_owned),
        code_challenge: code_challenge(raw, app)?,
        prompt: prompt(raw)?,
        max_age: max_age(raw)?,
        login_hint: raw.get("login_hint").map(str::to_owned),
        id_token_hint: raw.get("id_token_hint").map(str::to_owned),
        claims: claims(raw)?,
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

fn scopes(raw: &RawRequest, app: &Client) -> Result<Scopes, OAuthError> {
    let asked = Scopes::parse(raw.get("scope").unwrap_or_default());
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

fn prompt(raw: &RawRequest) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let words: Vec<&str> = raw
        .get("prompt")
        .unwrap_or_default()
        .split(' ')
        .filter(|w| !w.is_empty())
        .collect();
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
