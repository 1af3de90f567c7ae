//! Examples of the audit log.

use doorward::console::audit::{Audit, AuditQuery, families};
use doorward::console::shell::NavItem;
use doorward::web::page::FieldError;

use super::parts::{audit_entries, shell};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([full(), wrong_filter()])
}

fn full() -> Audit {
    Audit {
        shell: shell(NavItem::Audit),
        query: AuditQuery::default(),
        is_filtered: false,
        actions: families(),
        entries: audit_entries(),
        next: Some("?before=x".into()),
        export: "?".into(),
        errors: Vec::new(),
    }
}

fn wrong_filter() -> Audit {
    Audit {
        query: AuditQuery {
            by: "ann".into(),
            ..AuditQuery::default()
        },
        is_filtered: true,
        entries: Vec::new(),
        next: None,
        errors: vec![FieldError::at("since", "Use a date such as 2026-01-31.")],
        ..full()
    }
}
