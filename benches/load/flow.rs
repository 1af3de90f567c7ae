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

/// The result of a sign-in.
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

/// The sign-in page that an app's request leads to, in a new browser.
pub struct SignInPage {
    /// The browser's `cookie` header line, without its line end.
    pub cookies: String,
    pub csrf: String,
    pub attempt: String,
    pub body: String,
}

impl SignInPage {
    /// Sends an authorization request and opens the page.
    pub async fn open(http: &mut Http, app: &App) -> anyhow::Result<Self> {
        let response = http.send(&get(&app.authorize(SCOPE), "")).await?.expect(303)?;
        let browser = response.cookie("doorward_browser").context("no browser cookie")?;
        let cookies = format!("cookie: {browser}");
        let page = path(response.header("location").unwrap_or_default())?.to_owned();
        let (_, attempt) = page.split_once("attempt=").context("no attempt")?;
        let response = http
            .send(&get(&page, &format!("{cookies}\r\n")))
            .await?
            .expect(200)?;
        Ok(Self {
            csrf: csrf(response.body)?.to_owned(),
            attempt: attempt.to_owned(),
            body: response.body.to_owned(),
            cookies,
        })
    }

    /// Sends a form of the page with a proof of who signs in, and follows the way back to the app.
    pub async fn submit(
        self,
        http: &mut Http,
        action: &str,
        proof: &[(&str, &str)],
    ) -> anyhow::Result<SignedIn> {
        let mut fields = vec![("csrf", &*self.csrf), ("attempt", &self.attempt)];
        fields.extend(proof);
        let form = post(action, &format!("{}\r\n", self.cookies), &fields);
        let response = http.send(&form).await?.expect(303)?;
        let session = response.cookie("doorward_session").context("no session cookie")?;
        let cookies = format!("{}; {session}\r\n", self.cookies);
        let back = get(path(response.header("location").unwrap_or_default())?, &cookies);
        let response = http.send(&back).await?.expect(200)?;
        let target = between(response.body, "http-equiv=\"refresh\" content=\"0; url=", "\"");
        let code = code_of(&target.unwrap_or_default().replace("&#x2f;", "/"))?;
        Ok(SignedIn { cookies, code })
    }
}

/// The CSRF token of a page.
pub fn csrf(page: &str) -> anyhow::Result<&str> {
    between(page, "name=\"csrf\" value=\"", "\"").context("no CSRF token")
}

/// Signs in with a password in a new browser, from the authorization request to the code.
pub async fn sign_in(http: &mut Http, app: &App, person: &str) -> anyhow::Result<SignedIn> {
    let page = SignInPage::open(http, app).await?;
    let proof = [("username", person), ("password", PASSWORD)];
    page.submit(http, "/sign-in/password", &proof).await
}

/// The path and query of a URL of the server.
fn path(url: &str) -> anyhow::Result<&str> {
    let rest = url
        .strip_prefix("http://")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    rest.with_context(|| format!("not a URL of the server: {url:?}"))
}
