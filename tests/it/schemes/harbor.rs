//! A registry: admins and everybody else.

use super::*;
use doorward::directory::accounts::{
    ActivateAccount, DeleteAccount, RETENTION, RestoreAccount, SuspendAccount,
};
use doorward::directory::groups::GroupRef;

on_both!(
    cl_8_a_scheme_can_allow_other_marks_in_names,
    hb_1_hb_2_hb_3_an_admin_is_made_and_unmade,
    hb_7_cl_8_cl_9_cl_11_names_are_checked_and_unique,
    hb_15_cl_35_cl_37_deleted_and_suspended_accounts_come_back_as_they_were,
);

async fn hb_1_hb_2_hb_3_an_admin_is_made_and_unmade(test: TestApp) {
    let (ann, bob) = (
        Actor::account(test.ann.clone(), ""),
        with_role(&test, "bob", "").await,
    );
    let carol = with_role(&test, "carol", "").await;
    follow(&test, "harbor").await;
    assert_eq!(grant(&test, &bob, &bob, "system-admin").await, "forbidden");
    assert_eq!(grant(&test, &ann, &bob, "system-admin").await, "yes");
    let (one, other) = (authority(&test, &ann).await, authority(&test, &bob).await);
    assert!(one.covers(&other) && other.covers(&one), "both may do the same");
    assert_eq!(grant(&test, &bob, &carol, "system-admin").await, "yes");
    assert_eq!(revoke(&test, &carol, &bob, "system-admin").await, "yes");
    assert_eq!(suspend(&test, &bob, &id_of(&carol)).await, "forbidden");
    assert_eq!(
        revoke(&test, &carol, &ann, "system-admin").await,
        "yes",
        "with the root team"
    );
    assert_eq!(
        revoke(&test, &carol, &carol, "system-admin").await,
        "refused",
        "the last one stays"
    );
}

async fn hb_7_cl_8_cl_9_cl_11_names_are_checked_and_unique(test: TestApp) {
    follow(&test, "harbor").await;
    let ann = Actor::account(test.ann.clone(), "");
    assert_eq!(create_as(&test, &ann, "a.b-c9", None).await, "yes");
    for taken in ["A.B-C9", "ann", "ANN"] {
        assert_eq!(create_as(&test, &ann, taken, None).await, "invalid", "{taken}");
    }
    for bad in ["a_b", "a b", "é", "", "error", "Pull", "404"] {
        assert_eq!(create_as(&test, &ann, bad, None).await, "invalid", "{bad}");
    }
    assert_eq!(make_group(&test, &ann, "a.b-c9").await, "yes");
    for bad in ["a_b", "a b", "é", "", "A.B-C9"] {
        assert_eq!(make_group(&test, &ann, bad).await, "invalid", "{bad}");
    }
}

async fn hb_15_cl_35_cl_37_deleted_and_suspended_accounts_come_back_as_they_were(test: TestApp) {
    follow(&test, "harbor").await;
    let (rp, browser, ann) = (
        test.rp().await,
        test.browser(),
        Actor::account(test.ann.clone(), ""),
    );
    let bob = with_role(&test, "bob", "system-admin").await;
    let add = AddGroupMember {
        group: GroupRef::Name("engineering".into()),
        account: id_of(&bob).into(),
        create: false,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    let page = browser
        .get(&rp.authorize(&[("scope", "openid offline_access groups roles")]))
        .await;
    let back = browser.sign_in(page.location(), "bob").await;
    let tokens = rp
        .redeem(&crate::support::param(back.location(), "code"))
        .await
        .json();
    let before = crate::support::claims(tokens["id_token"].as_str().unwrap());
    let id = || id_of(&bob);
    let suspend = async || {
        let reason = "left".into();
        test.change(&ann, SuspendAccount { id: id(), reason }).await
    };
    let delete = async || test.change(&ann, DeleteAccount { id: id() }).await;
    for deletes in [false, true] {
        let end = async || if deletes { delete().await } else { suspend().await };
        end().await.unwrap();
        assert_eq!(
            rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status,
            401
        );
        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(rp.refresh(refresh).await.json()["error"], "invalid_grant");
        assert!(browser.get("/account").await.location().ends_with("/sign-in"));
        assert_eq!(answered(end().await), "refused", "only once");
        let begun = if deletes {
            test.change(&ann, RestoreAccount { id: id() }).await
        } else {
            test.change(&ann, ActivateAccount { id: id() }).await
        };
        begun.unwrap();
        test.clock.advance(std::time::Duration::from_secs(1));
        let page = browser
            .get(&rp.authorize(&[("scope", "openid offline_access groups roles")]))
            .await;
        let back = browser.sign_in(page.location(), "bob").await;
        let again = rp
            .redeem(&crate::support::param(back.location(), "code"))
            .await
            .json();
        let after = crate::support::claims(again["id_token"].as_str().unwrap());
        for same in ["sub", "groups", "roles"] {
            assert_eq!(before[same], after[same], "{same}");
        }
    }
    // A name that is free again can be another person's, who gets another subject.
    delete().await.unwrap();
    let other = test.person("bob").await;
    assert_ne!(other, id_of(&bob), "b21: a subject is never given again");
    let restored = test.change(&ann, RestoreAccount { id: id() }).await;
    assert_eq!(answered(restored), "refused", "its name is another person's now");
    test.change(&ann, DeleteAccount { id: other }).await.unwrap();
    test.clock.advance(RETENTION);
    let restored = test.change(&ann, RestoreAccount { id: id() }).await;
    assert_eq!(answered(restored), "refused", "its time is over");
}

async fn cl_8_a_scheme_can_allow_other_marks_in_names(test: TestApp) {
    let mut scheme = schemes::built_in()[0].clone();
    scheme.name = "own".into();
    scheme.name_punctuation = "_".into();
    let apply = async |scheme| test.change(&Actor::HOST, ApplyScheme { scheme }).await;
    apply(scheme.clone()).await.unwrap();
    let ann = Actor::account(test.ann.clone(), "");
    for (name, expected) in [
        ("a_b", "yes"),
        ("a.b", "invalid"),
        ("_a", "invalid"),
        ("a b", "invalid"),
    ] {
        assert_eq!(create_as(&test, &ann, name, None).await, expected, "{name}");
        assert_eq!(make_group(&test, &ann, name).await, expected, "{name}");
    }
    scheme.name_punctuation = "/".into();
    assert_eq!(answered(apply(scheme).await), "invalid");
}
