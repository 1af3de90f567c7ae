//! Forms of the console that need a recent sign-in: those that change who somebody is, widen what they may do, or take
//! their account or an app away.

use std::time::Duration;

use crate::support::{Browser, PASSWORD, TestApp, apply, on_both};

/// Forms that need a recent sign-in, each with what it sends.
const SENSITIVE: &[(&str, &[(&str, &str)])] = &[
    ("/console/users/1/password/link", &[]),
    ("/console/users/1/password/temporary", &[]),
    ("/console/users/1/password/code", &[]),
    (
        "/console/users/1/password",
        &[("password", "violet kettle harbour")],
    ),
    ("/console/users/1/second-factors/remove", &[]),
    (
        "/console/users/1/act/password",
        &[("why", "help"), ("minutes", "15")],
    ),
    ("/console/users/1/roles", &[("role", "auditor")]),
    ("/console/users/1/teams", &[("team", "root-team")]),
    ("/console/users/1/suspend", &[]),
    ("/console/users/1/delete", &[("confirm", "bob")]),
    ("/console/users/1/emails", &[("email", "bob@example.net")]),
    ("/console/users/1/emails/verify", &[("email", "bob@example.net")]),
    ("/console/users/1/emails/primary", &[("email", "bob@example.net")]),
    ("/console/users/1/emails/remove", &[("email", "bob@example.net")]),
    ("/console/users/1/validity", &[]),
    ("/console/users/1/approve", &[]),
    ("/console/users/1/activate", &[]),
    ("/console/users/1/restore", &[]),
    (
        "/console/users/bulk",
        &[("action", "suspend"), ("number", "1"), ("confirmed", "yes")],
    ),
    ("/console/users/bulk", &[("action", "delete"), ("number", "1")]),
    ("/console/users/bulk", &[("action", "approve"), ("number", "1")]),
    ("/console/users/bulk", &[("action", "activate"), ("number", "1")]),
    ("/console/users/bulk", &[("action", "restore"), ("number", "1")]),
    ("/console/apps/rp/access", &[("kind", "everyone")]),
    ("/console/apps/rp/redirects/approve", &[]),
    ("/console/apps/rp/enable", &[]),
    ("/console/apps/rp/delete", &[]),
    ("/console/groups/staff/rename", &[("name", "admins")]),
    ("/console/settings/people", &[("registration", "open")]),
    ("/console/apps/rp/roles", &[("role", "operator"), ("name", "bob")]),
    ("/console/users/1/invite", &[]),
    ("/console/users/1/groups", &[("group", "staff")]),
    ("/console/groups/staff/members", &[("username", "bob")]),
    ("/console/groups/staff/groups", &[("group", "night")]),
    ("/console/invitations", &[("role", "auditor")]),
    ("/console/teams/root-team/invitations", &[]),
    ("/console/groups/staff/second-factor", &[]),
    ("/console/teams/root-team/second-factor", &[]),
    ("/console/apps/rp/access/second-factor", &[]),
    (
        "/console/settings/sign-in",
        &[("second_factor", "nobody"), ("second_factor_kinds", "any")],
    ),
];

/// After this time, a sign-in is no longer recent.
const NO_LONGER_RECENT: Duration = Duration::from_mins(16);

/// Where a form of the console leads.
async fn send(browser: &Browser, address: &str, form: &[(&str, &str)]) -> String {
    let page = browser.get("/console/users").await;
    let sent = browser.post_with_csrf(&page, address, form).await;
    if sent.status == 303 {
        return sent.location().to_owned();
    }
    format!("{} {}", sent.status, sent.text("h1"))
}

/// Whether somebody who is redirected here must sign in again.
fn asks(location: &str) -> bool {
    location.contains("/sign-in?attempt=")
}

#[apply(on_both)]
async fn sensitive_forms_of_the_console_need_a_recent_sign_in(test: TestApp) {
    let bob = test.add_person("bob").await;
    test.rp().await;
    let ann = test.signed_in("ann").await;
    let theirs = test.signed_in("bob").await;
    test.clock.advance(NO_LONGER_RECENT);
    let before = test.audit_of(&bob).await.len();
    let mut unguarded = Vec::new();
    for (address, form) in SENSITIVE {
        let next = send(&ann, address, form).await;
        if !asks(&next) {
            unguarded.push(format!("{address} leads to {next}"));
        }
    }
    assert!(unguarded.is_empty(), "{unguarded:#?}");
    assert_eq!(test.audit_of(&bob).await.len(), before);
    assert!(theirs.is_signed_in().await);
    for (address, form) in SENSITIVE {
        let recent = test.signed_in("ann").await;
        let next = send(&recent, address, form).await;
        assert!(!asks(&next), "{address} leads to {next}");
    }
}

