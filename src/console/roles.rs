//! The roles of the scheme, and what each allows.

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
use crate::web::page::Page;
use crate::web::submission::Visitor;
use crate::words;

/// A role, as a column.
#[derive(Clone, Debug, Serialize)]
pub struct RoleColumn {
    /// Its name in tokens.
    pub name: String,
    /// Its name as people see it.
    pub title: String,
    /// Whether it holds a permission by which its holder could come by more.
    pub escalates: bool,
    /// The permissions of it that only apps ask for.
    pub declared: Vec<String>,
    /// The roles that its holder may give to others.
    pub may_change: Vec<String>,
    /// The roles that its holder may give to accounts that they make.
    pub may_create: Vec<String>,
}

/// Whether a role has a permission.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cell {
    /// It has.
    pub has: bool,
}

/// A permission with all roles.
#[derive(Clone, Debug, Serialize)]
pub struct RowGroup {
    /// Its name.
    pub name: &'static str,
    /// What it allows.
    pub allows: &'static str,
    /// Whether its holder could come by more permissions through it.
    pub escalates: bool,
    /// One cell a role.
    pub cells: Vec<Cell>,
}

/// The roles of the instance.
#[derive(Clone, Debug, Serialize)]
pub struct Roles {
    /// What surrounds it.
    pub shell: Shell,
    /// The scheme's name.
    pub scheme: String,
    /// What the scheme is for.
    pub description: String,
    /// The role that everybody holds.
    pub default_role: Option<String>,
    /// The roles.
    pub columns: Vec<RoleColumn>,
    /// The permissions.
    pub rows: Vec<RowGroup>,
    /// The roles in teams, as name and title.
    pub team_roles: Vec<(String, String)>,
}

impl Page for Roles {
    const TEMPLATE: &'static str = "console/roles.html";
}

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
