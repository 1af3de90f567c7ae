//! The expressions of claim rules: the expression language of templates, with nothing but facts and a few filters.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::{Value, json};

use super::filters;
use crate::model::refusal::{Code, Refusal};
use crate::model::standard_claims::STANDARD_CLAIMS;

/// The other facts, with their scopes.
const OTHER_FACTS: &[(&str, Option<&str>)] = &[
    ("groups", Some("groups")),
    ("teams", Some("teams")),
    ("roles", Some("roles")),
    ("app_roles", Some("roles")),
    ("permissions", Some("roles")),
    ("scopes", None),
];

/// How many instructions an expression may run.
const FUEL: u64 = 10_000;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    filters::add_to(&mut environment);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
});

/// The name of a standard claim as a fact about the person, below `user`; `None` if it is none.
#[must_use]
pub fn fact_of_claim(claim: &str) -> Option<&str> {
    match claim {
        "preferred_username" => Some("username"),
        "updated_at" => None,
        other => Some(other),
    }
}

/// The facts about the person, below `user`.
fn user_facts() -> impl Iterator<Item = &'static str> {
    let claims = STANDARD_CLAIMS.iter().flat_map(|(_, claims)| *claims);
    claims.filter_map(|claim| fact_of_claim(claim))
}

/// The scope of a fact such as `groups` or `user.email`; `None` if it belongs to no single one.
#[must_use]
pub fn scope_of_fact(fact: &str) -> Option<&'static str> {
    if let Some(name) = fact.strip_prefix("user.") {
        let mut scopes = STANDARD_CLAIMS.iter();
        let found = scopes.find(|(_, claims)| claims.iter().any(|claim| fact_of_claim(claim) == Some(name)));
        return found.map(|(scope, _)| *scope);
    }
    let found = OTHER_FACTS.iter().find(|(name, _)| *name == fact);
    found.and_then(|(_, scope)| *scope)
}

/// The facts that expressions are evaluated with.
pub struct Facts(minijinja::Value);

impl Facts {
    /// The facts in an object.
    #[must_use]
    pub fn new(facts: Value) -> Self {
        Self(minijinja::Value::from(Serde(facts)))
    }

    /// Facts about nobody, to try an expression with.
    fn example() -> Self {
        let user = user_facts().map(|fact| (fact.to_owned(), json!("example")));
        Self::new(json!({
            "user": user.collect::<serde_json::Map<_, _>>(),
            "groups": ["example"], "roles": ["example"], "app_roles": ["example"], "permissions": ["example"],
            "scopes": ["openid"],
            "teams": [{ "id": "example", "number": 1, "slug": "example", "name": "Example", "kind": "shared",
                "roles": ["example"] }],
        }))
    }
}

/// An expression that is ready to run.
pub(super) struct Expression {
    compiled: minijinja::Expression<'static, 'static>,
    /// The facts that it uses.
    pub(super) facts: BTreeSet<String>,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`Code::ClaimExpressionInvalid`] or [`Code::ClaimFactUnknown`].
    pub(super) fn new(text: &str) -> Result<Self, Refusal> {
        if let Some(at) = repetition(text) {
            return Err(wrong(text, at, "* is not an operator here"));
        }
        let environment: &'static Environment<'static> = &ENVIRONMENT;
        let compiled = environment.compile_expression_owned(text.to_owned());
        let compiled = compiled.map_err(|error| in_words(text, &error))?;
        let facts: BTreeSet<String> = compiled.undeclared_variables(true).into_iter().collect();
        if let Some(unknown) = facts.iter().find(|fact| !is_known(fact)) {
            return Err(unknown_fact(unknown));
        }
        let tried = compiled.eval(Facts::example().0);
        if let Err(error) = tried
            && is_unknown_name(error.kind())
        {
            return Err(in_words(text, &error));
        }
        let facts = facts.into_iter().map(|fact| without_members(&fact)).collect();
        Ok(Self { compiled, facts })
    }

    /// Its value, which is null if it is not defined.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(super) fn value(&self, facts: &Facts) -> Result<Value, String> {
        let value = self.compiled.eval(facts.0.clone());
        let value = value.map_err(|error| why(&error))?;
        if value.is_undefined() {
            return Ok(Value::Null);
        }
        serde_json::to_value(&value).map_err(|_| "the value cannot be written as JSON".to_owned())
    }
}

/// The fact that a path such as `user.address.region` reads, without the members of its value, which are not known in
/// advance.
fn without_members(fact: &str) -> String {
    let kept = if fact.starts_with("user.") { 2 } else { 1 };
    fact.split('.').take(kept).collect::<Vec<_>>().join(".")
}

fn is_known(fact: &str) -> bool {
    let mut names = fact.split('.');
    match (names.next(), names.next()) {
        (Some("user"), None) => true,
        (Some("user"), Some(_)) => scope_of_fact(&without_members(fact)).is_some(),
        (Some(name), _) => OTHER_FACTS.iter().any(|(known, _)| *known == name),
        (None, _) => false,
    }
}

fn unknown_fact(name: &str) -> Refusal {
    let of_user = user_facts().map(|name| format!("user.{name}"));
    let known: Vec<String> = if name.starts_with("user.") {
        of_user.collect()
    } else {
        let others = OTHER_FACTS.iter().map(|(name, _)| (*name).to_owned());
        Some("user".to_owned()).into_iter().chain(others).collect()
    };
    let refusal = Code::ClaimFactUnknown.at("value").with("name", name);
    refusal.with("known", known.join(", "))
}

/// Where an expression multiplies, which could make a short text a very long one.
fn repetition(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '*') => return Some(at),
            _ => {}
        }
    }
    None
}

const fn is_unknown_name(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
    )
}

fn in_words(text: &str, error: &Error) -> Refusal {
    let at = error.range().map_or(0, |range| range.start);
    wrong(text, at, &why(error))
}

fn wrong(text: &str, at: usize, why: &str) -> Refusal {
    let column = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    let refusal = Code::ClaimExpressionInvalid.at("value");
    refusal.with("column", column.to_string()).with("why", why)
}

fn why(error: &Error) -> String {
    error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned)
}
