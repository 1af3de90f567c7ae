//! Doorward's own claims, and how the pages show verified claims.

use std::collections::BTreeMap;

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A team in the `teams` claim.
#[derive(Clone, Debug, Serialize)]
pub struct DemoTeam {
    /// The display name.
    pub name: String,
    /// The slug.
    pub slug: String,
    /// The user's roles in the team.
    pub roles: Vec<String>,
}

/// A claim in the table of the sample app.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// The claim's name.
    pub name: String,
    /// Its value, as JSON.
    pub value: Value,
    /// A short explanation; empty if the name is enough.
    pub meaning: String,
}

impl Claim {
    /// A claim with its explanation.
    #[must_use]
    pub fn new(name: &str, value: impl Into<Value>, meaning: &str) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            meaning: meaning.into(),
        }
    }
}

/// Doorward's own claims, and any other claims that are not standard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DoorwardClaims {
    /// The names of the groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// The roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The teams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Vec<Team>>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl AdditionalClaims for DoorwardClaims {}

/// A team that the user is a member of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Team {
    name: String,
    slug: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl From<&Team> for DemoTeam {
    fn from(team: &Team) -> Self {
        Self {
            name: team.name.clone(),
            slug: team.slug.clone(),
            roles: team.roles.clone(),
        }
    }
}

/// Claims that have a section of their own on the page.
const SHOWN_SEPARATELY: [&str; 3] = ["teams", "groups", "roles"];

/// The order of claims, those about the user first and those of the protocol last, with explanations.
const ORDER: [(&str, &str); 33] = [
    ("sub", "the user's identifier, which never changes"),
    ("name", ""),
    ("given_name", ""),
    ("middle_name", ""),
    ("family_name", ""),
    ("nickname", ""),
    ("preferred_username", ""),
    ("email", ""),
    ("email_verified", ""),
    ("phone_number", ""),
    ("phone_number_verified", ""),
    ("address", ""),
    ("birthdate", ""),
    ("gender", ""),
    ("locale", ""),
    ("zoneinfo", ""),
    ("picture", ""),
    ("profile", ""),
    ("website", ""),
    ("updated_at", "when the profile last changed"),
    ("auth_time", "when the user authenticated"),
    ("amr", "the authentication methods"),
    ("acr", "the strength of the authentication"),
    ("sid", "the session at the provider"),
    ("iss", "the provider that issued the token"),
    ("aud", "the app that the token is for"),
    ("azp", "the app that requested the token"),
    ("iat", "when the token was issued"),
    ("exp", "when the token expires"),
    ("nonce", "binds the token to this sign-in"),
    ("at_hash", "binds the token to the access token"),
    ("c_hash", "binds the token to the code"),
    ("act", "who acts on behalf of the user"),
];
/// Claims that are not in the list come before this one.
const UNKNOWN_BEFORE: &str = "auth_time";

/// The rows of the page's table of claims.
pub fn table(claims: &impl Serialize) -> Vec<Claim> {
    let Ok(Value::Object(claims)) = serde_json::to_value(claims) else {
        return Vec::new();
    };
    let position = |name: &str| ORDER.iter().position(|(known, _)| *known == name);
    let unknown = position(UNKNOWN_BEFORE).map_or(0, |at| at * 2);
    let mut rows: Vec<Claim> = claims
        .into_iter()
        .filter(|(name, _)| !SHOWN_SEPARATELY.contains(&name.as_str()))
        .map(|(name, value)| {
            let meaning = position(&name).map_or("", |at| ORDER[at].1);
            Claim::new(&name, value, meaning)
        })
        .collect();
    rows.sort_by_key(|row| position(&row.name).map_or(unknown, |at| at * 2 + 1));
    rows
}

/// The claims as indented JSON.
pub fn indented(claims: &impl Serialize) -> String {
    serde_json::to_string_pretty(claims).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use openidconnect::IdTokenClaims;
    use openidconnect::core::CoreGenderClaim;
    use serde_json::json;

    use super::*;

    fn ann() -> IdTokenClaims<DoorwardClaims, CoreGenderClaim> {
        let claims = json!({
            "iss": "http://localhost:8080", "sub": "0198", "aud": "notes", "exp": 1_795_000_300, "iat": 1_795_000_000,
            "auth_time": 1_794_999_000, "name": "Ann Lee", "email_verified": true, "sid": "s1", "department": "tools",
            "groups": ["engineering"], "roles": [],
            "teams": [{ "id": "0199", "number": 2, "slug": "ops", "name": "Ops", "kind": "shared", "roles": ["admin"] }],
        });
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn teams_groups_and_roles_are_parsed() {
        let claims = ann();
        let ours = claims.additional_claims();
        assert_eq!(ours.groups.as_deref(), Some(&["engineering".to_owned()][..]));
        assert_eq!(ours.roles.as_deref(), Some(&[][..]));
        let team = DemoTeam::from(&ours.teams.as_ref().unwrap()[0]);
        assert_eq!(
            (team.slug.as_str(), team.roles),
            ("ops", vec!["admin".to_owned()])
        );
    }

    #[test]
    fn the_table_has_every_claim_in_order() {
        let rows = table(&ann());
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "sub",
                "name",
                "email_verified",
                "department",
                "auth_time",
                "sid",
                "iss",
                "aud",
                "iat",
                "exp"
            ]
        );
        assert_eq!(rows[9].value, json!(1_795_000_300));
    }

    #[test]
    fn the_json_has_all_claims_of_the_token() {
        let shown: Value = serde_json::from_str(&indented(&ann())).unwrap();
        assert_eq!(shown["teams"][0]["id"], "0199");
        assert_eq!(shown["roles"], json!([]));
        assert_eq!(shown["department"], "tools");
        assert_eq!(shown.get("phone_number"), None);
    }

    #[test]
    fn an_absent_claim_is_not_shown_as_empty() {
        let claims: DoorwardClaims = serde_json::from_value(json!({})).unwrap();
        assert_eq!(indented(&claims), "{}");
    }
}
