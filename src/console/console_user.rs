//! The extractor for a user of the console, with their permissions, which are loaded on every request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Actor;
use crate::directory::authority::Authority;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::session::Session;
use crate::web::error::PageError;
use crate::web::page::Person;
use crate::web::sealed_attempt::sign_in_first;
use crate::web::submission::{Visitor, WithSession};
use crate::web::visit::Visit;
use crate::words::error_pages::NO_CONSOLE_WHILE_ACTING;

/// A signed-in user with at least one permission on the instance; others get 403.
pub struct ConsoleUser {
    pub(super) visit: Visit,
    pub(super) session: Session,
    pub(super) authority: Authority,
}

/// Who visits the console.
pub(super) enum Found {
    /// A user with a permission on the instance.
    Staff(Box<ConsoleUser>),
    /// Another user.
    Other(Actor),
    /// Nobody is signed in.
    Nobody,
}

/// Refuses a user without any permission, and records an audit entry.
async fn refuse(app: &AppState, actor: &Actor, path: &str) -> PageError {
    let (why, detail) = (Code::PermissionMissing, json!({ "path": path }));
    match app.directory.record_refusal(actor, why, detail).await {
        Ok(()) if actor.acted_by().is_some() => {
            PageError::new(StatusCode::FORBIDDEN, &NO_CONSOLE_WHILE_ACTING)
        }
        Ok(()) => PageError::forbidden(),
        Err(failure) => failure.into(),
    }
}

/// The user of a request, if their authority admits them.
async fn admitted(
    parts: &mut Parts,
    app: &Arc<AppState>,
    admits: fn(&Authority) -> bool,
) -> Result<ConsoleUser, Response> {
    let Ok(visit) = Visit::from_request_parts(parts, app).await;
    match ConsoleUser::find(app, &visit, admits).await {
        Ok(Found::Staff(user)) => Ok(*user),
        Ok(Found::Nobody) => Err(sign_in_first(app, &visit, parts)),
        Ok(Found::Other(actor)) => Err(refuse(app, &actor, parts.uri.path()).await.into_response()),
        Err(error) => Err(error.into_response()),
    }
}

impl FromRequestParts<Arc<AppState>> for ConsoleUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        admitted(parts, app, Authority::is_staff).await
    }
}

/// A user of the pages about apps: one with a permission on the instance, or for some app only.
pub struct AppAdmin(pub(super) ConsoleUser);

impl FromRequestParts<Arc<AppState>> for AppAdmin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let admits = |authority: &Authority| authority.is_staff() || authority.administers_apps();
        admitted(parts, app, admits).await.map(Self)
    }
}

impl Visitor for AppAdmin {
    fn visit(&self) -> &Visit {
        self.0.visit()
    }

    fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl WithSession for AppAdmin {
    fn session(&self) -> &Session {
        self.0.session()
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

impl WithSession for ConsoleUser {
    fn session(&self) -> &Session {
        &self.session
    }
}

impl ConsoleUser {
    /// Who is signed in, and whether their authority admits them.
    pub(super) async fn find(
        app: &AppState,
        visit: &Visit,
        admits: fn(&Authority) -> bool,
    ) -> Result<Found, PageError> {
        let Some(session) = visit.session()?.cloned() else {
            return Ok(Found::Nobody);
        };
        let actor = Actor::signed_in(&session, visit.address.to_string());
        let reader = app.directory.reader(&actor).await?;
        let authority = reader.caller().authorization.authority().cloned();
        drop(reader);
        // Nobody reaches the console by acting as somebody else.
        let own = authority.filter(|_| session.acted_by.is_none());
        Ok(match own.filter(admits) {
            Some(authority) => Found::Staff(Box::new(Self {
                visit: visit.clone(),
                session,
                authority,
            })),
            None => Found::Other(actor),
        })
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
        let may = |item: &NavItem| match item {
            NavItem::Overview => self.authority.is_staff(),
            NavItem::Apps => self.authority.administers_apps(),
            other => other
                .permissions()
                .iter()
                .any(|permission| self.authority.may(*permission)),
        };
        Shell {
            current,
            nav: NavItem::ALL.into_iter().filter(may).collect(),
            person: Person::of(&self.session),
        }
    }
}
