//! Who is at the console: a signed-in person with what they may do, loaded for every request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::authority::Authority;
use crate::directory::{Actor, schemes};
use crate::model::permission::Permission;
use crate::model::scheme::Scheme;
use crate::model::session::Session;
use crate::web::error::PageError;
use crate::web::page::Person;
use crate::web::sealed_attempt::sign_in_first;
use crate::web::visit::Visit;

/// A person at the console. Who may do nothing beyond looking after themselves is told that it is not for them.
pub(super) struct ConsoleUser {
    pub(super) visit: Visit,
    pub(super) session: Session,
    pub(super) authority: Authority,
    pub(super) scheme: Arc<Scheme>,
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

impl ConsoleUser {
    async fn of(app: &AppState, visit: &Visit) -> Result<Option<Self>, PageError> {
        let Some(session) = visit.session()?.cloned() else {
            return Ok(None);
        };
        let scheme = schemes::active(&app.db).await?;
        let mut conn = app.db.read().await?;
        let now = app.clock.now();
        let authority = Authority::load(&mut conn, scheme.clone(), &session.account_id, now).await?;
        drop(conn);
        if !authority.is_staff() {
            return Err(PageError::forbidden());
        }
        Ok(Some(Self {
            visit: visit.clone(),
            session,
            authority,
            scheme,
        }))
    }

    /// On whose behalf things are done.
    pub(super) fn actor(&self) -> Actor {
        Actor::signed_in(&self.session, self.visit.address.to_string())
    }

    /// Needs a permission to see a page at all.
    ///
    /// # Errors
    /// That the person's roles do not allow it.
    pub(super) fn needs(&self, permission: Permission) -> Result<(), PageError> {
        if self.authority.may(permission) {
            Ok(())
        } else {
            Err(PageError::forbidden())
        }
    }

    /// What surrounds every page of the console.
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