#[apply(on_both)]
async fn other_forms_of_the_console_do_not(test: TestApp) {
    test.add_person("bob").await;
    test.rp().await;
    let ann = test.signed_in("ann").await;
    test.clock.advance(NO_LONGER_RECENT);
    for (address, form) in [
        ("/console/users/1/profile", &[("name", "Bob")][..]),
        ("/console/users/1/sessions/end", &[]),
        ("/console/users/1/reject", &[]),
        ("/console/users/1/roles/revoke", &[("role", "auditor")]),
        ("/console/users/bulk", &[("action", "reject"), ("number", "1")]),
        ("/console/apps/rp/access/remove", &[("kind", "everyone")]),
        (
            "/console/apps/rp/roles/revoke",
            &[("role", "operator"), ("name", "bob")],
        ),
        ("/console/apps/rp/redirects/reject", &[]),
        ("/console/apps/rp/disable", &[]),
        ("/console/groups", &[("name", "night-shift")]),
        ("/console/invitations", &[("addresses", "carol@example.org")]),
    ] {
        let next = send(&ann, address, form).await;
        assert!(!asks(&next), "{address} leads to {next}");
    }
}

#[apply(on_both)]
async fn a_recent_sign_in_leads_back_to_the_page_of_the_form(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    test.clock.advance(NO_LONGER_RECENT);
    let page = ann.get(&send(&ann, "/console/users/1/suspend", &[]).await).await;
    let done = ann.submit_password(&page, "ann", PASSWORD).await;
    let back = ann.follow(done).await;
    assert!(
        back.location().ends_with("/console/users/1"),
        "{}",
        back.location()
    );
    assert!(!asks(&send(&ann, "/console/users/1/suspend", &[]).await));
}

#[apply(on_both)]
async fn it_leads_back_to_the_tab_or_the_list_with_the_form(test: TestApp) {
    test.add_person("bob").await;
    let base = &test.base;
    for (page, form, back) in [
        (
            format!("{base}/console/users/1/access?list=%3Fq%3Dbob&note=x&done=role"),
            "/console/users/1/roles",
            "/console/users/1/access?list=%3Fq%3Dbob",
        ),
        (
            format!("{base}/console/users?q=bob&sort=name&roles=1"),
            "/console/users/1/roles",
            "/console/users?q=bob&sort=name&roles=1",
        ),
        (
            "https://evil.example/console/users".to_owned(),
            "/console/users/1/roles",
            "/console/users/1",
        ),
        (
            format!("{base}.evil.example/console/users"),
            "/console/users/1/roles",
            "/console/users/1",
        ),
        (
            format!("{base}/oauth2/logout"),
            "/console/users/1/roles",
            "/console/users/1",
        ),
    ] {
        let ann = test.signed_in("ann").await;
        test.clock.advance(NO_LONGER_RECENT);
        ann.always_send("referer", &page);
        let next = send(&ann, form, &[("role", "auditor")]).await;
        let asked = ann.get(&next).await;
        let done = ann.submit_password(&asked, "ann", PASSWORD).await;
        let location = ann.follow(done).await.location().to_owned();
        assert_eq!(location, format!("{base}{back}"), "{page}");
    }
}

#[apply(on_both)]
async fn members_of_the_root_team_are_changed_from_a_recent_sign_in(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    test.clock.advance(NO_LONGER_RECENT);
    let created = send(&ann, "/console/teams", &[("slug", "ops"), ("name", "Ops")]).await;
    assert!(!asks(&created), "{created}");
    let add = [("username", "bob"), ("role", "member")];
    assert!(!asks(&send(&ann, "/console/teams/ops/members", &add).await));
    assert!(asks(&send(&ann, "/console/teams/root-team/members", &add).await));
    assert!(!asks(
        &send(
            &test.signed_in("ann").await,
            "/console/teams/root-team/members",
            &add
        )
        .await
    ));
}

