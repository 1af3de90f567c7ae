//! Forms that were refused: they keep what was typed, and show both versions of what somebody else has changed.

use crate::support::{Browser, Response, TestApp, apply, on_both};

async fn submit(browser: &Browser, page: &str, form: &str, filled: &[(&str, &str)]) -> Response {
    let open = browser.get(page).await;
    browser.submit(&open, form, filled).await
}

/// A page, the form on it, and what is typed, which the form refuses.
type Refused = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const REFUSED: &[Refused] = &[
    (
        "/account",
        "/account/profile",
        &[("locale", "not a tag"), ("zoneinfo", "Europe/Berlin")],
    ),
    ("/account/emails", "/account/emails", &[("email", "nonsense")]),
    (
        "/account/teams/ops",
        "/account/teams/ops/rename",
        &[("name", "two\u{2028}lines")],
    ),
    (
        "/console/teams/ops",
        "/console/teams/ops/members",
        &[("username", "nobody"), ("until", "2030-01-01")],
    ),
    (
        "/console/groups/engineering",
        "/console/groups/engineering/rename",
        &[("name", "a b")],
    ),
    (
        "/console/groups/engineering",
        "/console/groups/engineering/members",
        &[("username", "nobody")],
    ),
    (
        "/console/users/1",
        "/console/users/1/profile",
        &[("name", "Bob"), ("zoneinfo", "no zone!")],
    ),
    (
        "/console/users/1",
        "/console/users/1/emails",
        &[("email", "nonsense")],
    ),
    (
        "/console/users/1",
        "/console/users/1/delete",
        &[("confirm", "bib")],
    ),
    (
        "/console/users/1/access",
        "/console/users/1/roles",
        &[("role", "auditor"), ("until", "1999-01-01")],
    ),
    (
        "/console/users/1/access",
        "/console/users/1/teams",
        &[("team", "nonesuch")],
    ),
    (
        "/console/users/1/sign-in",
        "/console/users/1/validity",
        &[("from", "2030-01-01"), ("valid-until", "1999-01-01")],
    ),
    (
        "/console/settings",
        "/console/settings/branding",
        &[("organisation", "Us"), ("accent", "red")],
    ),
];

#[apply(on_both)]
async fn every_refused_form_keeps_what_was_typed(test: TestApp) {
    test.add_person("bob").await;
    let ann = test.signed_in("ann").await;
    let home = ann.get("/account/teams").await;
    ann.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    for (page, form, filled) in REFUSED {
        let refused = submit(&ann, page, form, filled).await;
        assert!(
            [422, 409].contains(&refused.status),
            "{form}: {} {}",
            refused.status,
            refused.body
        );
        for (name, value) in *filled {
            let kept = match *name {
                "role" => refused.attribute("#role option[selected]", "value"),
                name => refused.attribute(&format!("#{name}"), "value"),
            };
            assert_eq!(&kept, value, "{form}: {name}");
        }
    }
    let typed = [("current", "wrong guess of mine"), ("new", "short")];
    let refused = submit(&ann, "/account/security", "/account/password", &typed).await;
    assert!(!refused.body.contains("wrong guess"), "passwords are not kept");
}

#[apply(on_both)]
async fn an_edit_of_what_somebody_else_has_changed_shows_both_versions(test: TestApp) {
    test.add_person("bob").await;
    let (ann, bob) = (test.signed_in("ann").await, test.signed_in("bob").await);
    for (browser, page, form) in [
        (&ann, "/console/users/1", "/console/users/1/profile"),
        (&bob, "/account", "/account/profile"),
    ] {
        let open = browser.get(page).await;
        test.clock.advance(std::time::Duration::from_secs(1));
        let theirs = [("name", "Robert"), ("locale", "de")];
        let saved = submit(&ann, "/console/users/1", "/console/users/1/profile", &theirs).await;
        assert_eq!(saved.status, 303, "{}", saved.body);
        let mine = [("name", "Bobby"), ("locale", "de"), ("zoneinfo", "Europe/Paris")];
        let refused = browser.submit(&open, form, &mine).await;
        assert_eq!(refused.status, 409, "{page}");
        let versions = refused.texts("[aria-labelledby=conflict] dd p");
        let expected = [
            "Yours: Bobby",
            "Theirs: Robert",
            "Yours: Europe/Paris",
            "Theirs: empty",
        ];
        assert_eq!(versions, expected, "only what differs");
        assert_eq!(
            refused.attribute("[aria-labelledby=conflict] a", "href"),
            page,
            "theirs is kept"
        );
        assert_eq!(browser.get(page).await.attribute("#name", "value"), "Robert");
        let kept = browser.submit(&refused, form, &[]).await;
        assert_eq!(kept.status, 303, "{}", kept.body);
        assert_eq!(
            browser.get(page).await.attribute("#name", "value"),
            "Bobby",
            "mine is kept"
        );
        let back = [("name", "bob"), ("locale", ""), ("zoneinfo", "")];
        submit(&ann, "/console/users/1", "/console/users/1/profile", &back).await;
    }
}

#[apply(on_both)]
async fn settings_that_somebody_else_has_changed_show_both_versions(test: TestApp) {
    let ann = test.signed_in("ann").await;
    let (page, form) = ("/console/settings", "/console/settings/people");
    let open = ann.get(page).await;
    let theirs = [
        ("registration", "approval"),
        ("domains", "example.org\nexample.com"),
    ];
    assert_eq!(ann.submit(&open, form, &theirs).await.status, 303);
    let mine = [("registration", "invite"), ("invitation_days", "3")];
    let refused = ann.submit(&open, form, &mine).await;
    assert_eq!(refused.status, 409);
    let versions = refused.texts("[aria-labelledby=conflict] dd p");
    assert_eq!(versions[..2], ["Yours: invite", "Theirs: approval"]);
    assert_eq!(versions.len(), 6, "{versions:?}");
    let keep = refused.form_with(form, "registration", "invite");
    assert_eq!(ann.post(form, &keep).await.status, 303);
    let after = ann.get(page).await;
    assert_eq!(after.attribute("#invitation_days", "value"), "3");
    assert_eq!(after.text("#domains"), "");
}

#[apply(on_both)]
async fn languages_are_chosen_from_a_list(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for page in ["/account", "/console/users/0"] {
        let open = ann.get(page).await;
        assert_eq!(open.attribute("#locale", "list"), "languages");
        let languages = open.attributes("#languages option", "value");
        assert!(languages.contains(&"pt-BR".to_owned()), "{languages:?}");
        for language in languages {
            let saved = ann
                .submit(
                    &open,
                    if page == "/account" {
                        "/account/profile"
                    } else {
                        "/console/users/0/profile"
                    },
                    &[("locale", &language), ("seen", "")],
                )
                .await;
            assert_eq!(saved.status, 303, "{language}");
        }
    }
}

#[apply(on_both)]
async fn the_address_of_a_form_leads_to_its_page(test: TestApp) {
    let ann = test.signed_in("ann").await;
    for (form, page) in [
        ("/console/users/0/suspend", "/console/users/0"),
        ("/console/users/bulk", "/console/users"),
        ("/account/profile", "/account"),
        ("/sign-in/passkey", "/account"),
    ] {
        let opened = ann.get(form).await;
        assert_eq!(opened.status, 303, "{form}");
        assert_eq!(opened.location(), format!("{}{page}", test.base));
    }
}
