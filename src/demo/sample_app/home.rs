//! The first page of the sample app: the accounts to sign in with or, after the sign-in, the content of the tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::{NAME, REFRESH, SIGN_IN, SIGN_OUT, SampleApp, cookie_of};
use crate::clock::Time;
use crate::demo::claims::{Claim, DemoTeam, indented, table};
use crate::demo::relying_party::SignedIn;
use crate::web::error_pages::Fact;
use crate::web::page::{Notice, Tone, page};

/// An account to sign in with.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    /// The display name.
    pub name: String,
    /// The username.
    pub username: String,
    /// A short description, for example "The owner, an admin of Ops".
    pub about: String,
}

page! {
    /// The first page before the sign-in.
    DemoHome "demo/home.html" {
        /// The sample app's name.
        app: String,
        /// The path that begins the sign-in.
        sign_in: String,
        /// The accounts to sign in with.
        accounts: Vec<DemoAccount>,
        /// The password of all accounts.
        password: String,
        /// The provider's issuer.
        issuer: String,
        /// The result of the last action, such as a sign-out.
        notice: Option<Notice>,
    }
}

page! {
    /// The first page after the sign-in, with the verified content of the tokens.
    DemoSignedIn "demo/signed_in.html" {
        /// The sample app's name.
        app: String,
        /// The user's name.
        name: String,
        /// The `preferred_username`, or the `sub` without one.
        username: String,
        /// The teams of the ID token.
        teams: Vec<DemoTeam>,
        /// The groups of the ID token.
        groups: Vec<String>,
        /// The roles of the ID token.
        roles: Vec<String>,
        /// The table of the ID token's claims.
        claims: Vec<Claim>,
        /// The ID token's payload, as indented JSON.
        id_token: String,
        /// The userinfo response, as indented JSON.
        userinfo: String,
        /// The checks that the tokens passed.
        checks: Vec<String>,
        /// Other facts about the tokens, such as the algorithm and the scopes.
        facts: Vec<Fact>,
        /// When the access token expires.
        expires: Time,
        /// Whether the app has a refresh token.
        can_refresh: bool,
        /// The path of the refresh form.
        refresh: String,
        /// The path of the sign-out form.
        sign_out: String,
        /// The result of the last action, such as a refresh.
        notice: Option<Notice>,
    }
}

/// Shows the first page.
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
        claims: table(claims),
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

/// The checks that the tokens passed.
fn checks(account: &SignedIn) -> Vec<String> {
    let mut checks = vec![
        "Signature, with a public key of the provider".to_owned(),
        "Issuer, audience and expiry".to_owned(),
        "Nonce and state of this sign-in, and the code's PKCE verifier".to_owned(),
        "Userinfo has the same subject".to_owned(),
    ];
    if account.bound {
        checks.push("Hash of the access token".to_owned());
    }
    checks
}
