//! Signing in to a website, as an app whose code this server redeems itself.
//!
//! The token in a cookie of the website is the PKCE verifier, so a code is redeemed only in the browser in which the
//! sign-in began: somebody else's code neither signs in here nor is of use elsewhere. The token stays until the browser
//! closes, so that several tabs can sign in at once.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Asked;
use super::original::target_of;
use crate::clock::Time;
use crate::crypto::{Token, TokenHash};
use crate::model::client::PROXY_CALLBACK;
use crate::model::grant::{ClaimData, Grant};
use crate::model::{ClientId, GrantId, Scopes};
use crate::oidc::pkce;
use crate::paths;
use crate::store::claim_data::{self, CodeGrant};
use crate::store::tokens::{self, NewAccessToken};
use crate::store::{Error, Tx, grants};
use crate::web::error::PageError;
use crate::web::params::Params;
use crate::web::visit::see_other;

/// The maximum length of a path to return to, in the encoded form.
const MAX_STATE: usize = 3000;

/// The scopes of everything that a website learns about its visitors.
const SCOPES: &str = "openid profile email groups roles";

impl Asked {
    fn callback(&self) -> String {
        self.original.url(PROXY_CALLBACK)
    }

    /// Begins a sign-in that returns to the requested page. Only pages are redirected: for images and scripts the
    /// sign-in page is of no use.
    pub(super) fn begin(&self) -> Response {
        let mode = self.headers.get("sec-fetch-mode");
        if mode.is_some_and(|mode| mode != "navigate") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let known = self.cookies.sign_in(&self.headers);
        let token = known.clone().unwrap_or_else(Token::random);
        let mut response = see_other(&self.authorize(&token));
        if known.is_none() {
            set_cookie(&mut response, self.cookies.set_sign_in(&token).ok());
        }
        response
    }

    /// The URL of the authorization request.
    fn authorize(&self, token: &Token) -> String {
        let encoded: usize = form_urlencoded::byte_serialize(self.original.target.as_bytes())
            .map(str::len)
            .sum();
        let state = if encoded <= MAX_STATE {
            &self.original.target
        } else {
            "/"
        };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.client.id.as_str())
            .append_pair("redirect_uri", &self.callback())
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPES)
            .append_pair("state", state)
            .append_pair("code_challenge", &pkce::challenge(token.as_str()))
            .append_pair("code_challenge_method", "S256")
            .finish();
        let address = self.app.config.server.issuer.url(paths::AUTHORIZE);
        format!("{address}?{query}")
    }

    /// Ends a sign-in: sets the website's cookie and returns to the requested page. If the sign-in did not begin in
    /// this browser or has ended, a page of this server says so.
    pub(super) async fn finish(&self, query: &str) -> Result<Response, PageError> {
        let params = Params::parse(Some(query), b"", &[])?;
        let Some(token) = self.redeem(&params).await? else {
            let cause = params
                .get("error")
                .unwrap_or("the code was not issued in this browser, or has ended");
            let (client, now) = (Some(&self.client.id), self.app.clock.now());
            self.app.failures.refused(client, cause, now);
            return Ok(see_other(
                &self.app.config.server.issuer.url(paths::SIGN_IN_CONTINUE),
            ));
        };
        let target = target_of(params.get("state").unwrap_or_default());
        let mut response = see_other(&self.original.url(&target));
        set_cookie(&mut response, self.cookies.set_proxied(&token).ok());
        Ok(response)
    }

    /// Exchanges a code of this browser, once, for the token in the website's cookie.
    async fn redeem(&self, params: &Params) -> Result<Option<Token>, PageError> {
        let Some(code) = params.get("code").and_then(Token::parse) else {
            return Ok(None);
        };
        let (app, now) = (&self.app, self.app.clock.now());
        let found = claim_data::by_code(&mut app.db.read().await?, &code.hash(), false, now).await?;
        let Some(CodeGrant { grant, .. }) = found.filter(|found| self.is_ours(&found.grant)) else {
            return Ok(None);
        };
        let token = Token::random();
        let redemption = Redemption {
            grant: grant.id,
            app: grant.client_id,
            hash: token.hash(),
            origin: self.original.origin.clone(),
            // The session can end earlier, which every request checks.
            until: now + app.config.lifetimes.session,
        };
        let redeemed = app
            .db
            .write::<_, Error, _>(move |tx| Box::pin(async move { redemption.store(tx, now).await }));
        Ok(redeemed.await?.then_some(token))
    }

    /// Whether a code was issued for this website, in a sign-in that began in this browser.
    fn is_ours(&self, grant: &Grant) -> bool {
        let token = self.cookies.sign_in(&self.headers);
        let verifier = token.as_ref().map(Token::as_str);
        grant.client_id == self.client.id
            && grant.redirect_uri.as_deref() == Some(self.callback().as_str())
            && verifier.is_some()
            && pkce::matches(grant.code_challenge.as_deref(), verifier)
    }

    /// Redirects to this server's sign-out, which asks the visitor and ends their access to every website.
    pub(super) fn sign_out(&self) -> Response {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.client.id.as_str())
            .finish();
        let address = self.app.config.server.issuer.url(paths::LOGOUT);
        see_other(&format!("{address}?{query}"))
    }
}

fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What the exchange of a code writes.
struct Redemption {
    grant: GrantId,
    app: ClientId,
    hash: TokenHash,
    origin: String,
    until: Time,
}

impl Redemption {
    /// Redeems the code and stores the token; yields false if the code was already redeemed or has expired.
    async fn store(self, tx: &mut Tx, now: Time) -> Result<bool, Error> {
        if !grants::redeem(tx, &self.grant, self.until, now).await? {
            return Ok(false);
        }
        let new = NewAccessToken {
            hash: &self.hash,
            grant_id: Some(&self.grant),
            client_id: &self.app,
            // With neither scopes nor our audience, it is of no use at the endpoints for apps.
            scopes: &Scopes::default(),
            audience: Some(&self.origin),
            // Groups, teams and roles decide who may enter.
            wanted: ClaimData {
                email: true,
                groups: true,
                roles: true,
                teams: true,
            },
            expires_at: self.until,
        };
        tokens::insert_access(tx, &new, now).await?;
        Ok(true)
    }
}
