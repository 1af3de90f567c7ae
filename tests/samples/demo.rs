//! Examples of the pages of the sample app.

use doorward::clock::Time;
use doorward::demo::sample_app::{Claim, DemoAccount, DemoError, DemoHome, DemoSignedIn, DemoTeam};
use doorward::web::error_pages::Fact;
use doorward::web::page::{Notice, Tone};

use super::{Sample, of};

const NAME: &str = "Field Notes";

pub fn all() -> Vec<Sample> {
    [
        of([before_sign_in(), after_sign_out()]),
        of([signed_in(), signed_in_with_little()]),
        of([denied()]),
    ]
    .concat()
}

fn before_sign_in() -> DemoHome {
    let account = |name: &str, username: &str, about: &str| DemoAccount {
        name: name.into(),
        username: username.into(),
        about: about.into(),
    };
    DemoHome {
        app: NAME.into(),
        sign_in: "/sign-in".into(),
        accounts: vec![
            account("Ann Lee", "ann", "Owner of this Doorward, admin of Ops"),
            account("Ben Okafor", "ben", "Developer in Ops and Research"),
            account("Chloé Dubois", "chloe", "Reader, in no team"),
        ],
        password: "correct horse battery".into(),
        issuer: "http://localhost:8080".into(),
        notice: None,
    }
}

fn after_sign_out() -> DemoHome {
    DemoHome {
        notice: Some(success("You signed out of Field Notes and of Doorward.")),
        ..before_sign_in()
    }
}

fn success(text: &str) -> Notice {
    Notice::new(Tone::Success, text)
}

const ID_TOKEN: &str = r#"{
  "iss": "http://localhost:8080",
  "sub": "0198c3f2-6a51-7d0e-9c1b-2f8f0b7a4c11",
  "aud": "field-notes",
  "exp": 1795000300,
  "email_verified": true,
  "groups": ["engineering"]
}"#;

fn signed_in() -> DemoSignedIn {
    DemoSignedIn {
        app: NAME.into(),
        name: "Ann Lee".into(),
        username: "ann".into(),
        teams: teams(),
        groups: vec!["engineering".into(), "amsterdam".into()],
        roles: vec!["editor".into()],
        claims: claims(),
        id_token: ID_TOKEN.into(),
        userinfo: "{\n  \"sub\": \"0198c3f2-6a51-7d0e-9c1b-2f8f0b7a4c11\"\n}".into(),
        checks: vec![
            "Signature, with the key the provider published".into(),
            "Issuer, audience and expiry".into(),
            "Nonce of this sign-in".into(),
            "Access token hash".into(),
        ],
        facts: vec![
            Fact::new("Algorithm", "RS256"),
            Fact::new("Scopes", "openid profile email teams groups roles offline_access"),
        ],
        expires: Time::from_seconds(1_795_000_290),
        can_refresh: true,
        refresh: "/refresh".into(),
        sign_out: "/sign-out".into(),
        notice: Some(success("The tokens were refreshed.")),
    }
}

/// A user without teams, groups and roles, and an app without a refresh token.
fn signed_in_with_little() -> DemoSignedIn {
    DemoSignedIn {
        teams: Vec::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        facts: Vec::new(),
        can_refresh: false,
        notice: None,
        ..signed_in()
    }
}

fn teams() -> Vec<DemoTeam> {
    let team = |name: &str, slug: &str, roles: &[&str]| DemoTeam {
        name: name.into(),
        slug: slug.into(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    };
    vec![
        team("Ops", "ops", &["admin", "on-call"]),
        team("Research", "research", &[]),
    ]
}

fn claims() -> Vec<Claim> {
    vec![
        Claim::new(
            "sub",
            "0198c3f2-6a51-7d0e-9c1b-2f8f0b7a4c11",
            "who you are, for good",
        ),
        Claim::new("email", "ann@example.org", ""),
        Claim::new("email_verified", true, ""),
        Claim::new("auth_time", 1_794_999_000, "when you signed in"),
        Claim::new("amr", vec!["pwd"], "how you signed in"),
        Claim::new("acr", "urn:doorward:acr:password", "how strong that was"),
    ]
}

fn denied() -> DemoError {
    DemoError {
        app: NAME.into(),
        heading: "You were not signed in".into(),
        sentence: "Doorward says that the sign-in was cancelled. You can start again.".into(),
        facts: vec![
            Fact::new("error", "access_denied"),
            Fact::new("error_description", "the user denied the request"),
        ],
    }
}
