//! People who sign in with a passkey, each with an authenticator of their own.

use anyhow::Context;
use serde_json::Value;

use crate::app::App;
use crate::flow::{self, SignInPage, SignedIn};
use crate::http::{Http, between, get, post};
use crate::soft_passkey::SoftPasskey;

/// Where browsers reach the server: they have no passkeys for an IP address.
pub const HOST: &str = "localhost";
/// ES256 as the last byte of its COSE number -7 (RFC 9053 section 2.1).
pub const ES256: u8 = 0x26;

/// Signs a person in with the password and adds a passkey.
pub async fn add(http: &mut Http, app: &App, person: &str, origin: &str) -> anyhow::Result<SoftPasskey> {
    let cookies = flow::sign_in(http, app, person).await?.cookies;
    let page = http
        .send(&get("/account/passkeys/new", &cookies))
        .await?
        .expect(200)?
        .body
        .to_owned();
    let options = options(&page)?;
    let passkey = SoftPasskey::new(&options, origin);
    let answer = passkey.attest(&passkey.answer_content("webauthn.create", &options), ES256);
    let fields = [
        ("csrf", flow::csrf(&page)?),
        ("challenge", challenge(&page)?),
        ("name", "Load"),
        ("credential", &answer.to_string()),
    ];
    let form = post("/account/passkeys/new", &cookies, &fields);
    http.send(&form).await?.expect(303)?;
    Ok(passkey)
}

/// Signs in with a passkey in a new browser, from the authorization request to the code.
pub async fn sign_in(http: &mut Http, app: &App, passkey: &mut SoftPasskey) -> anyhow::Result<SignedIn> {
    let page = SignInPage::open(http, app).await?;
    passkey.counter += 1;
    let answer = passkey.assert(&passkey.answer_content("webauthn.get", &options(&page.body)?));
    let (challenge, answer) = (challenge(&page.body)?.to_owned(), answer.to_string());
    let proof = [("challenge", &*challenge), ("credential", &answer)];
    page.submit(http, "/sign-in/passkey", &proof).await
}

/// The options of the challenge on a page.
fn options(page: &str) -> anyhow::Result<Value> {
    let escaped = between(page, "data-options=\"", "\"").context("no challenge for a passkey")?;
    let text = escaped.replace("&quot;", "\"").replace("&#x2f;", "/");
    Ok(serde_json::from_str(&text)?)
}

/// The sealed challenge of a page.
fn challenge(page: &str) -> anyhow::Result<&str> {
    between(page, "name=\"challenge\" value=\"", "\"").context("no sealed challenge")
}
