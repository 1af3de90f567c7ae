//! A registry: admins and everybody else.

use std::time::Duration;

use super::*;
use doorward::directory::Change;
use doorward::directory::accounts::{
    ActivateAccount, DeleteAccount, RETENTION, RestoreAccount, SuspendAccount,
};
use doorward::directory::groups::GroupRef;

#[apply(on_both)]
async fn hb_1_hb_2_hb_3_the_admin_role_is_granted_and_revoked(test: TestApp) {
    let [bob, carol] = people(&test, ["bob", "carol"]).await;
    let ann = ann(&test);
    apply_scheme(&test, "harbor").await;
    assert_eq!(grant(&test, &bob, &bob, "system-admin").await, "forbidden");
    assert_eq!(grant(&test, &ann, &bob, "system-admin").await, "yes");
    let (one, other) = (authority(&test, &ann).await, authority(&test, &bob).await);
    assert!(
        one.dominates(&other) && other.dominates(&one),
        "both may do the same"
    );
    assert_eq!(grant(&test, &bob, &carol, "system-admin").await, "yes");
    assert_eq!(revoke(&test, &carol, &bob, "system-admin").await, "yes");
    assert_eq!(suspend(&test, &bob, &id_of(&carol)).await, "forbidden");
    let revoked = revoke(&test, &carol, &ann, "system-admin").await;
    assert_eq!(revoked, "yes", "with the root team");
    let last = revoke(&test, &carol, &carol, "system-admin").await;
    assert_eq!(last, "refused", "the last one stays");
}

#[apply(on_both)]
async fn hb_7_cl_8_cl_9_cl_11_names_are_checked_and_unique(test: TestApp) {
    apply_scheme(&test, "harbor").await;
    let ann = ann(&test);
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

const EVERYTHING: &[(&str, &str)] = &[("scope", "openid offline_access groups roles")];

/// Bob, an admin who is in a group.
async fn bob_in_a_group(test: &TestApp) -> AccountId {
    apply_scheme(test, "harbor").await;
    let bob = id_of(&with_role(test, "bob", "system-admin").await);
    let add = AddGroupMember {
        group: GroupRef::Name("engineering".into()),
        account: bob.clone().into(),
        create: false,
    };
    test.change(&Actor::HOST, add).await.unwrap();
    bob
}

/// Checks that `end`, which succeeds only once, and `undo` leave Bob's account as it was.
async fn assert_undone<E: Change, U: Change>(test: &TestApp, end: impl Fn() -> E, undo: U) {
    let (rp, browser, ann) = (test.rp().await, test.browser(), ann(test));
    let tokens = rp.sign_in(&browser, "bob", EVERYTHING).await;
    assert_eq!(outcome_of(test.change(&ann, end()).await), "yes");
    assert_eq!(rp.userinfo(tokens.access()).await.status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert!(!browser.is_signed_in().await);
    let again = outcome_of(test.change(&ann, end()).await);
    assert_eq!(again, "refused", "only once");
    assert_eq!(outcome_of(test.change(&ann, undo).await), "yes");
    test.clock.advance(Duration::from_secs(1));
    let again = rp.sign_in(&browser, "bob", EVERYTHING).await;
    let (before, after) = (tokens.claims(), again.claims());
    for same in ["sub", "groups", "roles"] {
        assert_eq!(before[same], after[same], "{same}");
    }
}

#[apply(on_both)]
async fn cl_35_cl_37_lifting_a_suspension_restores_the_account(test: TestApp) {
    let id = bob_in_a_group(&test).await;
    let suspend = || SuspendAccount {
        id: id.clone(),
        reason: "left".into(),
    };
    let activate = ActivateAccount { id: id.clone() };
    assert_undone(&test, suspend, activate).await;
}

#[apply(on_both)]
async fn hb_15_a_deleted_account_is_restored_as_it_was(test: TestApp) {
    let id = bob_in_a_group(&test).await;
    let restore = RestoreAccount { id: id.clone() };
    assert_undone(&test, || DeleteAccount { id: id.clone() }, restore).await;
}

#[apply(on_both)]
async fn hb_15_a_deleted_account_is_restored_while_its_name_is_free_and_in_time(test: TestApp) {
    let ann = ann(&test);
    let bob = test.add_person("bob").await;
    let delete = async |id| test.change(&ann, DeleteAccount { id }).await.unwrap();
    let restore = async || {
        let id = bob.clone();
        outcome_of(test.change(&ann, RestoreAccount { id }).await)
    };
    delete(bob.clone()).await;
    let other = test.add_person("bob").await;
    assert_ne!(other, bob, "b21: a subject is never reassigned");
    assert_eq!(restore().await, "refused", "its name is another person's now");
    delete(other).await;
    test.clock.advance(RETENTION);
    assert_eq!(restore().await, "refused", "it can no longer be restored");
}

#[apply(on_both)]
async fn cl_8_a_scheme_allows_other_punctuation_in_names(test: TestApp) {
    let mut scheme = schemes::built_in()[0].clone();
    scheme.name = "own".into();
    scheme.name_punctuation = "_".into();
    let apply = async |scheme| test.change(&Actor::HOST, ApplyScheme { scheme }).await;
    apply(scheme.clone()).await.unwrap();
    let ann = ann(&test);
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
    assert_eq!(outcome_of(apply(scheme).await), "invalid");
}
