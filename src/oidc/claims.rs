//! The claims about a user that an app receives: by scope and by the `claims` parameter (OIDC Core section
//! 5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::person::{Person, Target, claim};
use crate::model::claim_rules::ClaimRules;
use crate::model::grant::ClaimData;
use crate::model::standard_claims::STANDARD_CLAIMS;
use crate::model::{AccountId, Scopes};

/// The supported scopes, with their descriptions on the consent page.
pub const SCOPES: &[(&str, &str)] = &[
    ("openid", "See your account identifier"),
    ("profile", "See your name, username and profile"),
    ("email", "See your e-mail address"),
    ("phone", "See your phone number"),
    ("address", "See your postal address"),
    ("groups", "See the groups you are in"),
    ("teams", "See your teams and your roles in them"),
    ("roles", "See your roles"),
    ("offline_access", "Keep access while you are away"),
];

/// The claims about the token and the sign-in, which belong to no scope.
const PROTOCOL_CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
];

/// The claims that the server can give.
pub fn supported_claims() -> impl Iterator<Item = &'static str> {
    let of_scopes = BY_SCOPE.iter().flat_map(|(_, claims)| *claims);
    PROTOCOL_CLAIMS.iter().chain(of_scopes).copied()
}

const MEMBERSHIP_SCOPES: &[&str] = &["groups", "roles", "teams"];

/// The `claims` parameter (OIDC Core section 5.5), reduced to claim names and to the values that affect the
/// sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Requested in the userinfo response.
    #[serde(default)]
    pub userinfo: Vec<String>,
    /// Requested in the ID token.
    #[serde(default)]
    pub id_token: Vec<String>,
    /// The only acceptable user (`sub` with a value). It is not stored, since it matters only before a grant
    /// exists.
    #[serde(skip)]
    pub subject: Option<String>,
    /// The acceptable authentication contexts (an essential `acr`); empty if any is acceptable. Not stored
    /// either.
    #[serde(skip)]
    pub essential_acr: Vec<String>,
}

impl ClaimsRequest {
    /// Parses the parameter; `None` if it is not an object of objects.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Value::Object(root) = serde_json::from_str(text).ok()? else {
            return None;
        };
        let names = |member: &str| match root.get(member) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Object(claims)) => Some(
                claims
                    .keys()
                    .filter(|name| supported_claims().any(|claim| claim == name.as_str()))
                    .cloned()
                    .collect(),
            ),
            Some(_) => None,
        };
        let member = |claim: &str| {
            let of = |target: &str| root.get(target)?.get(claim);
            of("id_token").or_else(|| of("userinfo"))
        };
        Some(Self {
            userinfo: names("userinfo")?,
            id_token: names("id_token")?,
            subject: member("sub").and_then(|sub| allowed(sub).into_iter().next()),
            essential_acr: member("acr")
                .filter(|acr| acr.get("essential") == Some(&Value::Bool(true)))
                .map(allowed)
                .unwrap_or_default(),
        })
    }

    /// Encodes the names for the column `claims`.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Decodes the names from [`Self::encode`].
    #[must_use]
    pub fn decode(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The data that these scopes, requested claims and claim rules need. Roles need the teams too, since membership of the
/// root team yields roles.
#[must_use]
pub fn wanted(scopes: &Scopes, requested: &ClaimsRequest, claim_rules: &ClaimRules) -> ClaimData {
    let asks = |names: &[&str]| {
        let mut by_name = requested.userinfo.iter().chain(&requested.id_token);
        by_name.any(|asked| names.contains(&asked.as_str()))
    };
    let needs =
        |scope, names: &[&str]| scopes.contains(scope) || asks(names) || claim_rules.uses_scope(scope);
    let roles = needs("roles", &["roles", "permissions"]);
    ClaimData {
        email: needs("email", &["email", "email_verified"]),
        groups: needs("groups", &["groups"]),
        roles,
        teams: roles || needs("teams", &["teams"]),
    }
}

/// The scopes whose data are shared: the requested ones, and those of the claims that are requested by name.
#[must_use]
pub fn shared(scopes: &Scopes, requested: &ClaimsRequest) -> Scopes {
    let by_name = |claims: &&[&str]| {
        let mut named = requested.userinfo.iter().chain(&requested.id_token);
        named.any(|name| claims.contains(&name.as_str()))
    };
    let more = BY_SCOPE.iter().filter(|(_, claims)| by_name(claims));
    scopes.iter().chain(more.map(|(scope, _)| *scope)).collect()
}

/// The acceptable values of a requested claim, from `value` and `values` (OIDC Core section 5.5.1).
fn allowed(request: &Value) -> Vec<String> {
    let one = request.get("value").and_then(Value::as_str);
    let many = request.get("values").and_then(Value::as_array);
    let many = many.into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many).map(str::to_owned).collect()
}

