//! A self-hosted platform: root, teams, and two privileges in them.

use super::*;
use doorward::directory::accounts::{DeleteAccount, RestoreAccount};
use doorward::directory::teams::{GetTeam, TeamRef};
use doorward::model::permission::Permission;
use doorward::model::team::{Membership, TeamKind};
use doorward::store::teams;

#[apply(on_both)]
#[start(coolify)]
async fn cf_2_cf_20_cf_21_team_roles_allow_what_they_say(test: TestApp) {
    let [bob, reader, outsider] = people(&test, ["bob", "reader", "outsider"]).await;
    let root = ann(&test);
    let ops = team(&test, &bob, "ops").await;
    assert_eq!(join(&test, &Actor::HOST, &ops, &reader, "read").await, "yes");
    for (who, expected) in [
        (&root, "yes"),
        (&bob, "yes"),
        (&reader, "forbidden"),
        (&outsider, "not found"),
    ] {
        assert_eq!(rename(&test, who, &ops).await, expected);
        assert_eq!(join(&test, who, &ops, &reader, "read").await, expected);
        let expected = if expected == "yes" { "refused" } else { expected };
        assert_eq!(leave(&test, who, &ops, &outsider).await, expected);
    }
    assert_eq!(delete_team(&test, &reader, &ops).await, "forbidden");
    assert_eq!(delete_team(&test, &root, &ops).await, "yes");
    assert_eq!(join(&test, &bob, &ops, &reader, "king").await, "not found");
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_8_objects_of_others_are_not_found(test: TestApp) {
    let [bob, carol] = people(&test, ["bob", "carol"]).await;
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
        assert_eq!(outcome_of(test.read(who, get).await), expected, "{slug}");
    }
}

/// The id of the team with this slug.
async fn team_by_slug(test: &TestApp, slug: &str) -> Option<TeamId> {
    let mut conn = test.app.db.read().await.unwrap();
    let team = teams::by_slug(&mut conn, slug).await.unwrap();
    team.map(|team| team.id)
}

