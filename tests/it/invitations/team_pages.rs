//! The pages of teams: what members with each role may do, and inviting people.

use std::collections::BTreeSet;
use std::time::Duration;

use doorward::clock::Time;
use doorward::directory::Actor;
use doorward::directory::accounts::AccountRef;
use doorward::directory::teams::{GetTeam, MembershipEnd, SetTeamMember, TeamRef};
use doorward::model::team::TeamMember;

use super::{OPS, accept, invite, link, links, team};
use crate::console_people::act_on;
use crate::schemes::apply_scheme;
use crate::support::{Browser, PASSWORD, TestApp, apply, fill, on_both};

#[apply(on_both)]
async fn cf_16_a_user_creates_fifty_teams(test: TestApp) {
    test.add_person("bob").await;
    let browser = test.signed_in("bob").await;
    let home = browser.get("/account/teams").await;
    let make = async |name: &str| browser.submit(&home, "/account/teams", &[("team", name)]).await;
    for number in 0..50 {
        let done = make(&format!("Team {number}")).await;
        let expected = format!("/account/teams/team-{number}?");
        assert!(done.location().contains(&expected), "{}", done.location());
    }
    // Names may repeat but slugs may not, and the response does not reveal the owner of the other team.
    let done = make("Team 7").await;
    let location = done.location();
    assert!(location.contains("/account/teams/team-7-2?"), "{location}");
    let refused = make("").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#team-error").contains("1 to 100"));
    let page = browser.get("/account/teams/team-49").await;
    assert!(page.text("[aria-labelledby=members]").contains("You"));
}

#[apply(on_both)]
async fn slugs_that_suggest_trust_are_reserved(test: TestApp) {
    test.add_person("owners").await;
    let bob = test.signed_in("owners").await;
    let home = bob.get("/account/teams").await;
    let access = home.text("[aria-labelledby=teams]");
    assert!(access.contains("owners-2"), "the personal team too: {access}");
    for (name, slug) in [
        ("Admins", "admins-2"),
        ("Admins", "admins-3"),
        ("Console", "console-2"),
        ("Staff", "staff-2"),
        ("Staffing", "staffing"),
    ] {
        let done = bob.submit(&home, "/account/teams", &[("team", name)]).await;
        let expected = format!("/account/teams/{slug}?");
        assert!(done.location().contains(&expected), "{name}: {}", done.location());
    }
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/teams").await;
    for (slug, status) in [("admins", 303), ("console", 422)] {
        let made = ann
            .post_with_csrf(&page, "/console/teams", &[("slug", slug)])
            .await;
        assert_eq!(made.status, status, "{slug}");
    }
}

/// This number of addresses, separated by commas.
fn addresses(count: usize) -> String {
    let all: Vec<String> = (0..count).map(|n| format!("person{n}@example.org")).collect();
    all.join(", ")
}

#[apply(on_both)]
async fn cf_17_more_than_five_hundred_addresses_are_refused(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    // The text contains three words that are not addresses, so the list is one too long.
    let pasted = format!("{}\nnot an address; ann@example.org", addresses(498));
    let refused = invite(&ann, OPS, &pasted, "member").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#addresses-error").contains("at most 500"));
    let is_kept = refused.body.contains("person497@example.org");
    assert!(is_kept, "what was typed is kept");
}

#[apply(on_both)]
async fn cf_17_five_hundred_addresses_become_five_hundred_links(test: TestApp) {
    team(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    let pasted = format!("{}\nnot-an-address; ann@example.org", addresses(498));
    let made = invite(&ann, OPS, &pasted, "member").await;
    let all = links(&made);
    assert_eq!(all.len(), 498);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 498, "each differs");
    let outcomes = made.text("[aria-labelledby=links]");
    let names_the_member = outcomes.contains("This person is already a member of the team.");
    assert!(names_the_member, "{outcomes}");
    assert_eq!(made.body.matches("Not invited").count(), 2);
    let newcomer = [("name", ""), ("username", "newcomer"), ("password", PASSWORD)];
    let accepted = accept(&test.browser(), &all[250], &newcomer).await;
    assert_eq!(accepted.status, 303);
}

