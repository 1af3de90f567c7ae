//! The claim rules of an app: claims made from what the app may see about a person.

mod expression;
mod filters;
mod path;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use self::expression::Expression;
pub use self::expression::{Facts, fact_of_claim, scope_of_fact};
use self::path::ClaimPath;
use super::refusal::{Code, Refusal};
use super::{Scopes, text_enum};

/// How many rules an app may have.
pub const MAX_RULES: usize = 20;

/// The maximum size of an expression in bytes.
const MAX_EXPRESSION: usize = 1000;

/// The maximum size of a claim made by a rule, in bytes of JSON.
pub const MAX_VALUE: usize = 8192;

/// The claims about the token and the sign-in, which no rule sets or removes.
const PROTOCOL_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "act",
    "may_act",
    "events",
    "client_id",
    "scope",
    "cnf",
    "active",
    "token_type",
];

text_enum! {
    /// Where the claim of a rule is sent.
    ClaimTarget {
        /// The ID token.
        IdToken = "id_token",
        /// The userinfo response.
        UserInfo = "userinfo",
        /// The access token for a resource server, and the response to its introspection.
        AccessToken = "access_token",
    }
}

/// A rule that makes one claim for an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRule {
    /// The name of the claim, or a path such as `realm_access.roles`; `\.` is a dot that belongs to a name.
    pub claim: String,
    /// The expression that makes its value; a claim without a value is left out.
    pub value: String,
    /// Where it is sent; everywhere if the list is empty.
    #[serde(default)]
    pub targets: Vec<ClaimTarget>,
    /// The scope without which it is not sent.
    #[serde(default)]
    pub scope: Option<String>,
}

impl ClaimRule {
    /// Whether the claim is sent there.
    #[must_use]
    pub fn is_sent_in(&self, target: ClaimTarget) -> bool {
        self.targets.is_empty() || self.targets.contains(&target)
    }

    fn compile(&self) -> Result<CompiledRule, Refusal> {
        let path = ClaimPath::parse(&self.claim).ok_or_else(|| Code::ClaimNameInvalid.at("claim"))?;
        if PROTOCOL_CLAIMS.contains(&path.root()) {
            return Err(Code::ClaimReserved.at("claim").with("claim", path.root()));
        }
        if self.value.len() > MAX_EXPRESSION {
            return Err(Code::TooLong.at("value").with("max", MAX_EXPRESSION.to_string()));
        }
        Ok(CompiledRule {
            path,
            expression: Expression::new(&self.value)?,
            has_failed: AtomicBool::new(false),
        })
    }
}

/// A rule that is ready to run.
pub struct CompiledRule {
    path: ClaimPath,
    expression: Expression,
    has_failed: AtomicBool,
}

impl CompiledRule {
    /// The claim at the root of its path.
    #[must_use]
    pub fn root(&self) -> &str {
        self.path.root()
    }

    /// The facts that it uses, such as `groups` and `user.email`.
    pub fn facts(&self) -> impl Iterator<Item = &str> + Clone {
        self.expression.facts.iter().map(String::as_str)
    }

    /// Its value, which is null if there is none.
    ///
    /// # Errors
    /// Why it has none, for whoever wrote the rule.
    pub fn value(&self, facts: &Facts) -> Result<Value, String> {
        let value = self.expression.value(facts)?;
        if value.to_string().len() > MAX_VALUE {
            return Err(format!("the value has more than {MAX_VALUE} bytes"));
        }
        Ok(value)
    }

    /// Puts its value among the claims; null removes the claim. Yields false if the path leads through a value that is
    /// not an object.
    #[must_use]
    pub fn put(&self, claims: &mut Map<String, Value>, value: Value) -> bool {
        if value.is_null() {
            self.path.remove(claims);
            return true;
        }
        self.path.set(claims, value)
    }

    /// Whether a failure is the first one since the app's rules were read, and so worth a line in the log.
    #[must_use]
    pub fn is_first_failure(&self) -> bool {
        !self.has_failed.swap(true, Ordering::Relaxed)
    }
}

/// The rules of an app, in the order in which they run. They are compiled once for each version of the app that is
/// read.
#[derive(Clone, Default)]
pub struct ClaimRules(Option<Arc<Shared>>);

struct Shared {
    rules: Vec<ClaimRule>,
    compiled: OnceLock<Vec<Result<CompiledRule, Refusal>>>,
}

impl ClaimRules {
    /// These rules.
    #[must_use]
    pub fn new(rules: Vec<ClaimRule>) -> Self {
        if rules.is_empty() {
            return Self::default();
        }
        let compiled = OnceLock::new();
        Self(Some(Arc::new(Shared { rules, compiled })))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The rules.
    #[must_use]
    pub fn all(&self) -> &[ClaimRule] {
        self.0.as_ref().map_or(&[], |shared| &shared.rules)
    }

    /// The rules with what they compile to; a rule that is refused makes no claim.
    pub fn compiled(&self) -> impl Iterator<Item = (&ClaimRule, &Result<CompiledRule, Refusal>)> {
        let shared = self.0.as_deref().into_iter();
        shared.flat_map(|shared| {
            let compile = || shared.rules.iter().map(ClaimRule::compile).collect();
            shared.rules.iter().zip(shared.compiled.get_or_init(compile))
        })
    }

    /// Whether a rule uses a fact of this scope.
    #[must_use]
    pub fn uses_scope(&self, scope: &str) -> bool {
        let mut rules = self.compiled().filter_map(|(_, rule)| rule.as_ref().ok());
        rules.any(|rule| rule.facts().any(|fact| scope_of_fact(fact) == Some(scope)))
    }

    /// The claims, as the rules name them, that are made from data of `scope` when the scopes in `granted` are granted.
    #[must_use]
    pub fn claims_of_scope(&self, scope: &str, granted: &Scopes) -> Vec<&str> {
        let is_granted = |other: &str| granted.contains(other);
        let made = self.compiled().filter(|(rule, compiled)| {
            let Ok(compiled) = compiled else { return false };
            let mut needed = compiled.facts().filter_map(scope_of_fact);
            rule.scope.as_deref().is_none_or(is_granted)
                && needed.clone().any(|one| one == scope)
                && needed.all(is_granted)
        });
        let mut claims: Vec<&str> = made.map(|(rule, _)| rule.claim.as_str()).collect();
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// The rules that decide what resource servers receive.
    pub fn for_resource_servers(&self) -> impl Iterator<Item = &ClaimRule> {
        let all = self.all().iter();
        all.filter(|rule| rule.is_sent_in(ClaimTarget::AccessToken))
    }

    /// What is wrong with them.
    #[must_use]
    pub fn reasons(&self) -> Vec<Refusal> {
        if self.all().len() > MAX_RULES {
            return vec![Code::TooMany.at("claim_rules").with("max", MAX_RULES.to_string())];
        }
        let refused = self.compiled().filter_map(|(_, rule)| rule.as_ref().err());
        refused.cloned().collect()
    }
}

impl fmt::Debug for ClaimRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().fmt(f)
    }
}

impl PartialEq for ClaimRules {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl Eq for ClaimRules {}

impl Serialize for ClaimRules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClaimRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests;
