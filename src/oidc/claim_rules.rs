//! Applies the claim rules of an app to what it receives about a person.

use serde_json::{Map, Value, json};

use super::person::{AppRules, Person, Target, claim, teams};
use crate::model::Scopes;
use crate::model::claim_rules::{ClaimRule, ClaimTarget, CompiledRule, Facts, fact_of_claim, scope_of_fact};
use crate::model::refusal::Refusal;
use crate::model::scheme::TeamItem;
use crate::model::standard_claims::STANDARD_CLAIMS;

/// The result of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The claim has this value; null leaves it out.
    Value(Value),
    /// The claim is sent only with this scope.
    NeedsScope(String),
    /// It uses data that the app may not see.
    Withheld(String),
    /// It has no value, for a reason in words.
    Failed(String),
}

impl AppRules {
    fn may_read(&self, scope: &str, granted: &Scopes) -> bool {
        self.readable.contains(scope) && (!self.granted_only || granted.contains(scope))
    }

    fn facts(&self, person: &Person, granted: &Scopes) -> Facts {
        let mut user = Map::new();
        for (scope, claims) in STANDARD_CLAIMS {
            if self.may_read(scope, granted) {
                let facts = claims
                    .iter()
                    .filter_map(|name| Some((fact_of_claim(name)?, *name)));
                user.extend(facts.map(|(fact, name)| (fact.to_owned(), claim(person, name))));
            }
        }
        Facts::new(json!({
            "user": user,
            "groups": person.groups,
            "teams": teams(&person.teams, TeamItem::Object),
            "roles": person.roles,
            "app_roles": self.app_roles,
            "permissions": person.permissions,
            "scopes": granted.iter().collect::<Vec<_>>(),
        }))
    }

    fn outcome(&self, rule: &ClaimRule, compiled: &CompiledRule, facts: &Facts, granted: &Scopes) -> Outcome {
        if let Some(scope) = rule.scope.as_ref().filter(|scope| !granted.contains(scope)) {
            return Outcome::NeedsScope(scope.clone());
        }
        let hidden = |fact: &&str| scope_of_fact(fact).is_some_and(|scope| !self.may_read(scope, granted));
        if let Some(fact) = compiled.facts().find(hidden) {
            return Outcome::Withheld(fact.to_owned());
        }
        match compiled.value(facts) {
            Ok(value) => Outcome::Value(value),
            Err(why) => Outcome::Failed(why),
        }
    }

    /// The result of each rule, whichever tokens and responses it is for.
    #[must_use]
    pub fn outcomes(&self, person: &Person, granted: &Scopes) -> Vec<Outcome> {
        let facts = self.facts(person, granted);
        let outcome = |(rule, compiled): (&ClaimRule, &Result<CompiledRule, Refusal>)| match compiled {
            Ok(compiled) => self.outcome(rule, compiled, &facts, granted),
            Err(refused) => Outcome::Failed(refused.code.as_str().to_owned()),
        };
        self.rules.compiled().map(outcome).collect()
    }

    /// Adds the claims of the rules for this target. A rule that fails leaves its claim out, and is logged once.
    pub(super) fn apply(
        &self,
        person: &Person,
        granted: &Scopes,
        target: Target,
        claims: &mut Map<String, Value>,
    ) {
        let target = match target {
            Target::IdToken | Target::LeanIdToken => ClaimTarget::IdToken,
            Target::UserInfo => ClaimTarget::UserInfo,
            Target::ResourceServer => ClaimTarget::AccessToken,
        };
        let facts = self.facts(person, granted);
        for (rule, compiled) in self.rules.compiled() {
            let Ok(compiled) = compiled else { continue };
            if !rule.is_sent_in(target) {
                continue;
            }
            let failed = match self.outcome(rule, compiled, &facts, granted) {
                Outcome::Value(value) => !compiled.put(claims, value),
                Outcome::NeedsScope(_) | Outcome::Withheld(_) => false,
                Outcome::Failed(_) => {
                    let _ = compiled.put(claims, Value::Null);
                    true
                }
            };
            if failed && compiled.is_first_failure() {
                // The reason is left out, since it could contain personal data.
                tracing::warn!(app = %self.app, claim = rule.claim, "a claim rule failed");
            }
        }
    }
}