#[apply(on_both)]
async fn cf_18_a_reader_of_a_team_invites_nobody(test: TestApp) {
    apply_scheme(&test, "coolify").await;
    let rita = test.add_person("rita").await;
    team(&test, &[(&rita, "read")]).await;
    let reader = test.signed_in("rita").await;
    let page = reader.get(OPS).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Invite people"));
    let path = format!("{OPS}/invitations");
    let refused = reader.post_with_csrf(&page, &path, &[("role", "read")]).await;
    assert_eq!(refused.status, 403);
}

/// The status and the notice after a refused form on the team's page.
async fn refusal(browser: &Browser, form: &str, filled: &[(&str, &str)]) -> (u16, String) {
    let page = browser.get(OPS).await;
    let path = format!("{OPS}/{form}");
    let refused = browser.post_with_csrf(&page, &path, filled).await;
    (refused.status, refused.text(".notice"))
}

#[apply(on_both)]
async fn cf_18_nobody_is_put_into_a_team_without_accepting(test: TestApp) {
    let (adam, carol) = (test.add_person("adam").await, test.add_person("carol").await);
    team(&test, &[(&adam, "admin")]).await;
    // Neither by the admin of the team nor by an owner of the instance, who could add her in the console.
    for username in ["adam", "ann"] {
        let browser = test.signed_in(username).await;
        for form in ["members", "members/remove"] {
            let of = async |name| refusal(&browser, form, &[("username", name), ("role", "member")]).await;
            let (status, message) = of("carol").await;
            assert_eq!(status, 409, "{username} {form}");
            assert!(message.contains("not a member of this team"), "{message}");
            if username == "adam" {
                assert_eq!(
                    of("nobody-here").await,
                    (status, message),
                    "it does not reveal who exists"
                );
            }
        }
    }
    let ends = [("username", "carol"), ("role", "member"), ("until", "2027-03-01")];
    let refused = refusal(&test.signed_in("adam").await, "members", &ends).await;
    assert_eq!(refused.0, 409);
    assert_eq!(test.signed_in("carol").await.get(OPS).await.status, 404);
    assert!(
        test.audit_of(&carol)
            .await
            .iter()
            .all(|entry| entry.action != "team.set_member")
    );
}

#[apply(on_both)]
async fn cf_18_an_invited_user_is_no_member_before_accepting(test: TestApp) {
    apply_scheme(&test, "coolify").await;
    let carol = test.add_person("carol").await;
    team(&test, &[]).await;
    let link = link(&test.signed_in("ann").await, OPS, "read").await;
    let browser = test.signed_in("carol").await;
    assert!(browser.get(&link).await.body.contains("Join as carol"));
    assert_eq!(browser.get(OPS).await.status, 404, "not before accepting");
    assert_eq!(accept(&browser, &link, &[("as", "me")]).await.status, 303);
    assert_eq!(browser.get(OPS).await.status, 200);
    let entries = test.audit_of(&carol).await;
    assert!(entries.iter().any(|entry| entry.action == "invitation.accept"));
}

/// A team with an admin and two readers.
async fn team_of_adam_rita_and_otto(test: &TestApp) {
    apply_scheme(test, "coolify").await;
    let (adam, rita) = (test.add_person("adam").await, test.add_person("rita").await);
    let otto = test.add_person("otto").await;
    team(test, &[(&adam, "admin"), (&rita, "read"), (&otto, "read")]).await;
}

/// Submits a form on the team's page as this user.
async fn act(test: &TestApp, username: &str, action: &str, filled: &[(&str, &str)]) -> u16 {
    let browser = test.signed_in(username).await;
    let page = browser.get(OPS).await;
    let path = format!("{OPS}/{action}");
    browser.post_with_csrf(&page, &path, filled).await.status
}

const OTTO_ADMIN: &[(&str, &str)] = &[("username", "otto"), ("role", "admin")];

