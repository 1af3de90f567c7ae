//! Invitations to the instance and to teams, as people use them.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::SuspendAccount;
use doorward::directory::teams::{CreateTeam, SetTeamMember};
use doorward::model::{AccountId, TeamId};

use crate::support::{Answer, Browser, PASSWORD, TestApp, on_both};

on_both!(
    cf_16_a_person_makes_fifty_teams,
    cf_17_five_hundred_addresses_become_five_hundred_links,
    cf_18_only_who_may_invites_and_nobody_is_in_before_accepting,
    cf_19_cf_20_cf_21_what_an_admin_and_a_reader_find_on_the_page_of_a_team,
    cr_11_an_accepted_invitation_gives_an_active_account,
    d11_a_link_acts_on_post_once_and_within_its_time,
    a_link_ends_with_the_rights_of_who_made_it,
    d10_an_admin_invites_nobody_to_the_root_team,
    d10_a_link_for_a_first_password_ends_when_the_account_may_do_more,
    a_link_that_is_revoked_or_replaced_leads_nowhere,
    one_of_many_who_accept_at_once_wins,
    who_has_an_account_joins_a_team_with_it,
    another_account_comes_back_to_the_invitation,
    with_registration_closed_a_team_admin_brings_no_new_people,
    an_account_without_a_password_gets_its_first_by_a_link,
);

/// The links of a page of new invitations.
fn links(answer: &Answer) -> Vec<String> {
    let secrets = answer.texts("code.secret");
    assert!(!secrets.is_empty(), "{} {}", answer.status, answer.body);
    secrets
}

async fn invite(browser: &Browser, page: &str, addresses: &str, role: &str) -> Answer {
    let open = browser.get(page).await;
    let action = if page.contains("/teams/") {
        format!("{page}/invitations")
    } else {
        page.to_owned()
    };
    let mut fields = open.form_with(&action, "action", "invite");
    fields.retain(|(name, _)| !["addresses", "role"].contains(&name.as_str()));
    fields.push(("addresses".into(), addresses.into()));
    fields.push(("role".into(), role.into()));
    browser.post(&action, &fields).await
}

/// A link for Bob to join as a new person, made by Ann in the console.
async fn link_for_bob(test: &TestApp) -> String {
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let made = invite(&ann, "/console/invitations", "bob@example.org", "").await;
    links(&made).remove(0)
}

const BOB: [(&str, &str); 3] = [("name", "Bob Ray"), ("username", "bob"), ("password", PASSWORD)];

fn path(link: &str) -> &str {
    &link[link.find("/invitation/").unwrap()..]
}

async fn accept(browser: &Browser, link: &str, filled: &[(&str, &str)]) -> Answer {
    let page = browser.get(link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, path(link), filled).await
}

/// A team of Ann's with these members.
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
        until: None,
    };
    test.change(&Actor::HOST, set).await.unwrap();
}

async fn cf_16_a_person_makes_fifty_teams(test: TestApp) {
    test.person("bob").await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "bob").await;
    let home = browser.get("/account").await;
    for number in 0..50 {
        let name = format!("Team {number}");
        let done = browser.submit(&home, "/account/teams", &[("team", &name)]).await;
        assert!(
            done.location()
                .contains(&format!("/account/teams/team-{number}?"))
        );
    }
    // Names may repeat; addresses do not, and nobody learns whose the other one is.
    let done = browser
        .submit(&home, "/account/teams", &[("team", "Team 7")])
        .await;
    assert!(
        done.location().contains("/account/teams/team-7-2?"),
        "{}",
        done.location()
    );
    let refused = browser.submit(&home, "/account/teams", &[("team", "")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#team-error").contains("1 to 100"));
    let page = browser.get("/account/teams/team-49").await;
    assert!(page.text("[aria-labelledby=members]").contains("You"));
}

async fn cf_17_five_hundred_addresses_become_five_hundred_links(test: TestApp) {
    let bob = test.person("bob").await;
    team(&test, &[(&bob, "member")]).await;
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let many: Vec<String> = (0..498).map(|n| format!("person{n}@example.org")).collect();
    let pasted = format!("{}\nnot an address; ann@example.org", many.join(", "));
    let made = invite(&ann, "/account/teams/ops", &pasted, "member").await;
    // "not", "an" and "address" are three words, so this is one too many.
    assert_eq!(made.status, 422);
    assert!(made.text("#addresses-error").contains("at most 500"));
    assert!(
        made.body.contains("person497@example.org"),
        "what was typed is kept"
    );

    let pasted = format!("{}\nnot-an-address; ann@example.org", many.join(", "));
    let made = invite(&ann, "/account/teams/ops", &pasted, "member").await;
    let all = links(&made);
    assert_eq!(all.len(), 498);
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), 498);
    let told = made.text("[aria-labelledby=made]");
    assert!(
        told.contains("This person is already a member of the team."),
        "{told}"
    );
    assert_eq!(made.body.matches("Not invited").count(), 2);
    let newcomer = [("name", ""), ("username", "newcomer"), ("password", PASSWORD)];
    assert_eq!(accept(&test.browser(), &all[250], &newcomer).await.status, 303);
}

