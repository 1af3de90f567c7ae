//! Examples of the page of roles.

use doorward::console::roles::{PermissionRow, Roles};
use doorward::console::shell::NavItem;
use doorward::directory::roles::RoleDetail;
use doorward::model::role::RoleLevel;
use doorward::model::scheme::RoleDefinition;

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
    let row = |name, allows, escalates: bool| PermissionRow {
        name,
        allows,
        escalates,
        cells: vec![true, false],
    };
    Roles {
        shell: shell(NavItem::Roles),
        scheme: "Default".into(),
        description: "Owners run everything.".into(),
        default_role: Some("member".into()),
        columns: vec![owner(), role(RoleLevel::Instance, "member", "member")],
        rows: vec![
            row("account.read", "See accounts", false),
            row("account.reset_password", "Reset passwords", true),
        ],
        team_roles: vec![role(RoleLevel::Team, "admin", "Team admin")],
    }
}

fn role(level: RoleLevel, name: &str, title: &str) -> RoleDetail {
    let definition = RoleDefinition {
        escalates: false,
        level,
        name: name.into(),
        title: title.into(),
        permissions: Vec::new(),
        implies: Vec::new(),
        exclusive: false,
        may_create_as: Vec::new(),
        may_change_role: Vec::new(),
        may_manage: Vec::new(),
        second_factor: false,
        host_only_reset: false,
    };
    RoleDetail {
        definition,
        allows: Vec::new(),
        declared: Vec::new(),
        escalates: false,
    }
}

fn owner() -> RoleDetail {
    let mut owner = role(RoleLevel::Instance, "owner", "owner");
    owner.definition.may_change_role = vec!["*".into()];
    owner.definition.may_create_as = vec!["member".into()];
    RoleDetail {
        escalates: true,
        declared: vec!["mailbox.manage".into()],
        ..owner
    }
}
