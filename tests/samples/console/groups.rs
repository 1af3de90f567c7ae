//! Examples of the pages of groups.

use doorward::clock::Time;
use doorward::console::groups::{GroupPage, Groups};
use doorward::console::shell::NavItem;
use doorward::directory::groups::GroupDetail;
use doorward::directory::listing::Listing;
use doorward::model::group::{Group, GroupMember, GroupSummary};
use doorward::model::{AccountId, GroupId};
use doorward::web::page::PageState;

use super::parts::{app_links, done, no_rows, shell, wrong_field};
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([list(), empty_list(), fresh_list()]),
        of([group(), group_read_only()]),
    ]
    .concat()
}

fn list() -> Groups {
    let row = |name: &str, members| GroupSummary {
        id: GroupId(name.into()),
        name: name.into(),
        members,
    };
    Groups {
        shell: shell(NavItem::Groups),
        query: "e".into(),
        rows: vec![row("engineering", 12), row("on-call", 1)],
        next: Some("?after=on-call".into()),
        may_change: true,
        name: "a b".into(),
        state: PageState {
            notice: Some(done()),
            ..wrong_field("name", "Use letters, digits, dots and hyphens only.")
        },
    }
}

fn empty_list() -> Groups {
    Groups {
        query: String::new(),
        rows: Vec::new(),
        next: None,
        may_change: false,
        name: String::new(),
        state: PageState::default(),
        ..list()
    }
}

fn fresh_list() -> Groups {
    Groups {
        may_change: true,
        ..empty_list()
    }
}

fn group() -> GroupPage {
    GroupPage {
        shell: shell(NavItem::Groups),
        group: engineering(),
        next: Some("?after=0".into()),
        username: "nobody".into(),
        inner: String::new(),
        state: wrong_field("username", "There is no account nobody."),
    }
}

fn engineering() -> GroupDetail {
    GroupDetail {
        group: Group {
            id: GroupId("01990000-0000-7000-8000-000000000003".into()),
            name: "engineering".into(),
        },
        may_change: true,
        second_factor_from: Some(Time::from_seconds(1_796_000_000)),
        size: 1,
        members: Listing {
            rows: vec![GroupMember {
                id: AccountId("01990000-0000-7000-8000-000000000000".into()),
                number: 0,
                username: "ann".into(),
                name: "Ann Lee".into(),
            }],
            has_more: true,
        },
        inner: vec![Group {
            id: GroupId("01990000-0000-7000-8000-000000000004".into()),
            name: "on-call".into(),
        }],
        apps: app_links(),
    }
}

fn group_read_only() -> GroupPage {
    GroupPage {
        group: GroupDetail {
            may_change: false,
            members: no_rows(),
            inner: Vec::new(),
            apps: Vec::new(),
            ..engineering()
        },
        next: None,
        username: String::new(),
        state: PageState {
            notice: Some(done()),
            ..PageState::default()
        },
        ..group()
    }
}
