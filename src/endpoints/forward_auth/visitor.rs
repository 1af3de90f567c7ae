//! The visitor of a website, looked up in the database for each request.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Asked;
use crate::auth::factors_suffice_for;
use crate::directory::{access, claim_facts, schemes};
use crate::model::client::Client;
use crate::oidc::person::Person;
use crate::store::claim_data;
use crate::web::error::PageError;
use crate::web::live_sessions::{end_of, session_limits, use_session};

/// A visitor who is let in: the headers by which the website learns who they are.
pub(super) struct Visitor([(&'static str, String); 5]);

impl Asked {
    /// The visitor, if they have signed in and may enter.
    pub(super) async fn visitor(&self) -> Result<Option<Visitor>, PageError> {
        let (app, now) = (&self.app, self.app.clock.now());
        let Some(token) = self.cookies.proxied(&self.headers) else {
            return Ok(None);
        };
        let (id, origin) = (&self.client.id, &self.original.origin);
        let found =
            claim_data::by_proxy_token(&mut app.db.read().await?, &token.hash(), id, origin, now).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let (account, scheme) = (&found.session.account_id, schemes::active(&app.db).await?);
        let authority = access::authority_of_row(&found.person, &scheme, account)?;
        let limit = authority.session_limit(session_limits(app));
        if end_of(&found.session, limit, app).is_some() {
            return Ok(None);
        }
        let is_impersonated = found.session.acted_by.is_some();
        if is_impersonated && self.client.settings.refuse_impersonation {
            return Ok(None);
        }
        let decision = access::of_row(&self.client, &found.person, &scheme, account)?;
        let instance = app.db.instance().await?;
        let is_proven = factors_suffice_for(&self.client, instance.second_factor_kinds, &found.session.amr);
        if !is_proven || !decision.is_allowed() || !use_session(app, &found.session, limit).await? {
            return Ok(None);
        }
        let person = claim_facts::person(found.person, scheme, &instance, account, &self.client)?;
        Ok(Some(Visitor::of(person, &self.client)))
    }
}

impl Visitor {
    /// What the website may learn about a person.
    fn of(person: Person, app: &Client) -> Self {
        let name = Some(person.name).filter(|_| app.settings.scopes.contains("profile"));
        // An address that is not verified could be that of somebody else.
        let email = person.email.filter(|(_, verified)| *verified);
        Self([
            ("remote-user", person.username),
            ("remote-name", name.unwrap_or_default()),
            (
                "remote-email",
                email.map(|(address, _)| address).unwrap_or_default(),
            ),
            ("remote-groups", person.groups.join(",")),
            ("remote-roles", person.roles.join(",")),
        ])
    }
}

impl IntoResponse for Visitor {
    /// Sets every header, even to an empty value, so that a proxy replaces each one that a visitor has sent.
    fn into_response(self) -> Response {
        let mut response = StatusCode::OK.into_response();
        for (name, value) in self.0 {
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            let value = HeaderValue::from_bytes(value.as_bytes());
            response
                .headers_mut()
                .insert(name, value.unwrap_or(HeaderValue::from_static("")));
        }
        response
    }
}