#[apply(on_both)]
async fn the_admin_of_a_team_resets_passwords_from_a_recent_sign_in(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let home = ann.get("/account/teams").await;
    ann.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    let add = [("username", "bob"), ("role", "member")];
    send(&ann, "/console/teams/ops/members", &add).await;
    test.clock.advance(NO_LONGER_RECENT);
    let reset = "/account/teams/ops/members/reset";
    assert!(asks(&send(&ann, reset, &[("username", "bob")]).await));
    let recent = test.signed_in("ann").await;
    assert!(!asks(&send(&recent, reset, &[("username", "bob")]).await));
}

#[apply(on_both)]
async fn it_needs_the_second_factor_of_whoever_has_one(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let (authenticator, _) = test.add_authenticator(&ann).await;
    test.clock.advance(NO_LONGER_RECENT);
    let next = send(&ann, "/console/users/1/suspend", &[]).await;
    let page = ann.begin_sign_in(&next, "ann").await;
    page.expect_text("authenticator app");
    assert!(
        asks(&send(&ann, "/console/users/1/suspend", &[]).await),
        "not yet"
    );
    let done = ann
        .submit_code(&page, &authenticator.code(test.clock.now()))
        .await;
    ann.follow(done).await;
    assert!(!asks(&send(&ann, "/console/users/1/suspend", &[]).await));
}

#[apply(on_both)]
async fn accounts_are_created_from_a_recent_sign_in(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let new = "/console/users/new";
    let page = ann.get(new).await;
    assert_eq!(page.status, 200);
    test.clock.advance(NO_LONGER_RECENT);
    let again = ann.get(new).await;
    assert!(asks(again.location()), "before anything is typed");
    let form = [("username", "carol"), ("role", "auditor")];
    let refused = ann.submit(&page, new, &form).await;
    assert!(asks(refused.location()));
    assert_eq!(test.count("accounts").await, 1);
    let recent = test.signed_in("ann").await;
    let made = recent.submit(&recent.get(new).await, new, &form).await;
    assert!(!asks(made.location()), "{}", made.location());
    assert_eq!(test.count("accounts").await, 2);
}

#[apply(on_both)]
async fn people_get_more_than_others_from_a_recent_sign_in(test: TestApp) {
    test.rp().await;
    let ann = test.signed_in("ann").await;
    test.add_person("bob").await;
    send(&ann, "/console/teams", &[("slug", "ops"), ("name", "Ops")]).await;
    test.clock.advance(NO_LONGER_RECENT);
    let (invite, members) = ("/console/teams/ops/invitations", "/console/teams/ops/members");
    assert!(!asks(&send(&ann, invite, &[("role", "member")]).await));
    assert!(asks(&send(&ann, invite, &[("role", "admin")]).await));
    let admin = [("username", "bob"), ("role", "admin")];
    assert!(asks(&send(&ann, members, &admin).await));
    let shared = [("role", "operator"), ("kind", "team"), ("name", "ops")];
    let recent = test.signed_in("ann").await;
    let granted = send(&recent, "/console/apps/rp/roles", &shared).await;
    assert_eq!(test.count("shared_roles").await, 1, "{granted}");
    assert!(asks(&send(&ann, invite, &[("role", "member")]).await));
    assert!(asks(
        &send(&ann, members, &[("username", "bob"), ("role", "member")]).await
    ));
    for form in [&[("role", "member")][..], &[("role", "admin")]] {
        assert!(!asks(&send(&recent, invite, form).await));
    }
    assert!(!asks(&send(&recent, members, &admin).await));
}

#[apply(on_both)]
async fn the_admin_of_a_team_changes_its_rules_from_a_recent_sign_in(test: TestApp) {
    test.add_person("bob").await;
    let bob = test.signed_in("bob").await;
    let home = bob.get("/account/teams").await;
    bob.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    let page = bob.get("/account/teams/ops").await;
    test.clock.advance(NO_LONGER_RECENT);
    let (rule, invite) = (
        "/account/teams/ops/second-factor",
        "/account/teams/ops/invitations",
    );
    for (address, form) in [(rule, &[("days", "")][..]), (invite, &[("role", "admin")])] {
        let refused = bob.post_with_csrf(&page, address, form).await;
        assert!(asks(refused.location()), "{address}");
    }
    let recent = test.signed_in("bob").await;
    let page = recent.get("/account/teams/ops").await;
    for (address, form) in [(rule, &[("days", "")][..]), (invite, &[("role", "admin")])] {
        let done = recent.post_with_csrf(&page, address, form).await;
        assert!(!asks(done.location()), "{address}");
    }
}