/// The claims of a user for these scopes and requested claims.
#[must_use]
pub fn of_person(
    person: &Person,
    scopes: &Scopes,
    requested: &ClaimsRequest,
    target: Target,
) -> Map<String, Value> {
    let by_name = match target {
        Target::UserInfo => requested.userinfo.as_slice(),
        Target::IdToken | Target::LeanIdToken => requested.id_token.as_slice(),
        Target::ResourceServer => &[],
    };
    let memberships_only = matches!(target, Target::LeanIdToken | Target::ResourceServer);
    let mut all = Map::new();
    for (scope, claims) in BY_SCOPE {
        let in_scope = scopes.contains(scope) && (!memberships_only || MEMBERSHIP_SCOPES.contains(scope));
        for name in *claims {
            if in_scope || by_name.iter().any(|asked| asked == name) {
                let value = claim(person, name);
                if !value.is_null() {
                    all.insert(person.shape.name_of(name).to_owned(), value);
                }
            }
        }
    }
    if let Some(rules) = &person.claim_rules {
        rules.apply(person, scopes, target, &mut all);
    }
    all
}

/// The claims of each scope: those of OIDC Core section 5.4 and our own.
pub const BY_SCOPE: &[(&str, &[&str])] = &[
    STANDARD_CLAIMS[0],
    STANDARD_CLAIMS[1],
    STANDARD_CLAIMS[2],
    STANDARD_CLAIMS[3],
    ("groups", &["groups"]),
    ("roles", &["roles", "permissions"]),
    ("teams", &["teams"]),
];

/// The `sub` of an account for apps with the subject type `public` (OIDC Core section 8).
#[must_use]
pub fn public_subject(account: &AccountId) -> String {
    account.0.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_needed_data_follow_from_scopes_and_requested_claims() {
        let none = ClaimData::default();
        let roles = ClaimData {
            roles: true,
            teams: true,
            ..none
        };
        let cases = [
            ("openid profile emails", "{}", none),
            ("openid email", "{}", ClaimData { email: true, ..none }),
            ("openid groups", "{}", ClaimData { groups: true, ..none }),
            ("openid teams", "{}", ClaimData { teams: true, ..none }),
            ("openid roles", "{}", roles),
            (
                "openid",
                r#"{"userinfo":{"email_verified":null}}"#,
                ClaimData { email: true, ..none },
            ),
            (
                "openid",
                r#"{"id_token":{"groups":null}}"#,
                ClaimData { groups: true, ..none },
            ),
            ("openid", r#"{"id_token":{"permissions":null}}"#, roles),
            (
                "openid",
                r#"{"userinfo":{"name":null,"teams":null}}"#,
                ClaimData { teams: true, ..none },
            ),
        ];
        for (scopes, claims, expected) in cases {
            let requested = ClaimsRequest::parse(claims).unwrap();
            assert_eq!(
                wanted(&Scopes::parse(scopes), &requested, &ClaimRules::default()),
                expected,
                "{scopes} {claims}"
            );
        }
    }
}
