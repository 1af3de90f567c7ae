//! The scenarios, and the work that a connection repeats in each.

use std::sync::Arc;

use anyhow::{Context, ensure};
use doorward::crypto::{Expected, JwsAlgorithm, Typ, verify};
use tokio::sync::Mutex;

use crate::app::App;
use crate::flow::{self, OFFLINE, SCOPE, SignInPage, SignedIn, Tokens, USUAL};
use crate::http::{Http, get, post};
use crate::passkey;
use crate::soft_passkey::SoftPasskey;
use crate::target::Target;

/// One in this number of ID tokens is verified.
pub const VERIFIED_ONE_OF: u64 = 8;

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Discovery,
    Jwks,
    ClientCredentials,
    ClientCredentialsEs256,
    Refresh,
    RefreshRotating,
    Userinfo,
    /// Userinfo for the scopes `openid profile email` only.
    UserinfoUsual,
    Introspection,
    /// Introspection of a token for the scopes `openid profile email` only.
    IntrospectionUsual,
    Code,
    CodeEs256,
    /// The sign-in page of a new browser, alone.
    SignInPage,
    /// The sign-in page and its form, filled in with a password.
    PasswordForm,
    /// The sign-in page and its form, answered with a passkey.
    PasskeyForm,
    Password,
    Passkey,
    /// Like `Code` with a refresh token; it only builds up use.
    CodeOffline,
}

impl Scenario {
    pub const ALL: [Self; 17] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentials,
        Self::ClientCredentialsEs256,
        Self::Refresh,
        Self::RefreshRotating,
        Self::Userinfo,
        Self::UserinfoUsual,
        Self::Introspection,
        Self::IntrospectionUsual,
        Self::Code,
        Self::CodeEs256,
        Self::SignInPage,
        Self::PasswordForm,
        Self::PasskeyForm,
        Self::Password,
        Self::Passkey,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::ClientCredentials => "client_credentials RS256",
            Self::ClientCredentialsEs256 => "client_credentials ES256",
            Self::Refresh => "refresh",
            Self::RefreshRotating => "refresh, rotating",
            Self::Userinfo => "userinfo",
            Self::UserinfoUsual => "userinfo, usual scopes",
            Self::Introspection => "introspection",
            Self::IntrospectionUsual => "introspection, usual scopes",
            Self::Code => "code + PKCE RS256",
            Self::CodeEs256 => "code + PKCE ES256",
            Self::SignInPage => "sign-in page",
            Self::PasswordForm => "sign-in page + password",
            Self::PasskeyForm => "sign-in page + passkey",
            Self::Password => "password sign-in",
            Self::Passkey => "passkey sign-in",
            Self::CodeOffline => "code + PKCE RS256, offline",
        }
    }

    /// Prepares the work of a connection.
    pub async fn prepare(
        self,
        target: &Arc<Target>,
        http: &mut Http,
        connection: usize,
    ) -> anyhow::Result<Work> {
        let session = target.session(connection);
        let (web, es, public) = (&target.seed.web, &target.seed.es, &target.seed.public);
        Ok(match self {
            Self::Discovery => Work::Same(get("/.well-known/openid-configuration", "")),
            Self::Jwks => Work::Same(get("/oauth2/jwks", "")),
            Self::ClientCredentials => Work::Same(client_credentials(web)),
            Self::ClientCredentialsEs256 => Work::Same(client_credentials(es)),
            Self::Refresh => {
                let token = refresh_token(http, web, session).await?;
                Work::Same(flow::refresh(web, &token))
            }
            Self::RefreshRotating => Work::Rotate {
                target: target.clone(),
                token: refresh_token(http, public, session).await?,
            },
            Self::Userinfo => Work::Same(userinfo(&tokens(http, web, session, OFFLINE).await?)),
            Self::UserinfoUsual => Work::Same(userinfo(&tokens(http, web, session, USUAL).await?)),
            Self::Introspection => {
                Work::Same(introspection(web, &tokens(http, web, session, OFFLINE).await?))
            }
            Self::IntrospectionUsual => {
                Work::Same(introspection(web, &tokens(http, web, session, USUAL).await?))
            }
            Self::Code => Work::code(target, session, SCOPE, false),
            Self::CodeEs256 => Work::code(target, session, SCOPE, true),
            Self::CodeOffline => Work::code(target, session, OFFLINE, false),
            Self::SignInPage => Work::SignInPage(target.clone()),
            Self::PasswordForm => Work::sign_in(target, Proof::password(target, connection), Until::Code),
            Self::PasskeyForm => {
                Work::sign_in(target, Proof::Passkey(target.passkey(connection)), Until::Code)
            }
            Self::Password => Work::sign_in(target, Proof::password(target, connection), Until::Tokens),
            Self::Passkey => Work::sign_in(target, Proof::Passkey(target.passkey(connection)), Until::Tokens),
        })
    }
}

