//! What an administrator changes at run time, one document among the settings.

use serde::{Deserialize, Serialize};

use super::counters::touch_cache;
use super::values::text_enum;
use super::{Conn, Error, Tx, settings};

/// The setting that holds the document.
const INSTANCE: &str = "instance";

text_enum! {
    /// Who may come by an account without an administrator.
    Registration {
        /// Nobody. Who may add accounts can still invite.
        Closed = "closed",
        /// Whoever holds an invitation, from anybody who may invite.
        Invite = "invite",
        /// Anybody may ask for one; it is of use once an administrator has approved.
        Approval = "approval",
        /// Anybody.
        Open = "open",
    }
}

/// The settings of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Counts the changes, so that a form that was opened before the last one is noticed.
    pub revision: i64,
    /// Whose sign-in this is.
    pub organisation: String,
    /// The accent colour, written `#rrggbb`, if it is not the built-in one.
    pub accent: Option<String>,
    /// Who may register.
    pub registration: Registration,
    /// The domains that an address must have to register; any when there is none.
    pub domains: Vec<String>,
    /// For how many days an invitation can be accepted.
    pub invitation_days: u32,
    /// Whether personal teams stand in tokens and lists.
    pub personal_teams: bool,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            revision: 0,
            organisation: "Doorward".to_owned(),
            accent: None,
            registration: Registration::Closed,
            domains: Vec::new(),
            invitation_days: 7,
            personal_teams: true,
        }
    }
}

/// The stored document; the default one while none is stored.
///
/// # Errors
/// When the database fails or what it holds is no such document.
pub async fn get(conn: &mut Conn) -> Result<Instance, Error> {
    let Some(text) = settings::get(conn, INSTANCE).await? else {
        return Ok(Instance::default());
    };
    serde_json::from_str(&text).map_err(|error| Error::Decode(error.into()))
}

/// Stores the document.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, instance: &Instance) -> Result<(), Error> {
    touch_cache(tx).await?;
    let text = serde_json::to_string(instance).map_err(|error| Error::Encode(error.into()))?;
    settings::set(tx, INSTANCE, &text).await
}
