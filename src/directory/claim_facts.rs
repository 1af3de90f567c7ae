//! What an app may receive about a user: the `sub`, and the data that the claims are made from.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use serde_json::{Value, json};

use super::Actor;
use super::authority::Authority;
use crate::crypto::MasterKey;
use crate::model::AccountId;
use crate::model::client::{Client, SubjectType};
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::settings::InstanceSettings;
use crate::model::team::TeamKind;
use crate::oidc::claims::public_subject;
use crate::oidc::person::{AppRules, Person};
use crate::store::Error;
use crate::store::claim_data::ClaimsRow;

/// The claim `act` (RFC 8693 section 4.1) for an app: the subject of whoever acts as the user, or `host` for a command.
#[must_use]
pub fn act(master: &MasterKey, client: &Client, by: &str) -> Value {
    if by == Actor::HOST.as_str() {
        return json!({ "sub": by });
    }
    json!({ "sub": subject(master, client, &AccountId(by.to_owned())) })
}

/// The `sub` of an account for an app (OIDC Core section 8.1).
#[must_use]
pub fn subject(master: &MasterKey, app: &Client, account: &AccountId) -> String {
    match app.settings.subject_type {
        SubjectType::Public => public_subject(account),
        SubjectType::Pairwise => {
            let sector = app.settings.sector.clone().or_else(|| {
                let first = app.settings.redirect_uris.first()?;
                url::Url::parse(first).ok()?.host_str().map(str::to_owned)
            });
            let sector = sector.unwrap_or_else(|| app.id.0.clone());
            URL_SAFE_NO_PAD.encode(master.mac("pairwise", &[sector.as_bytes(), account.as_str().as_bytes()]))
        }
    }
}

/// Reduces the data read for a token to what the app may receive. Leaves out the data of scopes that the app may not
/// request, even if the `claims` parameter requests them.
///
/// # Errors
/// When the row is malformed.
pub fn person(
    known: ClaimsRow,
    scheme: Arc<Scheme>,
    instance: &InstanceSettings,
    account: &AccountId,
    app: &Client,
) -> Result<Person, Error> {
    let may = |scope: &str| app.settings.scopes.contains(scope);
    let shape = scheme.claims.clone();
    let memberships = known.teams()?;
    let with_rules = Some(app).filter(|app| !app.settings.claim_rules.is_empty());
    let claim_rules = with_rules.map(|app| rules_of(app, &known)).transpose()?;
    let (roles, permissions) = match known.roles()?.filter(|_| may("roles")) {
        Some(granted) => {
            let authority = Authority::of(scheme, account, granted, &memberships);
            (authority.roles_for(app), authority.declared_for(&app.id))
        }
        None => (Vec::new(), Vec::new()),
    };
    Ok(Person {
        groups: if may("groups") { known.groups() } else { Vec::new() },
        email: known.email.zip(known.email_verified).filter(|_| may("email")),
        username: known.username,
        name: known.name,
        profile: known.profile.0,
        updated_at: known.updated_at,
        teams: memberships
            .into_iter()
            .filter(|team| may("teams") && (instance.personal_teams || team.kind != TeamKind::Personal))
            .collect(),
        roles,
        permissions,
        shape,
        claim_rules,
    })
}

/// The claim rules of an app, with the scopes and roles whose data they may use.
fn rules_of(app: &Client, known: &ClaimsRow) -> Result<AppRules, Error> {
    let granted = known.roles()?.unwrap_or_default();
    let for_app = granted.into_iter().filter(|one| one.level == RoleLevel::App);
    let mut app_roles: Vec<String> = for_app.map(|one| one.role).collect();
    app_roles.sort_unstable();
    app_roles.dedup();
    let always = ["profile", "email", "phone", "address"];
    let readable = always.into_iter().chain(known.read_scopes());
    let allowed = &app.settings.scopes;
    Ok(AppRules {
        app: app.id.clone(),
        rules: app.settings.claim_rules.clone(),
        readable: readable.filter(|scope| allowed.contains(scope)).collect(),
        granted_only: app.asks_for_consent(),
        app_roles,
    })
}