/// A request for a token with the client credentials grant.
fn client_credentials(app: &App) -> Vec<u8> {
    let fields = [("grant_type", "client_credentials")];
    post("/oauth2/token", &app.proof, &fields)
}

fn userinfo(tokens: &Tokens) -> Vec<u8> {
    let authorization = format!("authorization: Bearer {}\r\n", tokens.access);
    get("/oauth2/userinfo", &authorization)
}

/// Gets tokens with a live session.
fn introspection(app: &App, tokens: &Tokens) -> Vec<u8> {
    post("/oauth2/introspect", &app.proof, &[("token", &tokens.access)])
}

async fn tokens(http: &mut Http, app: &App, session: &str, scope: &str) -> anyhow::Result<Tokens> {
    let code = flow::code(http, &get(&app.authorize(scope), session)).await?;
    flow::redeem(http, app, &code).await
}

async fn refresh_token(http: &mut Http, app: &App, session: &str) -> anyhow::Result<String> {
    let tokens = tokens(http, app, session, OFFLINE).await?;
    tokens.refresh.context("no refresh token")
}

/// The work that a connection repeats.
pub enum Work {
    /// Sends the same request.
    Same(Vec<u8>),
    /// Refreshes with the token of the last response.
    Rotate { target: Arc<Target>, token: String },
    /// Gets a code with a live session and redeems it.
    Code {
        target: Arc<Target>,
        authorize: Vec<u8>,
        is_es: bool,
        done: u64,
    },
    /// Opens the sign-in page in a new browser.
    SignInPage(Arc<Target>),
    /// Signs in with a new browser.
    SignIn {
        target: Arc<Target>,
        proof: Proof,
        until: Until,
        done: u64,
    },
}

/// What a person signs in with.
pub enum Proof {
    /// The name of a person, all of whom have the same password.
    Password(String),
    Passkey(Arc<Mutex<SoftPasskey>>),
}

impl Proof {
    fn password(target: &Target, connection: usize) -> Self {
        Self::Password(target.seed.people[connection % target.seed.people.len()].clone())
    }

    async fn sign_in(&self, http: &mut Http, app: &App) -> anyhow::Result<SignedIn> {
        match self {
            Self::Password(person) => flow::sign_in(http, app, person).await,
            Self::Passkey(passkey) => passkey::sign_in(http, app, &mut *passkey.lock().await).await,
        }
    }
}

/// Where a sign-in ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// With the code, in the response to the form.
    Code,
    /// With the tokens for the code.
    Tokens,
}

impl Work {
    /// Getting and redeeming codes with a live session, for the app with this algorithm.
    fn code(target: &Arc<Target>, session: &str, scope: &str, is_es: bool) -> Self {
        let app = if is_es { &target.seed.es } else { &target.seed.web };
        Self::Code {
            target: target.clone(),
            authorize: get(&app.authorize(scope), session),
            is_es,
            done: 0,
        }
    }

    fn sign_in(target: &Arc<Target>, proof: Proof, until: Until) -> Self {
        Self::SignIn {
            target: target.clone(),
            proof,
            until,
            done: 0,
        }
    }

    /// Performs the work once.
    pub async fn once(&mut self, http: &mut Http) -> anyhow::Result<()> {
        match self {
            Self::Same(request) => {
                http.send(request).await?.expect(200)?;
            }
            Self::Rotate { target, token } => {
                let response = http.send(&flow::refresh(&target.seed.public, token)).await?;
                response.expect(200)?.member("refresh_token")?.clone_into(token);
            }
            Self::Code {
                target,
                authorize,
                is_es,
                done,
            } => {
                let app = if *is_es { &target.seed.es } else { &target.seed.web };
                let code = flow::code(http, authorize).await?;
                let tokens = flow::redeem(http, app, &code).await?;
                verify_some(target, app, &tokens.id, *is_es, done)?;
            }
            Self::SignInPage(target) => {
                SignInPage::open(http, &target.seed.web).await?;
            }
            Self::SignIn {
                target,
                proof,
                until,
                done,
            } => {
                let app = &target.seed.web;
                let signed_in = proof.sign_in(http, app).await?;
                if *until == Until::Tokens {
                    let tokens = flow::redeem(http, app, &signed_in.code).await?;
                    verify_some(target, app, &tokens.id, false, done)?;
                }
            }
        }
        Ok(())
    }
}

/// Verifies the ID token's signature and audience in the first flow of a connection and in some of the others.
fn verify_some(target: &Target, app: &App, token: &str, is_es: bool, done: &mut u64) -> anyhow::Result<()> {
    *done += 1;
    if *done % VERIFIED_ONE_OF != 1 {
        return Ok(());
    }
    let alg = if is_es {
        JwsAlgorithm::ES256
    } else {
        JwsAlgorithm::RS256
    };
    let expected = Expected {
        typ: Typ::IdToken,
        algs: &[alg],
    };
    let claims = verify(token, target.keys.as_ref(), expected)?;
    ensure!(
        claims.audiences().contains(&app.id.as_str()),
        "the ID token is for another app"
    );
    Ok(())
}
