//! The page about roles, as examples.

use doorward::console::roles::{Cell, PermissionRow, RoleColumn, Roles};
use doorward::console::shell::NavItem;

use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    let without_default_role = Roles {
        default_role: None,
        ..full()
    };
    of([full(), without_default_role])
}

fn full() -> Roles {
    let row = |name, allows, escalates| PermissionRow {
        name,
        allows,
        escalates,
        cells: vec![Cell { has: true }, Cell { has: false }],
    };
    Roles {
        shell: shell(NavItem::Roles),
        scheme: "Default".into(),
        description: "Owners run everything.".into(),
        default_role: Some("member".into()),
        columns: vec![owner(), member()],
        rows: vec![
            row("account.read", "See accounts", false),
            row("account.reset_password", "Reset passwords", true),
        ],
        team_roles: vec![("admin".into(), "Team admin".into())],
    }
}

fn owner() -> RoleColumn {
    RoleColumn {
        name: "owner".into(),
        title: "owner".into(),
        escalates: true,
        declared: vec!["mailbox.manage".into()],
        may_change: vec!["*".into()],
        may_create: vec!["member".into()],
    }
}

fn member() -> RoleColumn {
    RoleColumn {
        name: "member".into(),
        title: "member".into(),
        escalates: false,
        declared: Vec::new(),
        may_change: Vec::new(),
        may_create: Vec::new(),
    }
}
