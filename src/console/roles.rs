//! The roles of the scheme, and what each allows.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::pages::{Cell, NavItem, RoleColumn, Roles, RowGroup};
use crate::app::AppState;
use crate::model::permission::{Permission, Permissions};
use crate::model::role::RoleLevel;
use crate::web::error::PageError;
use crate::words;

/// Shows the matrix.
///
/// # Errors
/// A page when the person may not.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    user.needs(Permission::AccountRead)?;
    let scheme = &user.scheme;
    let roles: Vec<_> = scheme.roles_of(RoleLevel::Instance).collect();
    let allowed: Vec<Permissions> = roles
        .iter()
        .map(|role| scheme.permissions_of(RoleLevel::Instance, &role.name))
        .collect();
    let columns = roles.iter().zip(&allowed).map(|(role, allowed)| RoleColumn {
        name: role.name.clone(),
        title: role.title.clone(),
        escalates: allowed.enforced().any(|permission| permission.escalates()),
        declared: allowed.declared().map(str::to_owned).collect(),
        may_change: role.may_change_role.clone(),
        may_create: role.may_create_as.clone(),
    });
    let rows = Permission::ALL.iter().map(|&permission| RowGroup {
        name: permission.as_str(),
        allows: words::permission(permission),
        escalates: permission.escalates(),
        cells: allowed
            .iter()
            .map(|allowed| Cell {
                has: allowed.allows(permission),
            })
            .collect(),
    });
    let page = Roles {
        shell: user.shell(NavItem::Roles),
        scheme: scheme.title.clone(),
        description: scheme.description.clone(),
        default_role: scheme.default_role.clone(),
        columns: columns.collect(),
        rows: rows.collect(),
        team_roles: scheme
            .roles_of(RoleLevel::Team)
            .map(|role| (role.name.clone(), role.title.clone()))
            .collect(),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}
