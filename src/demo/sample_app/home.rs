//! The sample app's first page: the people to sign in as, or what the tokens of the person who did say.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::{NAME, REFRESH, SIGN_IN, SIGN_OUT, SampleApp, cookie_of};
use crate::clock::Time;
use crate::demo::claims::{Claim, DemoTeam, flat, indented};
use crate::demo::relying_party::SignedIn;
use crate::web::error_pages::Fact;
use crate::web::page::{Notice, Page, Tone};

/// Someone to sign in as.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    /// The display name.
    pub name: String,
    /// What to type as username.
    pub username: String,
    /// Why to try this one, for example "owner of the Ops team".
    pub about: String,
}

/// The sample app before sign-in.
#[derive(Clone, Debug, Serialize)]
pub struct DemoHome {
    /// The sample app's name.
    pub app: String,
    /// Where its sign-in starts.
    pub sign_in: String,
    /// The accounts to try.
    pub accounts: Vec<DemoAccount>,
    /// The password of all of them.
    pub password: String,
    /// The provider that it trusts.
    pub issuer: String,
    /// What just happened, such as "You signed out".
    pub notice: Option<Notice>,
}

impl Page for DemoHome {
    const TEMPLATE: &'static str = "demo/home.html";
}

/// The sample app after sign-in: what the relying party received and verified.
#[derive(Clone, Debug, Serialize)]
pub struct DemoSignedIn {
    /// The sample app's name.
    pub app: String,
    /// The name to greet.
    pub name: String,
    /// The `preferred_username`, or the `sub` where there is none.
    pub username: String,
    /// The teams of the ID token.
    pub teams: Vec<DemoTeam>,
    /// The groups of the ID token.
    pub groups: Vec<String>,
    /// The roles of the ID token.
    pub roles: Vec<String>,
    /// The flat claims of the ID token, in reading order.
    pub claims: Vec<Claim>,
    /// The whole ID token's payload, as indented JSON.
    pub id_token: String,
    /// The whole userinfo answer, as indented JSON.
    pub userinfo: String,
    /// What the relying party checked, each as a short sentence.
    pub checks: Vec<String>,
    /// Other facts about the tokens, such as the algorithm and the scopes.
    pub facts: Vec<Fact>,
    /// When the access token ends.
    pub expires: Time,
    /// Whether a refresh token was given.
    pub can_refresh: bool,
    /// Where the refresh form posts.
    pub refresh: String,
    /// Where the sign-out form posts.
    pub sign_out: String,
    /// What just happened, such as "The tokens were refreshed".
    pub notice: Option<Notice>,
}

impl Page for DemoSignedIn {
    const TEMPLATE: &'static str = "demo/signed_in.html";
}

/// Shows the page.
pub(super) async fn show(State(app): State<Arc<SampleApp>>, headers: HeaderMap) -> Response {
    let visitor = cookie_of(&headers).and_then(|cookie| {
        app.visitors.with(&cookie, |visitor| {
            let notice = visitor.notice.take().map(|text| Notice::new(Tone::Success, text));
            let csrf = visitor.csrf.as_str().to_owned();
            (visitor.account.clone(), visitor.refresh.is_some(), notice, csrf)
        })
    });
    let (account, can_refresh, notice, csrf) = visitor.unwrap_or_default();
    if let Some(account) = account {
        return app.page(StatusCode::OK, &signed_in(&account, can_refresh, notice), &csrf);
    }
    let page = DemoHome {
        app: NAME.to_owned(),
        sign_in: SIGN_IN.to_owned(),
        accounts: app.people.clone(),
        password: app.password.clone(),
        issuer: app.relying_party.issuer().to_owned(),
        notice,
    };
    app.page(StatusCode::OK, &page, &csrf)
}

fn signed_in(account: &SignedIn, can_refresh: bool, notice: Option<Notice>) -> DemoSignedIn {
    let claims = &account.claims;
    let ours = claims.additional_claims();
    let username = claims.preferred_username().map(|name| name.as_str());
    let username = username.unwrap_or(claims.subject().as_str()).to_owned();
    let name = claims
        .name()
        .and_then(|name| name.get(None))
        .map(|name| name.as_str());
    DemoSignedIn {
        app: NAME.to_owned(),
        name: name.unwrap_or(&username).to_owned(),
        teams: ours.teams.iter().flatten().map(Into::into).collect(),
        groups: ours.groups.clone().unwrap_or_default(),
        roles: ours.roles.clone().unwrap_or_default(),
        claims: flat(claims),
        id_token: indented(claims),
        userinfo: indented(&account.userinfo),
        checks: checks(account),
        facts: vec![
            Fact::new("Algorithm", &account.algorithm),
            Fact::new("Scopes", &account.scopes),
        ],
        expires: account.expires,
        can_refresh,
        refresh: REFRESH.to_owned(),
        sign_out: SIGN_OUT.to_owned(),
        notice,
        username,
    }
}

/// What was checked before any of it was believed.
fn checks(account: &SignedIn) -> Vec<String> {
    let mut checks = vec![
        "Signature, with a key that the provider publishes".to_owned(),
        "Issuer, audience and expiry".to_owned(),
        "Nonce and state of this sign-in, and the code's PKCE verifier".to_owned(),
        "Userinfo is about the same subject".to_owned(),
    ];
    if account.bound {
        checks.push("Hash of the access token".to_owned());
    }
    checks
}
