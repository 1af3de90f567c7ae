//! The names and the shape that a scheme gives the claims about groups, roles and teams.

use doorward::directory::Actor;
use doorward::directory::schemes::{self, ApplyScheme};
use doorward::model::scheme::{ClaimShape, Scheme, TeamItem};
use serde_json::{Value, json};

use super::apply_scheme;
use crate::support::{Rp, TestApp, apply, on_both};

const ROLES: &str = "https://id.example.org/roles";

/// The default scheme with other claims.
fn scheme(team: TeamItem) -> Scheme {
    let mut scheme = schemes::built_in()[0].clone();
    scheme.name = "own".into();
    scheme.claims = ClaimShape {
        groups: "memberOf".into(),
        roles: ROLES.into(),
        teams: "orgs".into(),
        team,
    };
    scheme
}

/// Ann's claims in a new ID token and in the userinfo response.
async fn claims(test: &TestApp, rp: &Rp) -> [Value; 2] {
    let tokens = rp.sign_in(&test.browser(), "ann", &[]).await;
    [tokens.claims(), rp.userinfo(tokens.access()).await.json()]
}

#[apply(on_both)]
async fn a_scheme_names_and_shapes_the_claims_about_groups_roles_and_teams(test: TestApp) {
    let rp = test.rp().await;
    for (team, expected) in [(TeamItem::Slug, "root-team"), (TeamItem::Name, "Root team")] {
        let scheme = scheme(team);
        test.change(&Actor::HOST, ApplyScheme { scheme }).await.unwrap();
        for claims in claims(&test, &rp).await {
            assert_eq!(claims["memberOf"], json!(["engineering"]), "{claims}");
            assert_eq!(claims[ROLES], json!(["owner", "member"]), "{claims}");
            assert_eq!(claims["orgs"][0], expected, "{claims}");
            for name in ["groups", "roles", "teams"] {
                assert_eq!(claims.get(name), None, "{claims}");
            }
        }
        let discovery = "/.well-known/openid-configuration";
        let listed = test.browser().get(discovery).await.json()["claims_supported"].to_string();
        assert!(
            listed.contains("memberOf") && !listed.contains("\"groups\""),
            "{listed}"
        );
    }
    apply_scheme(&test, "default").await;
    for claims in claims(&test, &rp).await {
        assert_eq!(claims["groups"], json!(["engineering"]), "{claims}");
        assert_eq!(claims["teams"][0]["slug"], "root-team", "{claims}");
        assert_eq!(claims.get("memberOf"), None, "{claims}");
    }
}