async fn cf_18_only_who_may_invites_and_nobody_is_in_before_accepting(test: TestApp) {
    crate::schemes::apply_scheme(&test, "coolify").await;
    let (reader, carol) = (test.person("reader").await, test.person("carol").await);
    team(&test, &[(&reader, "read")]).await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "reader").await;
    let page = browser.get("/account/teams/ops").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Invite people"));
    let csrf = page.form("/oauth2/logout").remove(0);
    let fields = [csrf, ("role".into(), "read".into())];
    let refused = browser.post("/account/teams/ops/invitations", &fields).await;
    assert_eq!(refused.status, 403);

    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let made = invite(&ann, "/account/teams/ops", "", "read").await;
    let link = links(&made).remove(0);
    let browser = test.browser();
    browser.sign_in("/sign-in", "carol").await;
    assert!(browser.get(&link).await.body.contains("Join as carol"));
    assert_eq!(
        browser.get("/account/teams/ops").await.status,
        404,
        "not before accepting"
    );
    assert_eq!(accept(&browser, &link, &[("as", "me")]).await.status, 303);
    let page = browser.get("/account/teams/ops").await;
    assert_eq!(page.status, 200);
    let rows = test.audit_of(&carol).await;
    assert!(rows.iter().any(|row| row.action == "invitation.accept"));
}

async fn cf_19_cf_20_cf_21_what_an_admin_and_a_reader_find_on_the_page_of_a_team(test: TestApp) {
    crate::schemes::apply_scheme(&test, "coolify").await;
    let (admin, reader) = (test.person("adam").await, test.person("rita").await);
    let other = test.person("otto").await;
    team(&test, &[(&admin, "admin"), (&reader, "read"), (&other, "read")]).await;
    let act = async |username: &str, action: &str, more: &[(&str, &str)]| {
        let browser = test.browser();
        browser.sign_in("/sign-in", username).await;
        let page = browser.get("/account/teams/ops").await;
        let mut fields = vec![page.form("/oauth2/logout").remove(0)];
        fields.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let path = format!("/account/teams/ops/{action}");
        browser.post(&path, &fields).await.status
    };
    let browser = test.browser();
    browser.sign_in("/sign-in", "adam").await;
    let page = browser.get("/account/teams/ops").await;
    assert_eq!(
        page.texts("select[aria-label='Role of rita'] option"),
        ["Admin", "Read"]
    );
    for (action, more) in [
        ("invitations", &[("role", "read")][..]),
        ("members", &[("username", "otto"), ("role", "admin")]),
        ("members/remove", &[("username", "otto")]),
        ("rename", &[("name", "Mine")]),
        ("delete", &[("confirm", "ops")]),
    ] {
        assert_eq!(act("rita", action, more).await, 403, "{action}");
    }
    assert_eq!(
        act("adam", "members", &[("username", "otto"), ("role", "admin")]).await,
        303
    );
    assert_eq!(act("adam", "members/remove", &[("username", "otto")]).await, 303);
    assert_eq!(act("adam", "rename", &[("name", "Operations")]).await, 303);
    assert_eq!(act("adam", "delete", &[("confirm", "wrong")]).await, 422);
    assert_eq!(act("rita", "leave", &[]).await, 303);
    assert_eq!(act("adam", "delete", &[("confirm", "ops")]).await, 303);
    assert_eq!(browser.get("/account/teams/ops").await.status, 404);
}

