//! What an app would receive about a person, and why: the tokens and the userinfo response, without issuing them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::guard::{READ, find};
use crate::auth::acr_for;
use crate::clock::Time;
use crate::crypto::{Algorithm, MasterKey};
use crate::directory::accounts::{AccountRef, AccountSummary, find as find_account};
use crate::directory::{Failure, ReadContext, claim_facts, operation};
use crate::model::claim_rules::{ClaimRule, ClaimRules};
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::refusal::Code;
use crate::model::role::{HolderKind, RoleGrant, RoleLevel};
use crate::model::scheme::Scheme;
use crate::model::team::{Membership, TeamKind};
use crate::model::{Amr, ClientId, GrantId, GroupId, SessionId};
use crate::oidc::claim_rules::Outcome;
use crate::oidc::claims::{BY_SCOPE, ClaimsRequest, of_person};
use crate::oidc::person::{Person, Target};
use crate::oidc::tokens::{AccessToken, AccessTokenContent, IdToken};
use crate::store::claim_data::{self, ClaimsRow};
use crate::store::{groups, shared_roles};

operation! {
    /// Reads what the tokens of a person for an app are made from.
    read PreviewClaims {
        account: AccountRef,
        app: ClientId,
        /// Rules to try in place of the app's.
        rules: Option<ClaimRules>,
    } -> PreviewFacts, requires AccountRead;
}

/// What the tokens of a person for an app are made from.
pub struct PreviewFacts {
    /// The person.
    pub account: AccountSummary,
    app: Client,
    person: Person,
    /// For each role that the app receives, where it comes from.
    roles: Vec<(String, String)>,
}

