//! A self-hosted platform: root, teams, and two privileges in them.

use super::*;
use doorward::directory::accounts::{DeleteAccount, RestoreAccount};
use doorward::directory::teams::{GetTeam, TeamRef};
use doorward::model::permission::Permission;

on_both!(
    cf_2_cf_20_cf_21_team_roles_allow_what_they_say,
    cf_8_what_is_not_yours_is_not_there,
    cf_14_everybody_has_a_team_of_their_own,
    cf_16_anybody_makes_any_number_of_teams,
    cf_22_the_root_team_stays,
    cf_23_the_root_team_gives_the_top_role_and_takes_it,
);

async fn cf_2_cf_20_cf_21_team_roles_allow_what_they_say(test: TestApp) {
    follow(&test, "coolify").await;
    let (root, bob) = (
        Actor::account(test.ann.clone(), ""),
        with_role(&test, "bob", "").await,
    );
    let (reader, outsider) = (
        with_role(&test, "reader", "").await,
        with_role(&test, "outsider", "").await,
    );
    let ops = team(&test, &bob, "ops").await;
    assert_eq!(join(&test, &bob, &ops, &reader, "read").await, "yes");
    for (who, expected) in [
        (&root, "yes"),
        (&bob, "yes"),
        (&reader, "forbidden"),
        (&outsider, "not found"),
    ] {
        assert_eq!(rename(&test, who, &ops).await, expected);
        assert_eq!(join(&test, who, &ops, &reader, "read").await, expected);
        assert_eq!(
            leave(&test, who, &ops, &outsider).await,
            if expected == "yes" { "refused" } else { expected }
        );
    }
    assert_eq!(delete_team(&test, &reader, &ops).await, "forbidden");
    assert_eq!(delete_team(&test, &root, &ops).await, "yes");
    assert_eq!(join(&test, &bob, &ops, &reader, "king").await, "not found");
}

async fn cf_8_what_is_not_yours_is_not_there(test: TestApp) {
    follow(&test, "coolify").await;
    let (bob, carol) = (
        with_role(&test, "bob", "").await,
        with_role(&test, "carol", "").await,
    );
    let ops = team(&test, &bob, "ops").await;
    let guessed = TeamId("01990000-0000-7000-8000-000000000000".into());
    for id in [&ops, &guessed] {
        assert_eq!(rename(&test, &carol, id).await, "not found");
        assert_eq!(delete_team(&test, &carol, id).await, "not found");
        assert_eq!(join(&test, &carol, id, &carol, "admin").await, "not found");
        assert_eq!(leave(&test, &carol, id, &bob).await, "not found");
    }
    for (who, slug, expected) in [
        (&carol, "ops", "not found"),
        (&carol, "guessed", "not found"),
        (&bob, "OPS", "yes"),
    ] {
        let get = GetTeam {
            team: TeamRef::Slug(slug.into()),
            members_after: -1,
            limit: 10,
        };
        assert_eq!(answered(test.read(who, get).await), expected, "{slug}");
    }
}

async fn cf_14_everybody_has_a_team_of_their_own(test: TestApp) {
    follow(&test, "coolify").await;
    let bob = with_role(&test, "bob", "").await;
    // A team has the name already that the personal one would get.
    team(&test, &bob, "carol").await;
    let carol = with_role(&test, "carol", "").await;
    let mut conn = test.app.db.read().await.unwrap();
    let now = test.clock.now();
    for (who, slug) in [(&bob, "bob"), (&carol, "carol-2")] {
        let own = doorward::store::teams::of_account(&mut conn, &id_of(who), now)
            .await
            .unwrap();
        let personal: Vec<_> = own
            .iter()
            .filter(|team| team.kind == doorward::model::team::TeamKind::Personal)
            .collect();
        assert_eq!(personal.len(), 1);
        assert_eq!(
            (personal[0].slug.as_str(), personal[0].role.as_str()),
            (slug, "admin")
        );
        drop(own);
    }
    let own = doorward::store::teams::by_slug(&mut conn, "bob")
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    assert_eq!(delete_team(&test, &bob, &own.id).await, "refused");
    assert_eq!(leave(&test, &bob, &own.id, &bob).await, "refused");
    // It goes with the account, and comes back with it.
    for there in [false, true] {
        let id = id_of(&bob);
        let changed = if there {
            test.change(&Actor::HOST, RestoreAccount { id }).await
        } else {
            test.change(&Actor::HOST, DeleteAccount { id }).await
        };
        changed.unwrap();
        let mut conn = test.app.db.read().await.unwrap();
        let found = doorward::store::teams::by_slug(&mut conn, "bob").await.unwrap();
        assert_eq!(found.is_some(), there);
        let listed = doorward::store::teams::list(&mut conn, -1, "%", true, 100)
            .await
            .unwrap();
        assert_eq!(listed.iter().any(|team| team.slug == "bob"), there);
    }
}

async fn cf_16_anybody_makes_any_number_of_teams(test: TestApp) {
    follow(&test, "coolify").await;
    let bob = with_role(&test, "bob", "").await;
    for number in 0..50 {
        team(&test, &bob, &format!("team-{number}")).await;
    }
    let held = authority(&test, &bob).await;
    let mut conn = test.app.db.read().await.unwrap();
    let listed = doorward::store::teams::of_account(&mut conn, &held.account, test.clock.now())
        .await
        .unwrap();
    assert_eq!(listed.len(), 51, "with the personal one");
}

async fn root_team(test: &TestApp) -> TeamId {
    let mut conn = test.app.db.read().await.unwrap();
    doorward::store::teams::by_slug(&mut conn, "root-team")
        .await
        .unwrap()
        .unwrap()
        .id
}

async fn cf_22_the_root_team_stays(test: TestApp) {
    follow(&test, "coolify").await;
    let root = Actor::account(test.ann.clone(), "");
    let team = root_team(&test).await;
    assert_eq!(delete_team(&test, &root, &team).await, "refused");
    assert_eq!(delete_team(&test, &Actor::HOST, &team).await, "refused");
    assert_eq!(
        leave(&test, &root, &team, &root).await,
        "refused",
        "the last owner stays"
    );
}

async fn cf_23_the_root_team_gives_the_top_role_and_takes_it(test: TestApp) {
    follow(&test, "coolify").await;
    let (root, bob) = (
        Actor::account(test.ann.clone(), ""),
        with_role(&test, "bob", "").await,
    );
    let team = root_team(&test).await;
    assert_eq!(join(&test, &bob, &team, &bob, "admin").await, "not found");
    assert_eq!(join(&test, &root, &team, &bob, "read").await, "yes");
    let held = authority(&test, &bob).await;
    assert_eq!(held.roles, ["root", "user"]);
    assert!(held.may(Permission::SettingsWrite));
    assert_eq!(leave(&test, &root, &team, &bob).await, "yes");
    assert!(!authority(&test, &bob).await.may(Permission::SettingsWrite));
    assert_eq!(authority(&test, &bob).await.roles, ["user"]);
}
