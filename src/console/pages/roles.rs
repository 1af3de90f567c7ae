//! The page about roles: a matrix of what each allows.

use serde::Serialize;

use super::Shell;
use crate::web::page::Page;

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