impl PreviewClaims {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<PreviewFacts, Failure> {
        let mut app = find(context, &self.app, READ).await?;
        if let Some(rules) = self.rules {
            Failure::if_any(rules.reasons())?;
            app.settings.claim_rules = rules;
        }
        let account = find_account(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let now = context.now;
        let row = claim_data::of_account(context.conn(), &account.id, &app.id, now).await?;
        let row = row.ok_or(Code::AccountNotFound)?;
        let (granted, memberships) = (row.roles()?.unwrap_or_default(), row.teams()?);
        let holders = Box::pin(holders(context, &app.id, &row, &memberships)).await?;
        let (scheme, settings) = (context.scheme.clone(), context.settings.clone());
        let person = claim_facts::person(row, scheme, &settings, &account.id, &app)?;
        let from = |role: &String| {
            let held: Vec<&str> = holders
                .iter()
                .filter(|(shared, _)| shared == role)
                .map(|(_, with)| with.as_str())
                .collect();
            let why = match held.as_slice() {
                [] => origin(role, &granted, &memberships, &context.scheme).to_owned(),
                with => format!("granted for this app to {}", with.join(" and ")),
            };
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

/// The roles for an app that a person holds as a member of a group or a team, each with that group or team.
async fn holders(
    context: &mut ReadContext<'_>,
    app: &ClientId,
    row: &ClaimsRow,
    memberships: &[Membership],
) -> Result<Vec<(String, String)>, Failure> {
    let groups = row.group_ids();
    let mut held = Vec::new();
    let now = context.now;
    for shared in shared_roles::of_app(context.conn(), app, now).await? {
        let name = match shared.kind {
            HolderKind::Group => {
                let id = GroupId(shared.holder);
                let group = groups::by_id(context.conn(), &id)
                    .await?
                    .filter(|_| groups.contains(&id));
                group.map(|group| format!("the group {}", group.name))
            }
            HolderKind::Team => {
                let team = memberships.iter().find(|team| team.id.0 == shared.holder);
                team.map(|team| format!("the team {}", team.name))
            }
        };
        held.extend(name.map(|name| (shared.role, name)));
    }
    Ok(held)
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
    /// The claims of the access token, if it is for a resource server; any other is opaque.
    pub access_token: Option<Map<String, Value>>,
    /// The userinfo response.
    pub userinfo: Map<String, Value>,
    /// Where each claim about the person comes from.
    pub sources: Vec<ClaimSource>,
    /// What became of each claim rule.
    pub rules: Vec<RuleResult>,
}

/// What became of a claim rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleResult {
    /// Its number, from 1.
    pub number: usize,
    /// The claim, as the rule names it.
    pub claim: String,
    /// Its value as JSON.
    pub value: Option<String>,
    /// Why it has none.
    pub why: Option<String>,
}

impl RuleResult {
    fn of((at, (rule, outcome)): (usize, (&ClaimRule, Outcome))) -> Self {
        let (value, why) = match outcome {
            Outcome::Value(Value::Null) => (None, "it has no value, so the claim is left out".to_owned()),
            Outcome::Value(value) => (Some(value.to_string()), String::new()),
            Outcome::NeedsScope(scope) => (None, format!("the app is not allowed the scope {scope}")),
            Outcome::Withheld(fact) => (
                None,
                format!("the app may not see {fact}: its scope is not allowed"),
            ),
            Outcome::Failed(why) => (None, why),
        };
        Self {
            number: at + 1,
            claim: rule.claim.clone(),
            why: value.is_none().then_some(why),
            value,
        }
    }
}

/// Where a claim about a person comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimSource {
    /// The claim.
    pub claim: String,
    /// The scope that it belongs to, if it is a standard claim.
    pub scope: Option<&'static str>,
    /// The number of the rule that makes it, or a part of it.
    pub rule: Option<usize>,
    /// The tokens and responses that contain it.
    pub places: Vec<&'static str>,
    /// Where its values come from, if they follow from roles.
    pub why: Vec<String>,
}

/// The longest ID token that fits into a cookie, where many apps keep it, in bytes.
pub const LONG_TOKEN: usize = 4096;

impl PreviewFacts {
    /// What the app would receive if the person signed in now with a password, and the app requested every scope that
    /// it may request.
    #[must_use]
    pub fn preview(&self, master: &MasterKey, issuer: &str, now: Time) -> Preview {
        let subject = claim_facts::subject(master, &self.app, &self.account.id);
        let id_token = self.id_token(issuer, &subject, now);
        let mut userinfo = self.claims(Target::UserInfo);
        userinfo.insert("sub".into(), subject.clone().into());
        let access_token = self.access_token(issuer, &subject, now);
        Preview {
            id_token_bytes: signed_length(&id_token, self.app.settings.id_token_alg),
            sources: self.sources(&id_token, access_token.as_ref(), &userinfo),
            rules: self.results(),
            access_token,
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
            audiences: &[settings.resources.first()?, issuer],
            client_id: self.app.id.as_str(),
            jti: "",
            content: AccessTokenContent {
                subject,
                scopes: &settings.scopes,
                auth_time: Some(now),
                claims: self.claims(Target::ResourceServer),
                act: None,
                expires_at: now,
            },
            issued_at: now,
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

    /// What would become of each rule if the app requested every scope that it may request.
    #[must_use]
    pub fn results(&self) -> Vec<RuleResult> {
        let Some(own) = &self.person.claim_rules else {
            return Vec::new();
        };
        let outcomes = own.outcomes(&self.person, &self.app.settings.scopes);
        let rules = own.rules.all().iter().zip(outcomes);
        rules.enumerate().map(RuleResult::of).collect()
    }

    fn sources(
        &self,
        id_token: &Map<String, Value>,
        access_token: Option<&Map<String, Value>>,
        userinfo: &Map<String, Value>,
    ) -> Vec<ClaimSource> {
        let all = [
            ("ID token", Some(id_token)),
            ("access token", access_token),
            ("userinfo response", Some(userinfo)),
        ];
        let places = |claim: &str| -> Vec<&'static str> {
            let has = |claims: Option<&Map<String, Value>>| claims.is_some_and(|all| all.contains_key(claim));
            let places = all.iter().filter(|(_, claims)| has(*claims));
            places.map(|(name, _)| *name).collect()
        };
        let by_rule = self.by_rule();
        let standard = BY_SCOPE.iter().flat_map(|(scope, claims)| {
            let named = claims
                .iter()
                .map(|claim| (*claim, self.person.shape.name_of(claim)));
            named.map(|(claim, name)| (Some(*scope), claim, name))
        });
        let is_standard = |name: &str| standard.clone().any(|(_, _, standard)| standard == name);
        let others = by_rule.iter().filter(|(name, _)| !is_standard(name));
        let others = others.map(|(name, _)| (None, "", name.as_str()));
        let source = |(scope, claim, name): (Option<&'static str>, &str, &str)| {
            let rule = by_rule.iter().find(|(root, _)| root == name);
            ClaimSource {
                claim: name.to_owned(),
                scope: scope.filter(|_| rule.is_none()),
                rule: rule.map(|(_, number)| *number),
                places: places(name),
                why: self.why(claim, rule.is_some()),
            }
        };
        let sources = standard.clone().chain(others).map(source);
        sources.filter(|source| !source.places.is_empty()).collect()
    }

    /// Where the values of the claim about roles come from; empty for any other claim.
    fn why(&self, claim: &str, is_by_rule: bool) -> Vec<String> {
        if claim != "roles" || is_by_rule {
            return Vec::new();
        }
        let each = self.roles.iter().map(|(role, why)| format!("{role}: {why}"));
        each.collect()
    }

    /// The claims that rules make, each with the number of the last such rule.
    fn by_rule(&self) -> Vec<(String, usize)> {
        let mut made: Vec<(String, usize)> = Vec::new();
        let rules = self.app.settings.claim_rules.compiled();
        for ((at, (_, rule)), result) in rules.enumerate().zip(self.results()) {
            let Some(rule) = rule.as_ref().ok().filter(|_| result.value.is_some()) else {
                continue;
            };
            made.retain(|(root, _)| root != rule.root());
            made.push((rule.root().to_owned(), at + 1));
        }
        made
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
