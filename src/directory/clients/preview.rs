//! What an app would receive about a person, and why: the tokens and the userinfo response, without issuing them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::guard::{READ, find};
use crate::auth::acr_for;
use crate::clock::Time;
use crate::crypto::{Algorithm, MasterKey};
use crate::directory::accounts::{AccountRef, AccountSummary, find as find_account};
use crate::directory::{Failure, ReadContext, claim_facts, operation};
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::refusal::Code;
use crate::model::role::{RoleGrant, RoleLevel};
use crate::model::scheme::Scheme;
use crate::model::team::{Membership, TeamKind};
use crate::model::{Amr, ClientId, GrantId, SessionId};
use crate::oidc::claims::{BY_SCOPE, ClaimsRequest, Person, Target, of_person};
use crate::oidc::tokens::{AccessToken, IdToken};
use crate::store::people;

operation! {
    /// Reads what the tokens of a person for an app are made from.
    read PreviewClaims { account: AccountRef, app: ClientId } -> PreviewFacts, requires AccountRead;
}

/// What the tokens of a person for an app are made from.
pub struct PreviewFacts {
    /// The person.
    pub account: AccountSummary,
    app: Client,
    person: Person,
    /// For each role that the app receives, where it comes from.
    roles: Vec<(String, &'static str)>,
}

impl PreviewClaims {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<PreviewFacts, Failure> {
        let app = find(context, &self.app, READ).await?;
        let account = find_account(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let now = context.now;
        let row = people::of_account(context.conn(), &account.id, &app.id, now).await?;
        let row = row.ok_or(Code::AccountNotFound)?;
        let (granted, memberships) = (row.roles()?.unwrap_or_default(), row.teams()?);
        let (scheme, settings) = (context.scheme.clone(), context.settings.clone());
        let person = claim_facts::person(row, scheme, &settings, &account.id, &app)?;
        let from = |role: &String| {
            let why = origin(role, &granted, &memberships, &context.scheme);
            (role.clone(), why)
        };
        Ok(PreviewFacts {
            roles: person.roles.iter().map(from).collect(),
            account: account.into(),
            app,
            person,
        })
    }
}

/// Where a role comes from.
fn origin(role: &str, granted: &[RoleGrant], memberships: &[Membership], scheme: &Scheme) -> &'static str {
    let is_granted = |level| granted.iter().any(|one| one.level == level && one.role == role);
    let in_root_team = memberships.iter().any(|one| one.kind == TeamKind::Root);
    if is_granted(RoleLevel::App) {
        "granted for this app"
    } else if is_granted(RoleLevel::Instance) {
        "granted on the instance"
    } else if role == scheme.top_role() && in_root_team {
        "from the root team"
    } else if scheme.default_role.as_deref() == Some(role) {
        "everybody has it"
    } else {
        "included in another role"
    }
}

/// What an app would receive about a person.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The claims of the ID token.
    pub id_token: Map<String, Value>,
    /// The length of the signed ID token in bytes.
    pub id_token_bytes: usize,
    /// The claims of the access token, if it is for a resource server; else it is opaque.
    pub access_token: Option<Map<String, Value>>,
    /// The userinfo response.
    pub userinfo: Map<String, Value>,
    /// Where each claim about the person comes from.
    pub sources: Vec<ClaimSource>,
}

/// Where a claim about a person comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimSource {
    /// The claim.
    pub claim: String,
    /// The scope that it belongs to.
    pub scope: &'static str,
    /// Whether it is in the ID token.
    pub in_id_token: bool,
    /// Where its values come from, if they follow from roles.
    pub why: Vec<String>,
}

/// An ID token that is longer does not fit into a cookie, which many apps keep it in.
pub const LONG_TOKEN: usize = 4096;