async fn teams_of(test: &TestApp, actor: &Actor) -> Vec<Membership> {
    let mut conn = test.app.db.read().await.unwrap();
    let now = test.clock.now();
    teams::of_account(&mut conn, &id_of(actor), now).await.unwrap()
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_14_everybody_has_a_team_of_their_own(test: TestApp) {
    let bob = with_role(&test, "bob", "").await;
    // Another team already has the slug of the personal one.
    team(&test, &bob, "carol").await;
    let carol = with_role(&test, "carol", "").await;
    for (who, slug) in [(&bob, "bob"), (&carol, "carol-2")] {
        let mut personal = teams_of(&test, who).await;
        personal.retain(|team| team.kind == TeamKind::Personal);
        assert_eq!(personal.len(), 1);
        assert_eq!(
            (personal[0].slug.as_str(), personal[0].role.as_str()),
            (slug, "admin")
        );
    }
    let own = team_by_slug(&test, "bob").await.unwrap();
    assert_eq!(delete_team(&test, &bob, &own).await, "refused");
    assert_eq!(leave(&test, &bob, &own, &bob).await, "refused");
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_14_a_personal_team_is_deleted_and_restored_with_its_account(test: TestApp) {
    let id = id_of(&with_role(&test, "bob", "").await);
    let is_listed = async || {
        let mut conn = test.app.db.read().await.unwrap();
        let listed = teams::list(&mut conn, -1, "%", true, 100, test.clock.now())
            .await
            .unwrap();
        listed.iter().any(|team| team.slug == "bob")
    };
    let delete = DeleteAccount { id: id.clone() };
    test.change(&Actor::HOST, delete).await.unwrap();
    assert_eq!(team_by_slug(&test, "bob").await, None);
    assert!(!is_listed().await);
    test.change(&Actor::HOST, RestoreAccount { id }).await.unwrap();
    assert!(team_by_slug(&test, "bob").await.is_some());
    assert!(is_listed().await);
}

/// Submits a form on a team's page as this user.
async fn post(test: &TestApp, username: &str, team: &str, form: &str, filled: &[(&str, &str)]) -> u16 {
    let browser = test.signed_in(username).await;
    let page = browser.get(team).await;
    let path = format!("{team}/{form}");
    browser.post_with_csrf(&page, &path, filled).await.status
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_14_the_owner_of_a_personal_team_stays_in_it_and_takes_it_along(test: TestApp) {
    let [bob, carol] = people(&test, ["bob", "carol"]).await;
    let own = team_by_slug(&test, "bob").await.unwrap();
    assert_eq!(join(&test, &Actor::HOST, &own, &carol, "admin").await, "yes");
    let team = "/account/teams/bob";
    let bobs_role = [("username", "bob"), ("role", "read")];
    for (username, team) in [("carol", team), ("bob", team), ("ann", "/console/teams/bob")] {
        for form in ["members", "members/remove"] {
            assert_eq!(
                post(&test, username, team, form, &bobs_role).await,
                409,
                "{username} {form}"
            );
        }
    }
    assert_eq!(post(&test, "bob", team, "leave", &[]).await, 409);
    let browser = test.signed_in("carol").await;
    let page = browser.get(team).await;
    assert!(!page.body.contains("Remove bob"), "{}", page.body);
    assert!(page.body.contains("Leave team"), "a guest may leave");
    let rp = test.rp().await;
    let is_in_it = async || {
        let tokens = rp
            .sign_in(&test.browser(), "carol", &[("scope", "openid teams")])
            .await;
        tokens.claims()["teams"].to_string().contains("\"bob\"")
    };
    assert!(is_in_it().await);
    let id = id_of(&bob);
    test.change(&Actor::HOST, DeleteAccount { id: id.clone() })
        .await
        .unwrap();
    assert_eq!(browser.get(team).await.status, 404);
    assert!(!is_in_it().await, "the team is deleted with Bob's account");
    test.change(&Actor::HOST, RestoreAccount { id }).await.unwrap();
    assert_eq!(browser.get(team).await.status, 200);
    assert!(is_in_it().await);
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_16_anybody_creates_any_number_of_teams(test: TestApp) {
    let bob = with_role(&test, "bob", "").await;
    for number in 0..50 {
        team(&test, &bob, &format!("team-{number}")).await;
    }
    let all = teams_of(&test, &bob).await;
    assert_eq!(all.len(), 51, "with the personal one");
}

/// The root team.
async fn root_team(test: &TestApp) -> TeamId {
    team_by_slug(test, "root-team").await.unwrap()
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_22_the_root_team_cannot_be_deleted(test: TestApp) {
    let root = ann(&test);
    let team = root_team(&test).await;
    assert_eq!(delete_team(&test, &root, &team).await, "refused");
    assert_eq!(delete_team(&test, &Actor::HOST, &team).await, "refused");
    let left = leave(&test, &root, &team, &root).await;
    assert_eq!(left, "refused", "the last owner stays");
}

#[apply(on_both)]
#[start(coolify)]
async fn cf_23_membership_of_the_root_team_grants_the_top_role(test: TestApp) {
    let (root, bob) = (ann(&test), with_role(&test, "bob", "").await);
    let team = root_team(&test).await;
    assert_eq!(join(&test, &bob, &team, &bob, "admin").await, "not found");
    assert_eq!(join(&test, &root, &team, &bob, "read").await, "yes");
    let with_root = authority(&test, &bob).await;
    assert_eq!(with_root.roles, ["root", "user"]);
    assert!(with_root.may(Permission::SettingsWrite));
    assert_eq!(leave(&test, &root, &team, &bob).await, "yes");
    let without = authority(&test, &bob).await;
    assert_eq!(without.roles, ["user"]);
    assert!(!without.may(Permission::SettingsWrite));
}
