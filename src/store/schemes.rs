//! The scheme that an instance follows: which roles there are and what they may do, kept as one document.

use serde::{Deserialize, Serialize};

use super::counters::touch_cache;
use super::roles::Scope;
use super::{Conn, Error, Tx, settings};

/// The setting that holds the document.
const SCHEME: &str = "scheme";

/// What a role is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDefinition {
    /// Where it is held.
    pub scope: Scope,
    /// Its name in tokens and commands.
    pub name: String,
    /// Its name as people see it.
    pub title: String,
    /// What it allows: names of permissions, or patterns such as `team.*`, `*.read` and `*`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Roles of the same scope that come with it.
    #[serde(default)]
    pub implies: Vec<String>,
    /// Who holds it holds no other exclusive role of the same scope.
    #[serde(default)]
    pub exclusive: bool,
    /// Roles that its holder may give to accounts that they make; `*` is every role.
    #[serde(default)]
    pub may_create_as: Vec<String>,
    /// Roles that its holder may give to and take from others; `*` is every role.
    #[serde(default)]
    pub may_change_role: Vec<String>,
    /// The password of its holder is reset on the host alone.
    #[serde(default)]
    pub host_only_reset: bool,
}

/// Which rules new passwords follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPreset {
    /// Twelve characters that are hard to guess.
    #[default]
    Default,
    /// Eight characters with a lower-case letter, an upper-case letter and a digit.
    Harbor,
}

/// A scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Its name in commands.
    pub name: String,
    /// Its name as people see it.
    pub title: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// The role that everybody holds; an exclusive one only while they hold no other exclusive role.
    #[serde(default)]
    pub default_role: Option<String>,
    /// The role of who makes a team.
    pub team_owner_role: String,
    /// The role of who joins a team and is given no other.
    pub team_member_role: String,
    /// The rules for new passwords.
    #[serde(default)]
    pub passwords: PasswordPreset,
    /// Whether administrators type passwords for others; elsewhere they hand over links.
    #[serde(default)]
    pub typed_passwords: bool,
    /// After how many days without being seen an active account is dormant.
    pub dormant_after_days: u32,
    /// The marks that user names and group names may have between letters and digits.
    #[serde(default = "name_marks")]
    pub name_marks: String,
    /// User names and group names that nobody may take, besides those that are always reserved.
    #[serde(default)]
    pub reserved_names: Vec<String>,
    /// Every role.
    #[serde(rename = "role")]
    pub roles: Vec<RoleDefinition>,
}

fn name_marks() -> String {
    ".-".to_owned()
}

/// The stored document, if one was applied.
///
/// # Errors
/// When the database fails.
pub(super) async fn get(conn: &mut Conn) -> Result<Option<Scheme>, Error> {
    let Some(text) = settings::get(conn, SCHEME).await? else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| Error::Decode(error.into()))
}

/// Stores the document.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, scheme: &Scheme) -> Result<(), Error> {
    touch_cache(tx).await?;
    let text = serde_json::to_string(scheme).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, SCHEME, &text).await
}
