//! What the sample app of `doorward demo` shows; its templates are in `templates/demo/`.

use serde::Serialize;
use serde_json::Value;

use crate::clock::Time;
use crate::web::error_pages::Fact;
use crate::web::page::{Notice, Page};

/// Someone to sign in as.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    /// The display name.
    pub name: String,
    /// What to type as username.
    pub username: String,
    /// Why to try this one, for example "owner of the Ops team".
    pub about: String,
}

/// The sample app before sign-in.
#[derive(Clone, Debug, Serialize)]
pub struct DemoHome {
    /// The sample app's name.
    pub app: String,
    /// Where its sign-in starts.
    pub sign_in: String,
    /// The accounts to try.
    pub accounts: Vec<DemoAccount>,
    /// The password of all of them.
    pub password: String,
    /// The provider that it trusts.
    pub issuer: String,
    /// What just happened, such as "You signed out".
    pub notice: Option<Notice>,
}

impl Page for DemoHome {
    const TEMPLATE: &'static str = "demo/home.html";
}

/// A team as the `teams` claim carries it.
#[derive(Clone, Debug, Serialize)]
pub struct DemoTeam {
    /// The display name.
    pub name: String,
    /// The name in addresses.
    pub slug: String,
    /// The roles in it.
    pub roles: Vec<String>,
}

/// A flat claim in the sample app's table.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// The claim's name.
    pub name: String,
    /// Its value, as JSON.
    pub value: Value,
    /// What it means, in a few words; empty where the name says it all.
    pub meaning: String,
}

impl Claim {
    /// A claim from its parts.
    #[must_use]
    pub fn new(name: &str, value: impl Into<Value>, meaning: &str) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            meaning: meaning.into(),
        }
    }
}

/// The sample app after sign-in: what the relying party received and verified.
#[derive(Clone, Debug, Serialize)]
pub struct DemoSignedIn {
    /// The sample app's name.
    pub app: String,
    /// The name to greet.
    pub name: String,
    /// The `preferred_username`, or the `sub` where there is none.
    pub username: String,
    /// The teams of the ID token.
    pub teams: Vec<DemoTeam>,
    /// The groups of the ID token.
    pub groups: Vec<String>,
    /// The roles of the ID token.
    pub roles: Vec<String>,
    /// The flat claims of the ID token, in reading order.
    pub claims: Vec<Claim>,
    /// The whole ID token's payload, as indented JSON.
    pub id_token: String,
    /// The whole userinfo answer, as indented JSON.
    pub userinfo: String,
    /// What the relying party checked, each as a short sentence.
    pub checks: Vec<String>,
    /// Other facts about the tokens, such as the algorithm and the scopes.
    pub facts: Vec<Fact>,
    /// When the access token ends.
    pub expires: Time,
    /// Whether a refresh token was given.
    pub can_refresh: bool,
    /// Where the refresh form posts.
    pub refresh: String,
    /// Where the sign-out form posts.
    pub sign_out: String,
    /// What just happened, such as "The tokens were refreshed".
    pub notice: Option<Notice>,
}

impl Page for DemoSignedIn {
    const TEMPLATE: &'static str = "demo/signed_in.html";
}

/// The sample app when sign-in failed.
#[derive(Clone, Debug, Serialize)]
pub struct DemoError {
    /// The sample app's name.
    pub app: String,
    /// What happened, in a few words.
    pub heading: String,
    /// What it means and what to do.
    pub sentence: String,
    /// What the provider or the checks said.
    pub facts: Vec<Fact>,
}

impl Page for DemoError {
    const TEMPLATE: &'static str = "demo/error.html";
}
