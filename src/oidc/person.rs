//! The user whose claims an app receives, and the value of each claim.

use serde_json::{Value, json};

use crate::clock::Time;
use crate::model::account::Profile;
use crate::model::claim_rules::ClaimRules;
use crate::model::client::Client;
use crate::model::scheme::{ClaimShape, TeamItem};
use crate::model::team::Membership;
use crate::model::{ClientId, Scopes};

/// The data that a user's claims are made from; data that no scope or claim needs may be empty.
#[derive(Clone, Debug)]
pub struct Person {
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Profile,
    /// When the claims last changed.
    pub updated_at: Time,
    /// The primary e-mail address, and whether it is verified.
    pub email: Option<(String, bool)>,
    /// The memberships, one for each role in a team.
    pub teams: Vec<Membership>,
    /// The names of the groups.
    pub groups: Vec<String>,
    /// The roles on the instance and for this app.
    pub roles: Vec<String>,
    /// The permissions of those roles that the scheme declares for apps.
    pub permissions: Vec<String>,
    /// The names and the shape of the claims about groups, roles and teams.
    pub shape: ClaimShape,
    /// The app's rules for further claims, if it has any.
    pub claim_rules: Option<AppRules>,
}

/// Where claims are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The userinfo response: all claims of the scopes.
    UserInfo,
    /// The ID token of an app that wants all claims in it.
    IdToken,
    /// The ID token of an app that reads userinfo: only groups, roles, teams and claims requested by name.
    LeanIdToken,
    /// A resource server: only groups, roles and teams.
    ResourceServer,
}

impl Target {
    /// The ID token of an app.
    #[must_use]
    pub const fn of_id_token(app: &Client) -> Self {
        if app.settings.claims_in_id_token {
            Self::IdToken
        } else {
            Self::LeanIdToken
        }
    }
}

/// The claim rules of an app, with what they may use.
#[derive(Clone, Debug)]
pub struct AppRules {
    /// The app.
    pub app: ClientId,
    /// The rules.
    pub rules: ClaimRules,
    /// The scopes whose data the app may see, and which were read from the database.
    pub readable: Scopes,
    /// Whether people consent to what the app receives: then the rules use only the scopes that were granted.
    pub granted_only: bool,
    /// The roles for this app alone.
    pub app_roles: Vec<String>,
}

/// The value of one claim; null if the user has none.
pub(super) fn claim(person: &Person, name: &str) -> Value {
    let profile = &person.profile;
    match name {
        "name" if person.name.is_empty() => Value::Null,
        "name" => json!(person.name),
        "family_name" => json!(profile.family_name),
        "given_name" => json!(profile.given_name),
        "middle_name" => json!(profile.middle_name),
        "nickname" => json!(profile.nickname),
        "preferred_username" => json!(person.username),
        "profile" => json!(profile.profile),
        "picture" => json!(profile.picture),
        "website" => json!(profile.website),
        "gender" => json!(profile.gender),
        "birthdate" => json!(profile.birthdate),
        "zoneinfo" => json!(profile.zoneinfo),
        "locale" => json!(profile.locale),
        "updated_at" => json!(person.updated_at.seconds()),
        "email" => json!(person.email.as_ref().map(|(address, _)| address)),
        "email_verified" => json!(person.email.as_ref().map(|(_, verified)| verified)),
        "phone_number" => json!(profile.phone_number),
        "phone_number_verified" => {
            json!(profile.phone_number.as_ref().and(profile.phone_number_verified))
        }
        "address" => json!(profile.address),
        "groups" => json!(person.groups),
        "roles" => json!(person.roles),
        "permissions" if person.permissions.is_empty() => Value::Null,
        "permissions" => json!(person.permissions),
        "teams" => teams(&person.teams, person.shape.team),
        _ => Value::Null,
    }
}

/// One item for each team; if it is an object, with all of the user's roles in it.
pub(super) fn teams(memberships: &[Membership], item: TeamItem) -> Value {
    let by_team = memberships.chunk_by(|a, b| a.id == b.id);
    let objects = by_team.filter_map(|rows| {
        let team = rows.first()?;
        let roles: Vec<&str> = rows.iter().map(|row| row.role.as_str()).collect();
        Some(match item {
            TeamItem::Object => json!({
                "id": team.id, "number": team.number, "slug": team.slug, "name": team.name, "kind": team.kind,
                "roles": roles,
            }),
            TeamItem::Slug => json!(team.slug),
            TeamItem::Name => json!(team.name),
        })
    });
    Value::Array(objects.collect())
}