#[apply(on_both)]
async fn cf_19_cf_20_an_admin_of_a_team_grants_roles_renames_and_deletes(test: TestApp) {
    team_of_adam_rita_and_otto(&test).await;
    let browser = test.signed_in("adam").await;
    let page = browser.get(OPS).await;
    let roles = page.texts("select[aria-label='Role of rita'] option");
    assert_eq!(roles, ["Admin", "Read"]);
    for (action, filled, expected) in [
        ("members", OTTO_ADMIN, 303),
        ("members/remove", &[("username", "otto")], 303),
        ("rename", &[("name", "Operations")], 303),
        ("delete", &[("confirm", "wrong")], 422),
        ("delete", &[("confirm", "ops")], 303),
    ] {
        let seen = act(&test, "adam", action, filled).await;
        assert_eq!(seen, expected, "{action} {filled:?}");
    }
    assert_eq!(browser.get(OPS).await.status, 404);
}

/// Otto's membership of the team.
async fn otto(test: &TestApp) -> Option<TeamMember> {
    let get = GetTeam {
        team: TeamRef::Slug("ops".into()),
        members_after: -1,
        limit: 10,
    };
    let found = test.read(&Actor::HOST, get).await.unwrap();
    found.members.rows.into_iter().find(|row| row.username == "otto")
}

/// Makes Otto a reader of the team until this time.
async fn set_otto(test: &TestApp, until: Time) {
    let set = SetTeamMember {
        team: TeamRef::Slug("ops".into()),
        account: AccountRef::SignInName("otto".into()),
        role: Some("read".into()),
        end: MembershipEnd::Set(Some(until)),
    };
    test.change(&Actor::HOST, set).await.unwrap();
}

#[apply(on_both)]
async fn cf_20_changing_a_role_keeps_the_end_of_the_membership(test: TestApp) {
    team_of_adam_rita_and_otto(&test).await;
    // A time within a day, which only commands and programs can set.
    let until = test.clock.now() + Duration::from_hours(30);
    set_otto(&test, until).await;
    let ann = test.signed_in("ann").await;
    for (page, role) in [(OPS, "admin"), ("/console/teams/ops", "read")] {
        let open = ann.get(page).await;
        let action = format!("{page}/members");
        let form = open.form_with(&action, "username", "otto");
        let done = ann.post(&action, &fill(form, &[("role", role)])).await;
        assert_eq!(done.status, 303, "{page}");
        let member = otto(&test).await.unwrap();
        assert_eq!(
            (member.role.as_str(), member.expires_at),
            (role, Some(until)),
            "{page}"
        );
    }
}

#[apply(on_both)]
async fn cf_20_only_the_role_of_a_member_can_be_changed(test: TestApp) {
    team_of_adam_rita_and_otto(&test).await;
    set_otto(&test, test.clock.now() + Duration::from_hours(1)).await;
    test.clock.advance(Duration::from_hours(2));
    let form = [("username", "otto"), ("role", "admin"), ("until", "unchanged")];
    assert_eq!(act(&test, "ann", "members", &form).await, 409);
    assert_eq!(otto(&test).await, None);
}

#[apply(on_both)]
async fn a_suspended_member_is_marked_in_the_team(test: TestApp) {
    team_of_adam_rita_and_otto(&test).await;
    let ann = test.signed_in("ann").await;
    assert_eq!(act_on(&ann, 3, "suspend", &[]).await.status, 303);
    for (page, part) in [
        (OPS, "[aria-labelledby=members]"),
        ("/console/teams/ops", "tbody"),
    ] {
        let members = ann.get(page).await.text(part);
        assert!(members.contains("otto Suspended"), "{page}: {members}");
        assert_eq!(members.matches("Suspended").count(), 1, "{page}: {members}");
    }
}

#[apply(on_both)]
async fn cf_21_a_reader_of_a_team_changes_nothing_and_may_leave(test: TestApp) {
    team_of_adam_rita_and_otto(&test).await;
    for (action, filled) in [
        ("invitations", &[("role", "read")][..]),
        ("members", OTTO_ADMIN),
        ("members/remove", &[("username", "otto")]),
        ("rename", &[("name", "Mine")]),
        ("delete", &[("confirm", "ops")]),
    ] {
        assert_eq!(act(&test, "rita", action, filled).await, 403, "{action}");
    }
    assert_eq!(act(&test, "rita", "leave", &[]).await, 303);
}
