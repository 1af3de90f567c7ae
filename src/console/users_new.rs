//! Adding an account by form.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use super::user::{self, Said};
use crate::app::AppState;
use crate::directory::accounts::{CreateAccount, NewAccount, RoleChoice, password_policy};
use crate::directory::invitations::CreateInvitedAccount;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Page};
use crate::web::params::Received;
use crate::web::rejection::Rejection;
use crate::web::visit::{SafeForm, see_other};

/// The form that adds an account.
#[derive(Clone, Debug, Serialize)]
pub struct NewUser {
    /// What surrounds it.
    pub shell: Shell,
    /// The user name as typed.
    pub username: String,
    /// The full name as typed.
    pub name: String,
    /// The address as typed.
    pub email: String,
    /// The role as chosen.
    pub role: String,
    /// The roles to choose from.
    pub roles: Vec<RoleChoice>,
    /// Whether a password may be typed for somebody else.
    pub types_password: bool,
    /// The fewest characters of a password.
    pub min_password: usize,
    /// Mistakes in the form that was sent.
    pub errors: Vec<FieldError>,
}

impl Page for NewUser {
    const TEMPLATE: &'static str = "console/user_new.html";
}

/// Shows the form.
///
/// # Errors
/// A page when the person may not.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    user.needs(Permission::AccountCreate)?;
    Ok(user
        .visit
        .show(&app, StatusCode::OK, &page(&user, None, Vec::new())))
}

fn page(user: &ConsoleUser, form: Option<&SafeForm>, errors: Vec<FieldError>) -> NewUser {
    let typed = |name| {
        form.and_then(|form| form.get(name))
            .unwrap_or_default()
            .to_owned()
    };
    let is_default = |name: &str| user.scheme.default_role.as_deref() == Some(name);
    NewUser {
        shell: user.shell(NavItem::Users),
        username: typed("username"),
        name: typed("name"),
        email: typed("email"),
        role: typed("role"),
        roles: user
            .scheme
            .roles_of(RoleLevel::Instance)
            .filter(|role| user.authority.may_create_as(&role.name) && !is_default(&role.name))
            .map(|role| RoleChoice {
                name: role.name.clone(),
                title: role.title.clone(),
            })
            .collect(),
        types_password: user.scheme.admins_set_passwords,
        min_password: password_policy(&user.scheme).min_length,
        errors,
    }
}

/// Takes the form.
///
/// # Errors
/// A page when the form is not ours, the person may not, or the database fails.
pub(super) async fn create(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Received(params): Received,
) -> Result<Response, PageError> {
    user.needs(Permission::AccountCreate)?;
    // The page of the new account is the only one with its link.
    user.needs(Permission::AccountRead)?;
    let form = user.visit.form(&app, params)?;
    let typed = |name| form.get(name).unwrap_or_default().trim().to_owned();
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let new = NewAccount {
        username: typed("username"),
        name: typed("name"),
        email: given(typed("email")),
        email_verified: false,
        password: form.get("password").map(Into::into),
        role: given(typed("role")),
        ..NewAccount::default()
    };
    let actor = user.actor();
    let outcome = if new.password.is_some() {
        let created = app.directory.change(&actor, CreateAccount { new }).await;
        created.map(|account| (account, None))
    } else {
        let created = app.directory.change(&actor, CreateInvitedAccount { new }).await;
        created.map(|(account, link)| (account, Some(link)))
    };
    match outcome {
        Ok((account, Some(link))) => {
            let said = Said::link(&app, link);
            let page = user::page(&app, &user, account.number, said).await?;
            Ok(user.visit.show(&app, StatusCode::OK, &page))
        }
        Ok((account, None)) => {
            let path = paths::CONSOLE_USER.of([account.number]);
            Ok(see_other(&format!(
                "{}?done=1",
                app.config.server.issuer.url(path)
            )))
        }
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let mut errors = rejection.errors;
            errors.extend(rejection.notice.map(|notice| FieldError::form(notice.text)));
            let page = page(&user, Some(&form), errors);
            Ok(user.visit.show(&app, rejection.status, &page))
        }
    }
}
