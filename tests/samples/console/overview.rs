//! Examples of the overview.

use doorward::console::overview::{Day, Overview, Part, Step};
use doorward::console::shell::NavItem;

use super::parts::shell;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([full(), without_accounts(), first_run()])
}

fn full() -> Overview {
    let part = |state, count, from, width| Part {
        state,
        count,
        from,
        width,
    };
    Overview {
        shell: shell(NavItem::Overview),
        steps: Vec::new(),
        may_read: true,
        parts: vec![
            part("active", 700, 0, 700),
            part("dormant", 200, 700, 200),
            part("suspended", 100, 900, 100),
        ],
        seats: 700,
        waiting: 2,
        days: (0..14).map(day).collect(),
        sign_ins: 637,
        accounts: 1_000,
        teams: 12,
        groups: 1,
        apps: 0,
    }
}

fn day(number: i64) -> Day {
    Day {
        day: format!("{} November", number + 8),
        count: number * 7,
        height: number * 100 / 13,
    }
}

/// The overview for a user who may not see accounts.
fn without_accounts() -> Overview {
    Overview {
        may_read: false,
        parts: Vec::new(),
        accounts: 0,
        seats: 0,
        waiting: 0,
        days: Vec::new(),
        sign_ins: 0,
        ..full()
    }
}

/// The overview of a new instance.
fn first_run() -> Overview {
    let step = |name, done| Step { name, done };
    Overview {
        steps: vec![
            step("owner", true),
            step("branding", true),
            step("app", false),
            step("registration", false),
            step("people", false),
        ],
        parts: vec![Part {
            state: "active",
            count: 1,
            from: 0,
            width: 1_000,
        }],
        accounts: 1,
        seats: 1,
        waiting: 0,
        teams: 1,
        ..full()
    }
}
