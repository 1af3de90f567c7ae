//! The steps of a sign-in by a browser and an app.

use anyhow::Context;

use crate::app::{App, REDIRECT_URI, VERIFIER};
use crate::host::PASSWORD;
use crate::http::{Http, between, get, post};

/// The scopes of a web app.
pub const SCOPE: &str = "openid profile email groups roles teams";
/// The scopes of an app that only signs people in.
pub const USUAL: &str = "openid profile email";
/// The scopes of a web app with a refresh token.
pub const OFFLINE: &str = "openid profile email groups roles teams offline_access";

/// The tokens of a grant.
pub struct Tokens {
    pub access: String,
    pub id: String,
    pub refresh: Option<String>,
}

/// The result of a sign-in with a password.
pub struct SignedIn {
    /// The browser's `cookie` header line.
    pub cookies: String,
    pub code: String,
}

/// Gets a code with a live session.
pub async fn code(http: &mut Http, request: &[u8]) -> anyhow::Result<String> {
    let response = http.send(request).await?.expect(303)?;
    code_of(response.header("location").unwrap_or_default())
}

fn code_of(location: &str) -> anyhow::Result<String> {
    let code = between(location, "code=", "&").filter(|_| location.starts_with(REDIRECT_URI));
    Ok(code.with_context(|| format!("no code: {location}"))?.to_owned())
}

/// Redeems a code.
pub async fn redeem(http: &mut Http, app: &App, code: &str) -> anyhow::Result<Tokens> {
    let request = token_request(
        app,
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ],
    );
    let response = http.send(&request).await?.expect(200)?;
    Ok(Tokens {
        access: response.member("access_token")?.to_owned(),
        id: response.member("id_token")?.to_owned(),
        refresh: response.member("refresh_token").ok().map(str::to_owned),
    })
}

/// A refresh request.
pub fn refresh(app: &App, token: &str) -> Vec<u8> {
    token_request(
        app,
        vec![("grant_type", "refresh_token"), ("refresh_token", token)],
    )
}

/// A request to the token endpoint, with `client_id` for a public app.
fn token_request<'a>(app: &'a App, mut fields: Vec<(&str, &'a str)>) -> Vec<u8> {
    if app.proof.is_empty() {
        fields.push(("client_id", &app.id));
    }
    post("/oauth2/token", &app.proof, &fields)
}

/// Signs in with a password in a new browser, from the authorization request to the code.
pub async fn sign_in(http: &mut Http, app: &App, person: &str) -> anyhow::Result<SignedIn> {
    let response = http.send(&get(&app.authorize(SCOPE), "")).await?.expect(303)?;
    let browser = response.cookie("doorward_browser").context("no browser cookie")?;
    let cookies = format!("cookie: {browser}");
    let page = path(response.header("location").unwrap_or_default())?;
    let (_, attempt) = page.split_once("attempt=").context("no attempt")?;
    let (page, attempt) = (page.to_owned(), attempt.to_owned());
    let browser = format!("{cookies}\r\n");
    let response = http.send(&get(&page, &browser)).await?.expect(200)?;
    let csrf = between(response.body, "name=\"csrf\" value=\"", "\"").context("no CSRF token")?;
    let fields = [
        ("csrf", csrf),
        ("attempt", &attempt),
        ("username", person),
        ("password", PASSWORD),
    ];
    let form = post("/sign-in/password", &browser, &fields);
    let response = http.send(&form).await?.expect(303)?;
    let session = response.cookie("doorward_session").context("no session cookie")?;
    let cookies = format!("{cookies}; {session}\r\n");
    let back = get(path(response.header("location").unwrap_or_default())?, &cookies);
    let response = http.send(&back).await?.expect(200)?;
    let target = between(response.body, "http-equiv=\"refresh\" content=\"0; url=", "\"");
    let code = code_of(&target.unwrap_or_default().replace("&#x2f;", "/"))?;
    Ok(SignedIn { cookies, code })
}

/// The path and query of a URL of the server.
fn path(url: &str) -> anyhow::Result<&str> {
    let rest = url
        .strip_prefix("http://")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    rest.with_context(|| format!("not a URL of the server: {url:?}"))
}
