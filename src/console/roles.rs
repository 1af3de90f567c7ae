//! The roles of the scheme, and what each allows.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::pages::{Cell, NavItem, RoleColumn, Roles, RowGroup};
use crate::app::AppState;
use crate::directory::roles::{ListRoles, RoleDetail};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::web::error::PageError;
use crate::words;

/// Shows the matrix.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let table = app.directory.read(&user.actor(), ListRoles).await?;
    let (instance, rest): (Vec<_>, Vec<_>) = table
        .roles
        .into_iter()
        .partition(|role| role.definition.level == RoleLevel::Instance);
    let team_roles = rest
        .into_iter()
        .filter(|role| role.definition.level == RoleLevel::Team);
    let page = Roles {
        shell: user.shell(NavItem::Roles),
        scheme: table.scheme,
        description: table.description,
        default_role: table.default_role,
        rows: Permission::ALL
            .iter()
            .map(|permission| row(*permission, &instance))
            .collect(),
        columns: instance.into_iter().map(column).collect(),
        team_roles: team_roles
            .map(|role| (role.definition.name, role.definition.title))
            .collect(),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

fn column(role: RoleDetail) -> RoleColumn {
    RoleColumn {
        name: role.definition.name,
        title: role.definition.title,
        escalates: role.escalates,
        declared: role.declared,
        may_change: role.definition.may_change_role,
        may_create: role.definition.may_create_as,
    }
}

fn row(permission: Permission, roles: &[RoleDetail]) -> RowGroup {
    let cells = roles.iter().map(|role| Cell {
        has: role.allows.contains(&permission),
    });
    RowGroup {
        name: permission.as_str(),
        allows: words::permission(permission),
        escalates: permission.escalates(),
        cells: cells.collect(),
    }
}
