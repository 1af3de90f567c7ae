//! Claim rules in the console, in the preview and on the command line.

use std::time::Duration;

use serde_json::{Value, json};

use super::{app, id_token};
use crate::support::{TestApp, apply, on_both};

const TAB: &str = "/console/apps/rp/claims";

#[apply(on_both)]
async fn a_wrong_rule_is_explained_at_its_field(test: TestApp) {
    app(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(TAB).await;
    for (claim, value, field, says) in [
        ("aud", "groups", "#claim-error", "belongs to the protocol"),
        ("x", "groups ||", "#value-error", "at character 9"),
        ("x", "grops", "#value-error", "There is no grops"),
    ] {
        for act in ["save", "try"] {
            let fields = [
                ("claim", claim),
                ("value", value),
                ("act", act),
                ("person", "ann"),
            ];
            let wrong = ann.submit(&page, TAB, &fields).await;
            assert!(wrong.text(field).contains(says), "{}", wrong.body);
        }
    }
    let fields = [
        ("claim", "x"),
        ("value", "'x'"),
        ("act", "try"),
        ("person", "nosuch"),
    ];
    let nobody = ann.submit(&page, TAB, &fields).await;
    assert!(nobody.text("#person-error").contains("nosuch"), "{}", nobody.body);
}

#[apply(on_both)]
async fn rules_are_tried_and_added_in_the_console(test: TestApp) {
    let rp = app(&test, &[]).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(TAB).await;
    let fields = [
        ("claim", "memberOf"),
        ("value", "groups"),
        ("person", "ann"),
        ("act", "try"),
    ];
    let tried = ann.submit(&page, TAB, &fields).await;
    let found = tried.text("[aria-labelledby=tried]");
    assert!(found.contains(r#"["engineering"]"#), "{found}");
    let received = id_token(&rp, &test, "openid").await;
    assert_eq!(received.get("memberOf"), None, "only tried");
    let added = ann.submit(&page, TAB, &fields[..2]).await;
    ann.follow(added).await;
    let received = id_token(&rp, &test, "openid").await;
    assert_eq!(received["memberOf"], json!(["engineering"]));
    let log = ann.get("/console/audit").await;
    log.expect_text("changed which claims");
}

#[apply(on_both)]
async fn rules_are_changed_moved_and_removed_in_the_console(test: TestApp) {
    let rp = app(&test, &[("memberOf", "groups"), ("memberOf", "'last'")]).await;
    let ann = test.signed_in("ann").await;
    let page = ann.get(TAB).await;
    assert_eq!(id_token(&rp, &test, "openid").await["memberOf"], "last");
    let up = page.form_with("/console/apps/rp/claims/up", "rule", "2");
    ann.follow(ann.post("/console/apps/rp/claims/up", &up).await)
        .await;
    assert_eq!(
        id_token(&rp, &test, "openid").await["memberOf"],
        json!(["engineering"])
    );
    let form = ann.get(&format!("{TAB}?rule=2")).await;
    assert!(form.text("#rule-form").contains("Change rule 2"), "{}", form.body);
    let stale = form.form(TAB);
    test.clock.advance(Duration::from_secs(1));
    let changed = ann.submit(&form, TAB, &[("value", "user.username")]).await;
    ann.follow(changed).await;
    assert_eq!(id_token(&rp, &test, "openid").await["memberOf"], "ann");
    assert_eq!(
        ann.post(TAB, &stale).await.status,
        409,
        "the rules have changed since"
    );
    for rule in ["2", "1"] {
        let remove = "/console/apps/rp/claims/remove";
        let form = ann.get(TAB).await.form_with(remove, "rule", rule);
        assert_eq!(ann.post(remove, &form).await.status, 303);
    }
    assert_eq!(id_token(&rp, &test, "openid").await.get("memberOf"), None);
}

#[apply(on_both)]
async fn rules_are_changed_by_a_command(test: TestApp) {
    let rp = app(&test, &[]).await;
    let run = async |arguments: &[&str]| {
        let ran = test
            .run(&[&["apps", "claims", "rp"], arguments].concat(), "")
            .await;
        test.app.db.poll_cache_version().await.unwrap();
        (ran.succeeded, format!("{}{}", ran.stdout, ran.stderr))
    };
    let (_, none) = run(&[]).await;
    assert!(none.contains("receives the standard claims"), "{none}");
    let add = [
        "--add", "memberOf", "groups", "--in", "id_token", "--scope", "groups",
    ];
    let (done, printed) = run(&add).await;
    assert!(
        done && printed.contains("1. memberOf = groups  in id_token  with groups"),
        "{printed}"
    );
    assert!(run(&["--add", "x", "'x'"]).await.0);
    assert_eq!(
        id_token(&rp, &test, "openid groups").await["memberOf"],
        json!(["engineering"])
    );
    let (_, tried) = run(&["--for", "ann"]).await;
    assert!(tried.contains(r#"1. memberOf = ["engineering"]"#), "{tried}");
    assert!(run(&["--replace", "2", "--add", "y", "'y'"]).await.0);
    let (_, moved) = run(&["--up", "2"]).await;
    assert!(moved.contains("1. y = 'y'"), "{moved}");
    let (_, left) = run(&["--remove", "1"]).await;
    assert!(left.contains("1. memberOf") && !left.contains("'y'"), "{left}");
    for (wrong, says) in [
        (&["--add", "x", "groups |"][..], "wrong at character 8"),
        (&["--remove", "2"], "there is no rule 2"),
        (&["--add", "x", "'x'", "--in", "cookie"], "one of: id_token"),
    ] {
        let (done, printed) = run(wrong).await;
        assert!(!done && printed.contains(says), "{printed}");
    }
}

#[apply(on_both)]
async fn the_preview_names_the_rule_and_the_group_behind_a_claim(test: TestApp) {
    let rp = app(&test, &[("memberOf", "groups"), ("team", "none")]).await;
    let share = [
        "roles",
        "share",
        "operator",
        "--app",
        "rp",
        "--group",
        "engineering",
    ];
    assert!(test.run(&share, "").await.succeeded);
    let ann = test.signed_in("ann").await;
    let page = ann.get("/console/apps/rp/preview?person=ann").await;
    let whys = page.texts("[aria-labelledby=sources] small");
    for why in [
        "By rule 1, in the ID token and the userinfo response",
        "operator: granted for this app to the group engineering",
    ] {
        assert!(whys.iter().any(|text| text == why), "{why}: {whys:?}");
    }
    let shown: Value = serde_json::from_str(&page.text("#id-token")).unwrap();
    let every = "openid profile email phone address groups teams roles offline_access";
    let received = id_token(&rp, &test, every).await;
    assert_eq!(
        (&shown["memberOf"], &shown["roles"]),
        (&received["memberOf"], &received["roles"])
    );
}
