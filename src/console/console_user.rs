//! The extractor for a user of the console, with their permissions, which are loaded on every request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Actor;
use crate::directory::authority::Authority;
use crate::model::permission::Permission;
use crate::model::session::Session;
use crate::web::error::PageError;
use crate::web::page::Person;
use crate::web::sealed_attempt::sign_in_first;
use crate::web::submission::Visitor;
use crate::web::visit::Visit;

/// A signed-in user with at least one permission on the instance; others get 403.
pub struct ConsoleUser {
    pub(super) visit: Visit,
    pub(super) session: Session,
    pub(super) authority: Authority,
}

impl FromRequestParts<Arc<AppState>> for ConsoleUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        match Self::of(app, &visit).await {
            Ok(Some(user)) => Ok(user),
            Ok(None) => Err(sign_in_first(app, &visit, parts)),
            Err(error) => Err(error.into_response()),
        }
    }
}

impl Visitor for ConsoleUser {
    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn actor(&self) -> Actor {
        Actor::signed_in(&self.session, self.visit.address.to_string())
    }
}

impl ConsoleUser {
    async fn of(app: &AppState, visit: &Visit) -> Result<Option<Self>, PageError> {
        let Some(session) = visit.session()?.cloned() else {
            return Ok(None);
        };
        let actor = Actor::signed_in(&session, visit.address.to_string());
        let reader = app.directory.reader(&actor).await?;
        let authority = reader.caller().authorization.authority().cloned();
        drop(reader);
        match authority.filter(Authority::is_staff) {
            Some(authority) => Ok(Some(Self {
                visit: visit.clone(),
                session,
                authority,
            })),
            None => Err(PageError::forbidden()),
        }
    }

    /// Requires a permission.
    ///
    /// # Errors
    /// 403 if the user does not have it.
    pub(super) fn require(&self, permission: Permission) -> Result<(), PageError> {
        if self.authority.may(permission) {
            Ok(())
        } else {
            Err(PageError::forbidden())
        }
    }

    /// The navigation and the signed-in person, for every page of the console.
    pub(super) fn shell(&self, current: NavItem) -> Shell {
        let may = |item: &NavItem| {
            let enough = item.permissions();
            enough.is_empty() || enough.iter().any(|permission| self.authority.may(*permission))
        };
        let session = &self.session;
        let name = if session.name.is_empty() {
            &session.username
        } else {
            &session.name
        };
        Shell {
            current,
            nav: NavItem::ALL.into_iter().filter(may).collect(),
            person: Person {
                name: name.clone(),
                username: session.username.clone(),
                email: None,
            },
        }
    }
}
