//! Invitations to the instance and to teams.

mod accepting;
mod links;
mod mailed;
mod shown;
mod team_pages;

use doorward::directory::Actor;
use doorward::directory::teams::{CreateTeam, MembershipEnd, SetTeamMember};
use doorward::model::{AccountId, TeamId};

use crate::support::{Browser, PASSWORD, Response, TestApp, fill};

const OPS: &str = "/account/teams/ops";
const BOB: [(&str, &str); 3] = [("name", "Bob Ray"), ("username", "bob"), ("password", PASSWORD)];

/// The links on a page of new invitations.
fn links(response: &Response) -> Vec<String> {
    let secrets = response.texts("code.secret");
    assert!(!secrets.is_empty(), "{} {}", response.status, response.body);
    secrets
}

/// Submits the form for invitations on a page; yields the page with the links, or the refusal.
async fn invite(browser: &Browser, page: &str, addresses: &str, role: &str) -> Response {
    let open = browser.get(page).await;
    let action = if page.contains("/teams/") {
        format!("{page}/invitations")
    } else {
        page.to_owned()
    };
    let fields = open.form(&action);
    let filled = [("addresses", addresses), ("role", role)];
    let done = browser.post(&action, &fill(fields, &filled)).await;
    match done.status {
        303 => browser.follow(done).await,
        _ => done,
    }
}

/// A link for anybody, created on this page.
async fn link(browser: &Browser, page: &str, role: &str) -> String {
    links(&invite(browser, page, "", role).await).remove(0)
}

/// A link for Bob to create an account, created by Ann in the console.
async fn link_for_bob(test: &TestApp) -> String {
    let ann = test.signed_in("ann").await;
    let made = invite(&ann, "/console/invitations", "bob@example.org", "").await;
    links(&made).remove(0)
}

/// A link for anybody to a team, created by its admin, who may not create accounts.
pub async fn link_of_team_admin(test: &TestApp) -> String {
    let carol = test.add_person("carol").await;
    team(test, &[(&carol, "admin")]).await;
    link(&test.signed_in("carol").await, OPS, "member").await
}

fn path(link: &str) -> &str {
    &link[link.find("/invitation/").unwrap()..]
}

async fn accept(browser: &Browser, link: &str, filled: &[(&str, &str)]) -> Response {
    let page = browser.get(link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, path(link), filled).await
}

/// The status of the page that a link leads to.
async fn status_of(browser: &Browser, link: &str) -> u16 {
    browser.get(link).await.status
}

/// A team that Ann owns, with these members.
async fn team(test: &TestApp, members: &[(&AccountId, &str)]) -> TeamId {
    let create = CreateTeam {
        slug: Some("ops".into()),
        name: "Ops".into(),
    };
    let ann = Actor::account(test.ann.clone(), "");
    let id = test.change(&ann, create).await.unwrap().id;
    for (account, role) in members {
        set_member(test, &id, account, role).await;
    }
    id
}

async fn set_member(test: &TestApp, team: &TeamId, account: &AccountId, role: &str) {
    let set = SetTeamMember {
        team: team.clone().into(),
        account: account.clone().into(),
        role: Some(role.into()),
        end: MembershipEnd::Set(None),
    };
    test.change(&Actor::HOST, set).await.unwrap();
}