async fn cr_11_an_accepted_invitation_gives_an_active_account(test: TestApp) {
    let link = link_for_bob(&test).await;
    let browser = test.browser();
    let page = browser.get(&link).await;
    assert!(page.body.contains("Ann Lee invites you"), "{}", page.body);
    assert!(page.body.contains("bob@example.org"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let taken = [("username", "ann"), ("name", "Bob Ray"), ("password", PASSWORD)];
    let refused = accept(&browser, &link, &taken).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#username-error").contains("taken"));
    assert_eq!(
        refused.attribute("#name", "value"),
        "Bob Ray",
        "what was typed is kept"
    );
    let done = accept(&browser, &link, &BOB).await;
    assert_eq!(done.status, 303);
    assert!(
        browser
            .get(done.location())
            .await
            .body
            .contains("bob@example.org")
    );
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let listed = ann.get("/console/users?q=status:active").await;
    assert!(listed.body.contains("Bob Ray"), "{}", listed.body);
    let all = ann.get("/console/invitations").await;
    assert!(all.body.contains("Accepted"));
}

async fn d11_a_link_acts_on_post_once_and_within_its_time(test: TestApp) {
    let link = link_for_bob(&test).await;
    let scanner = test.browser();
    for _ in 0..3 {
        assert_eq!(scanner.get(&link).await.status, 200);
    }
    test.clock.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(scanner.get(&link).await.status, 200);
    assert_eq!(accept(&test.browser(), &link, &BOB).await.status, 303);
    assert_eq!(scanner.get(&link).await.status, 410);
    let late = {
        let ann = test.browser();
        ann.sign_in("/sign-in", "ann").await;
        links(&invite(&ann, "/console/invitations", "", "").await).remove(0)
    };
    let page = scanner.get(&late).await;
    test.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(scanner.get(&late).await.status, 410);
    let carol = [("username", "carol"), ("password", PASSWORD)];
    assert_eq!(scanner.submit(&page, path(&late), &carol).await.status, 410);
    assert_eq!(scanner.get("/invitation/nonsense").await.status, 410);
}

async fn a_link_ends_with_the_rights_of_who_made_it(test: TestApp) {
    let bob = test.person("bob").await;
    let id = team(&test, &[(&bob, "admin")]).await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "bob").await;
    let made = invite(&browser, "/account/teams/ops", "", "member").await;
    let link = links(&made).remove(0);
    test.person("carol").await;
    let carol = test.browser();
    carol.sign_in("/sign-in", "carol").await;
    let page = carol.get(&link).await;
    assert_eq!(page.status, 200);
    set_member(&test, &id, &bob, "member").await;
    assert_eq!(carol.get(&link).await.status, 410);
    assert_eq!(
        carol.submit(&page, path(&link), &[("as", "me")]).await.status,
        410
    );
    set_member(&test, &id, &bob, "admin").await;
    assert_eq!(carol.get(&link).await.status, 200);
    let reason = String::new();
    test.change(&Actor::HOST, SuspendAccount { id: bob, reason })
        .await
        .unwrap();
    assert_eq!(carol.get(&link).await.status, 410);
}

async fn a_link_that_is_revoked_or_replaced_leads_nowhere(test: TestApp) {
    let (first, second) = (link_for_bob(&test).await, link_for_bob(&test).await);
    let browser = test.browser();
    assert_eq!(browser.get(&first).await.status, 410, "replaced");
    assert_eq!(browser.get(&second).await.status, 200);
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let list = ann.get("/console/invitations").await;
    let revoke = "/console/invitations/revoke";
    let fields = list.form(revoke);
    assert_eq!(ann.post(revoke, &fields).await.status, 303);
    assert_eq!(browser.get(&second).await.status, 410, "revoked");
    assert_eq!(ann.post(revoke, &fields).await.status, 409);
}

async fn one_of_many_who_accept_at_once_wins(test: TestApp) {
    let link = link_for_bob(&test).await;
    let mut opened = Vec::new();
    for _ in 0..16 {
        let browser = test.browser();
        let page = browser.get(&link).await;
        opened.push((browser, page));
    }
    let mut tries = Vec::new();
    for (number, (browser, page)) in opened.into_iter().enumerate() {
        let link = link.clone();
        tries.push(tokio::spawn(async move {
            let username = format!("bob{number}");
            let filled = [("username", username.as_str()), ("password", PASSWORD)];
            browser.submit(&page, path(&link), &filled).await.status
        }));
    }
    let mut statuses = Vec::new();
    for each in tries {
        statuses.push(each.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303);
    assert!(
        statuses[1..]
            .iter()
            .all(|status| [409, 410, 422].contains(status)),
        "{statuses:?}"
    );
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    assert!(ann.get("/console/users").await.body.contains("2 accounts"));
}

async fn who_has_an_account_joins_a_team_with_it(test: TestApp) {
    test.person("carol").await;
    team(&test, &[]).await;
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let made = invite(&ann, "/account/teams/ops", "", "member").await;
    let link = links(&made).remove(0);
    let browser = test.browser();
    let page = browser.get(&link).await;
    let login = browser.get(&page.attribute("div.ways a", "href")).await;
    let filled = [("username", "carol"), ("password", PASSWORD)];
    let done = browser.submit(&login, "/sign-in/password", &filled).await;
    let back = browser.get(done.location()).await;
    assert!(back.location().ends_with(path(&link)), "{}", back.location());
    assert_eq!(
        accept(&browser, back.location(), &[("as", "me")]).await.status,
        303
    );
    let home = browser.get("/account").await;
    assert!(home.text("[aria-labelledby=access]").contains("Ops"));
}

async fn another_account_comes_back_to_the_invitation(test: TestApp) {
    test.person("carol").await;
    test.person("dan").await;
    team(&test, &[]).await;
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let made = invite(&ann, "/account/teams/ops", "", "member").await;
    let link = links(&made).remove(0);
    let browser = test.browser();
    browser.sign_in("/sign-in", "carol").await;
    let page = browser.get(&link).await;
    assert!(page.body.contains("Join as carol"), "{}", page.body);
    let chooser = browser.get(&page.attribute("form .row a", "href")).await;
    let other = browser
        .submit(&chooser, "/sign-in/accounts", &[("session", "new")])
        .await;
    let sign_in = browser.get(other.location()).await;
    assert!(!sign_in.body.contains("carol"), "another account is asked for");
    let back = browser.sign_in(other.location(), "dan").await;
    assert!(back.location().ends_with(path(&link)), "{}", back.location());
    let page = browser.get(back.location()).await;
    assert!(page.body.contains("Join as dan"), "{}", page.body);
    // And back to the first by choosing her.
    let chooser = browser.get(&page.attribute("form .row a", "href")).await;
    let carol = chooser.attributes("button[name=session]", "value").remove(1);
    let chosen = browser
        .submit(&chooser, "/sign-in/accounts", &[("session", &carol)])
        .await;
    let back = browser.get(chosen.location()).await;
    assert!(browser.get(back.location()).await.body.contains("Join as carol"));
}

async fn with_registration_closed_a_team_admin_brings_no_new_people(test: TestApp) {
    let bob = test.person("bob").await;
    team(&test, &[(&bob, "admin")]).await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "bob").await;
    let made = invite(&browser, "/account/teams/ops", "new@example.org", "member").await;
    let link = links(&made).remove(0);
    let newcomer = test.browser();
    let page = newcomer.get(&link).await;
    assert!(page.body.contains("you need an account"), "{}", page.body);
    let filled = [("username", "new"), ("password", PASSWORD)];
    assert_eq!(newcomer.submit(&page, path(&link), &filled).await.status, 409);
    crate::settings::set_registration(&test, "invite", "").await;
    let done = accept(&newcomer, &link, &filled).await;
    assert_eq!(done.status, 303, "{}", done.body);
}

async fn an_account_without_a_password_gets_its_first_by_a_link(test: TestApp) {
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    let page = ann.get("/console/users/new").await;
    let filled = [("username", "bob"), ("name", "Bob Ray"), ("password", "")];
    let made = ann.submit(&page, "/console/users/new", &filled).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let first = links(&made).remove(0);
    assert!(
        ann.get("/console/users?q=status:invited")
            .await
            .body
            .contains("Bob Ray")
    );
    let user = ann.get("/console/users/1").await;
    let fields = user.form("/console/users/1/invite");
    let second = links(&ann.post("/console/users/1/invite", &fields).await).remove(0);
    let browser = test.browser();
    assert_eq!(
        browser.get(&first).await.status,
        410,
        "a new link ends the one before"
    );
    assert_eq!(
        accept(&browser, &second, &[("password", "short")]).await.status,
        422
    );
    assert_eq!(
        accept(&browser, &second, &[("password", PASSWORD)]).await.status,
        303
    );
    assert_eq!(browser.get(&second).await.status, 410);
    test.browser().sign_in("/sign-in", "bob").await;
}

async fn d10_an_admin_invites_nobody_to_the_root_team(test: TestApp) {
    let adam = test.person("adam").await;
    crate::schemes::grant_instance_role(&test, &adam, "admin").await;
    let browser = test.browser();
    browser.sign_in("/sign-in", "adam").await;
    let page = browser.get("/console/teams/root-team").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Invite people"));
    let fields = [
        page.form("/oauth2/logout").remove(0),
        ("role".into(), "member".into()),
    ];
    let refused = browser
        .post("/console/teams/root-team/invitations", &fields)
        .await;
    assert_eq!(refused.status, 403);
    let ann = test.browser();
    ann.sign_in("/sign-in", "ann").await;
    assert_eq!(
        links(&invite(&ann, "/console/teams/root-team", "", "admin").await).len(),
        1
    );
}

async fn d10_a_link_for_a_first_password_ends_when_the_account_may_do_more(test: TestApp) {
    let adam = test.person("adam").await;
    crate::schemes::grant_instance_role(&test, &adam, "admin").await;
    let admin = test.browser();
    admin.sign_in("/sign-in", "adam").await;
    let page = admin.get("/console/users/new").await;
    let made = admin
        .submit(&page, "/console/users/new", &[("username", "bob")])
        .await;
    let link = links(&made).remove(0);
    let browser = test.browser();
    let page = browser.get(&link).await;
    assert_eq!(page.status, 200);
    test.make_owner("bob").await;
    assert_eq!(browser.get(&link).await.status, 410);
    let answer = browser
        .submit(&page, path(&link), &[("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 410);
}
