//! What an app may learn about a person.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::authority::Authority;
use crate::clock::Time;
use crate::crypto::MasterKey;
use crate::oidc::claims::{Person, public_subject};
use crate::store::apps::{App, SubjectType};
use crate::store::schemes::Scheme;
use crate::store::{AccountId, Conn, Error, accounts, emails, groups, teams};

/// The `sub` that an app sees for an account (OIDC Core section 8.1).
#[must_use]
pub fn subject(master: &MasterKey, app: &App, account: &AccountId) -> String {
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

/// Everything about a person that this app could receive; `None` if there is no such account.
///
/// # Errors
/// When the database fails.
pub async fn of_app(
    conn: &mut Conn,
    scheme: &Arc<Scheme>,
    account: &AccountId,
    app: &App,
    now: Time,
) -> Result<Option<Person>, Error> {
    let wants = |scope: &str| app.settings.scopes.contains(scope);
    let Some(found) = accounts::by_id(conn, account).await? else {
        return Ok(None);
    };
    let (roles, permissions) = if wants("roles") {
        let authority = Authority::load(conn, scheme.clone(), account, now).await?;
        (authority.roles_for(&app.id), authority.declared_for(&app.id))
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(Some(Person {
        account: found,
        emails: if wants("email") {
            emails::of_account(conn, account).await?
        } else {
            Vec::new()
        },
        teams: if wants("teams") {
            teams::of_account(conn, account, now).await?
        } else {
            Vec::new()
        },
        groups: if wants("groups") {
            groups::of_account(conn, account).await?
        } else {
            Vec::new()
        },
        roles,
        permissions,
    }))
}
