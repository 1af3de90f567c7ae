//! The permissions that the provider enforces, and the roles an instance begins with.

use crate::clock::Time;
use crate::store::roles::{Scope, define};
use crate::store::{Error, Tx};

/// Holds every permission.
pub const TOP_ROLE: &str = "owner";
/// May do everything in a team.
pub const TEAM_ADMIN: &str = "admin";
/// Belongs to a team.
pub const TEAM_MEMBER: &str = "member";

/// Defines the roles that every instance begins with.
///
/// # Errors
/// When the database fails.
pub async fn define_defaults(tx: &mut Tx, now: Time) -> Result<(), Error> {
    define(tx, Scope::Instance, TOP_ROLE, &["*"], now).await?;
    define(tx, Scope::Team, TEAM_ADMIN, &["team.*"], now).await?;
    define(tx, Scope::Team, TEAM_MEMBER, &["team.read"], now).await
}