impl PreviewFacts {
    /// What the app would receive if the person signed in now with a password, and the app asked for every scope that it
    /// may ask for.
    #[must_use]
    pub fn preview(&self, master: &MasterKey, issuer: &str, now: Time) -> Preview {
        let subject = claim_facts::subject(master, &self.app, &self.account.id);
        let id_token = self.id_token(issuer, &subject, now);
        let mut userinfo = self.claims(Target::UserInfo);
        userinfo.insert("sub".into(), subject.clone().into());
        Preview {
            id_token_bytes: signed_length(&id_token, self.app.settings.id_token_alg),
            sources: self.sources(&userinfo, &id_token),
            access_token: self.access_token(issuer, &subject, now),
            id_token,
            userinfo,
        }
    }

    fn claims(&self, target: Target) -> Map<String, Value> {
        let nothing_by_name = ClaimsRequest::default();
        of_person(&self.person, &self.app.settings.scopes, &nothing_by_name, target)
    }

    fn id_token(&self, issuer: &str, subject: &str, now: Time) -> Map<String, Value> {
        let grant = self.grant(now);
        let id_token = IdToken {
            issuer,
            subject,
            grant: &grant,
            acr: acr_for(&grant.amr),
            algorithm: self.app.settings.id_token_alg,
            access_token: "",
            claims: self.claims(Target::of_id_token(&self.app)),
            act: None,
            issued_at: now,
            expires_at: now,
        };
        id_token.claims()
    }

    /// The claims of the access token for the app's first resource server.
    fn access_token(&self, issuer: &str, subject: &str, now: Time) -> Option<Map<String, Value>> {
        let settings = &self.app.settings;
        let access_token = AccessToken {
            issuer,
            subject,
            audiences: &[settings.resources.first()?, issuer],
            client_id: self.app.id.as_str(),
            scopes: &settings.scopes,
            jti: "",
            auth_time: Some(now),
            claims: self.claims(Target::ResourceServer),
            act: None,
            issued_at: now,
            expires_at: now,
        };
        Some(access_token.claims())
    }

    /// A grant as it would be after a sign-in with a password.
    fn grant(&self, now: Time) -> Grant {
        Grant {
            id: GrantId(String::new()),
            client_id: self.app.id.clone(),
            account_id: self.account.id.clone(),
            session_id: Some(SessionId(String::new())),
            scopes: self.app.settings.scopes.clone(),
            claims: String::new(),
            resource: None,
            offline: false,
            redirect_uri: None,
            nonce: None,
            code_challenge: None,
            auth_time: now,
            amr: Amr::parse("pwd"),
            created_at: now,
            code_expires_at: None,
            redeemed_at: None,
            revoked_at: None,
            expires_at: now,
            cnf: None,
            act: None,
        }
    }

    fn sources(&self, userinfo: &Map<String, Value>, id_token: &Map<String, Value>) -> Vec<ClaimSource> {
        let shape = &self.person.shape;
        let all = BY_SCOPE
            .iter()
            .flat_map(|(scope, claims)| claims.iter().map(move |claim| (*scope, *claim)));
        let sent = all.filter(|(_, claim)| userinfo.contains_key(shape.name_of(claim)));
        let source = |(scope, claim): (&'static str, &'static str)| ClaimSource {
            claim: shape.name_of(claim).to_owned(),
            scope,
            in_id_token: id_token.contains_key(shape.name_of(claim)),
            why: match claim {
                "roles" => self
                    .roles
                    .iter()
                    .map(|(role, why)| format!("{role}: {why}"))
                    .collect(),
                _ => Vec::new(),
            },
        };
        sent.map(source).collect()
    }
}

/// The length of a signed JWT with these claims.
fn signed_length(claims: &Map<String, Value>, algorithm: Algorithm) -> usize {
    let signature = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => 256,
        Algorithm::ES256 | Algorithm::EdDSA => 64,
    };
    let claims = Value::Object(claims.clone()).to_string().len();
    let encoded = |bytes: usize| (bytes * 4).div_ceil(3);
    encoded(HEADER) + encoded(claims) + encoded(signature) + 2
}

/// About the length of the header of our JWTs, in bytes.
const HEADER: usize = 75;
