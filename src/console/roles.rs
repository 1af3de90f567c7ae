//! The roles of the scheme and their permissions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::roles::{ListRoles, RoleDetail};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::web::error::PageError;
use crate::web::page::page;
use crate::web::submission::Visitor;
use crate::words;

/// A permission, which is a row of the matrix.
#[derive(Clone, Debug, Serialize)]
pub struct PermissionRow {
    /// Its name.
    pub name: &'static str,
    /// Its description.
    pub allows: &'static str,
    /// Whether its holder can gain other permissions through it.
    pub escalates: bool,
    /// Whether each column's role has it.
    pub cells: Vec<bool>,
}

page! {
    /// The page of roles.
    Roles "console/roles.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The scheme's name.
        scheme: String,
        /// The scheme's description.
        description: String,
        /// The role that every account has.
        default_role: Option<String>,
        /// The instance roles.
        columns: Vec<RoleDetail>,
        /// The permissions.
        rows: Vec<PermissionRow>,
        /// The team roles.
        team_roles: Vec<RoleDetail>,
    }
}

/// Shows the matrix of roles and permissions.
pub(super) async fn show(State(app): State<Arc<AppState>>, user: ConsoleUser) -> Result<Response, PageError> {
    let table = app.directory.read(&user.actor(), ListRoles).await?;
    let (columns, rest): (Vec<_>, Vec<_>) = table
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
        rows: rows(&columns),
        columns,
        team_roles: team_roles.collect(),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// A row for each permission.
fn rows(columns: &[RoleDetail]) -> Vec<PermissionRow> {
    let all = Permission::ALL.iter();
    all.map(|permission| row(*permission, columns)).collect()
}

fn row(permission: Permission, roles: &[RoleDetail]) -> PermissionRow {
    let cells = roles.iter().map(|role| role.allows.contains(&permission));
    PermissionRow {
        name: permission.as_str(),
        allows: words::permission(permission),
        escalates: permission.escalates(),
        cells: cells.collect(),
    }
}
