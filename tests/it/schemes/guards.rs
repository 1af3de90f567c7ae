//! Guards that no other test of a scheme reaches.

use std::time::Duration;

use doorward::directory::accounts::{DeleteAccount, RestoreAccount};
use doorward::directory::clients::CreateClient;
use doorward::directory::groups::RenameGroup;
use doorward::directory::roles::GrantAppRole;
use doorward::directory::teams::TeamRef;

use super::*;

#[apply(on_both)]
async fn a_membership_or_role_cannot_end_in_the_past(test: TestApp) {
    let [bob] = people(&test, ["bob"]).await;
    let ops = team(&test, &ann(&test), "ops").await;
    test.register("rp", |_| ()).await;
    let past = Some(test.clock.now() - Duration::from_secs(1));
    let account = || id_of(&bob).into();
    let set = SetTeamMember {
        team: ops.into(),
        account: account(),
        role: None,
        end: MembershipEnd::Set(past),
    };
    let grant = GrantRole {
        account: account(),
        role: "auditor".into(),
        until: past,
    };
    let grant_for_app = GrantAppRole {
        account: account(),
        app: ClientId("rp".into()),
        role: "operator".into(),
        until: past,
    };
    assert_eq!(outcome_of(test.change(&Actor::HOST, set).await), "invalid");
    assert_eq!(outcome_of(test.change(&Actor::HOST, grant).await), "invalid");
    assert_eq!(
        outcome_of(test.change(&Actor::HOST, grant_for_app).await),
        "invalid"
    );
}

#[apply(on_both)]
async fn new_names_are_checked_as_first_ones(test: TestApp) {
    let ops = team(&test, &ann(&test), "ops").await;
    let group = test
        .change(&Actor::HOST, CreateGroup { name: "staff".into() })
        .await;
    let group = group.unwrap();
    for name in ["", "a\nb", "a\u{1b}[2Jb", "\u{202e}b"] {
        let (team, group) = (ops.clone().into(), group.clone().into());
        let (team_name, group_name) = (name.to_owned(), name.to_owned());
        let rename = RenameTeam {
            team,
            name: team_name,
        };
        assert_eq!(
            outcome_of(test.change(&Actor::HOST, rename).await),
            "invalid",
            "{name:?}"
        );
        let rename = RenameGroup {
            group,
            name: group_name,
        };
        assert_eq!(
            outcome_of(test.change(&Actor::HOST, rename).await),
            "invalid",
            "{name:?}"
        );
    }
}

#[apply(on_both)]
async fn names_for_people_are_one_line(test: TestApp) {
    let name = "Ann\u{1b}]0;x";
    let new = NewAccount {
        username: "bob".into(),
        name: name.into(),
        ..NewAccount::default()
    };
    assert_eq!(
        outcome_of(test.change(&Actor::HOST, CreateAccount { new }).await),
        "invalid"
    );
    let create = CreateClient {
        id: ClientId("new".into()),
        name: name.into(),
        settings: ClientSettings::default(),
        team: None,
    };
    assert_eq!(outcome_of(test.change(&Actor::HOST, create).await), "invalid");
}

#[apply(on_both)]
async fn a_shared_team_keeps_an_owner(test: TestApp) {
    let [boss, other] = people(&test, ["boss", "other"]).await;
    let ops = team(&test, &boss, "ops").await;
    assert_eq!(join(&test, &boss, &ops, &boss, "member").await, "refused");
    assert_eq!(leave(&test, &boss, &ops, &boss).await, "refused");
    assert_eq!(join(&test, &Actor::HOST, &ops, &other, "admin").await, "yes");
    assert_eq!(join(&test, &boss, &ops, &boss, "member").await, "yes");
}

#[apply(on_both)]
async fn d10_a_shared_team_keeps_an_owner_who_can_sign_in(test: TestApp) {
    let [boss, other] = people(&test, ["boss", "other"]).await;
    let ops = team(&test, &boss, "ops").await;
    assert_eq!(join(&test, &Actor::HOST, &ops, &other, "admin").await, "yes");
    assert_eq!(suspend(&test, &Actor::HOST, &id_of(&other)).await, "yes");
    assert_eq!(leave(&test, &boss, &ops, &boss).await, "refused");
    assert_eq!(join(&test, &boss, &ops, &boss, "member").await, "refused");
    assert_eq!(activate(&test, &Actor::HOST, &id_of(&other)).await, "yes");
    // Other can sign in, but not for good.
    test.sql("UPDATE accounts SET valid_until = 9000000000000000 WHERE username = 'other'")
        .await;
    assert_eq!(leave(&test, &boss, &ops, &boss).await, "refused");
    let page = test.signed_in("ann").await.get("/console/users/1").await;
    let asked = page.text("details.ask");
    assert!(
        asked.contains("boss is the only one who manages the team ops"),
        "{asked}"
    );
    test.sql("UPDATE accounts SET valid_until = NULL WHERE username = 'other'")
        .await;
    assert_eq!(leave(&test, &boss, &ops, &boss).await, "yes");
    // The last owner stays, even one who cannot sign in.
    assert_eq!(suspend(&test, &Actor::HOST, &id_of(&other)).await, "yes");
    assert_eq!(leave(&test, &Actor::HOST, &ops, &other).await, "refused");
}

#[apply(on_both)]
async fn d10_members_of_the_root_team_are_changed_by_those_who_grant_the_top_role(test: TestApp) {
    let admin = with_role(&test, "adam", "admin").await;
    let [bob] = people(&test, ["bob"]).await;
    let root = || TeamRef::Slug("root-team".into());
    let set = |account: &Actor| SetTeamMember {
        team: root(),
        account: id_of(account).into(),
        role: Some("member".into()),
        end: MembershipEnd::Set(None),
    };
    let remove = |account: &Actor| RemoveTeamMember {
        team: root(),
        account: id_of(account).into(),
    };
    assert_eq!(outcome_of(test.change(&admin, set(&bob)).await), "forbidden");
    assert_eq!(outcome_of(test.change(&ann(&test), set(&bob)).await), "yes");
    assert_eq!(outcome_of(test.change(&admin, remove(&bob)).await), "forbidden");
    assert_eq!(outcome_of(test.change(&ann(&test), remove(&bob)).await), "yes");
}

#[apply(on_both)]
async fn an_external_account_is_not_restored_here(test: TestApp) {
    let [bob] = people(&test, ["bob"]).await;
    let id = id_of(&bob);
    test.change(&Actor::HOST, DeleteAccount { id: id.clone() })
        .await
        .unwrap();
    test.sql("UPDATE accounts SET source = 'ldap' WHERE username = 'bob'")
        .await;
    let restored = test.change(&Actor::HOST, RestoreAccount { id }).await;
    assert_eq!(outcome_of(restored), "refused");
}

#[apply(on_both)]
async fn a_deleted_account_is_restored_without_roles_that_ended_with_the_scheme(test: TestApp) {
    let id = id_of(&with_role(&test, "bob", "auditor").await);
    test.change(&Actor::HOST, DeleteAccount { id: id.clone() })
        .await
        .unwrap();
    apply_scheme(&test, "cloudron").await;
    test.change(&Actor::HOST, RestoreAccount { id }).await.unwrap();
    assert_eq!(test.count("role_grants WHERE role = 'auditor'").await, 0);
}
