//! The page about roles: a matrix of what each allows.

use serde::Serialize;

use super::{NavItem, Shell};
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

    fn samples() -> Vec<Self> {
        let column = |name: &str, escalates| RoleColumn {
            name: name.into(),
            title: name.into(),
            escalates,
            declared: if escalates {
                vec!["mailbox.manage".into()]
            } else {
                Vec::new()
            },
            may_change: if escalates { vec!["*".into()] } else { Vec::new() },
            may_create: if escalates {
                vec!["member".into()]
            } else {
                Vec::new()
            },
        };
        let full = Self {
            shell: Shell::sample(NavItem::Roles),
            scheme: "Default".into(),
            description: "Owners run everything.".into(),
            default_role: Some("member".into()),
            columns: vec![column("owner", true), column("member", false)],
            rows: vec![
                RowGroup {
                    name: "account.read",
                    allows: "See accounts",
                    escalates: false,
                    cells: vec![Cell { has: true }, Cell { has: false }],
                },
                RowGroup {
                    name: "account.reset_password",
                    allows: "Reset passwords",
                    escalates: true,
                    cells: vec![Cell { has: true }, Cell { has: false }],
                },
            ],
            team_roles: vec![("admin".into(), "Team admin".into())],
        };
        let bare = Self {
            default_role: None,
            ..full.clone()
        };
        vec![full, bare]
    }
}
