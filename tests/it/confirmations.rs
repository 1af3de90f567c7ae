//! What pages say before something is deleted for good.

use std::time::Duration;

use doorward::directory::Actor;
use doorward::directory::accounts::DeleteAccount;
use doorward::directory::teams::{MembershipEnd, SetTeamMember, TeamRef};

use crate::support::{TestApp, apply, on_both};

#[apply(on_both)]
async fn the_form_that_deletes_a_team_or_a_group_says_what_ends(test: TestApp) {
    for username in ["bob", "carol"] {
        test.add_person(username).await;
    }
    let ann = test.signed_in("ann").await;
    let home = ann.get("/account/teams").await;
    ann.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    let says = async |path: &str| ann.get(path).await.text("#confirm-help");
    let (team, group) = ("/console/teams/ops", "/console/groups/engineering");
    assert_eq!(
        says(team).await,
        "This cannot be undone. Its only member loses their role in it."
    );
    assert_eq!(
        says(group).await,
        "This cannot be undone. The next tokens of its only direct member no longer contain it."
    );
    for username in ["bob", "carol"] {
        for page in [team, group] {
            let open = ann.get(page).await;
            let add = [("username", username), ("role", "member")];
            let added = ann.post_with_csrf(&open, &format!("{page}/members"), &add).await;
            assert_eq!(added.status, 303, "{}", added.body);
        }
        let open = ann.get(team).await;
        ann.submit(&open, &format!("{team}/invitations"), &[]).await;
    }
    for page in [team, "/account/teams/ops"] {
        assert_eq!(
            says(page).await,
            "This cannot be undone. Its 3 members lose their roles in it, and 2 pending invitations end."
        );
    }
    assert!(
        says(group)
            .await
            .contains("The next tokens of its 3 direct members")
    );
}

#[apply(on_both)]
async fn lists_count_the_members_that_pages_show(test: TestApp) {
    let ids = [test.add_person("bob").await, test.add_person("carol").await];
    let ann = test.signed_in("ann").await;
    let home = ann.get("/account/teams").await;
    ann.submit(&home, "/account/teams", &[("team", "Ops")]).await;
    for username in ["bob", "carol"] {
        for page in ["/console/teams/ops", "/console/groups/engineering"] {
            let open = ann.get(page).await;
            let add = [("username", username), ("role", "member")];
            ann.post_with_csrf(&open, &format!("{page}/members"), &add).await;
        }
    }
    let counts = async || {
        let teams = ann.get("/console/teams?q=ops").await.texts("td.number");
        let groups = ann.get("/console/groups?q=engineering").await.texts("td.number");
        [teams, groups].concat()
    };
    assert_eq!(counts().await, ["3", "3"]);
    let [bob, carol] = ids;
    test.change(&Actor::HOST, DeleteAccount { id: bob })
        .await
        .unwrap();
    assert_eq!(counts().await, ["2", "2"]);
    let expires = SetTeamMember {
        team: TeamRef::Slug("ops".into()),
        account: carol.into(),
        role: None,
        end: MembershipEnd::Set(Some(test.clock.now() + Duration::from_mins(1))),
    };
    test.change(&Actor::HOST, expires).await.unwrap();
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(counts().await, ["1", "2"]);
}
