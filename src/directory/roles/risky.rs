//! Who holds a role with which they could gain permissions that they were not granted.

use serde::Serialize;

use crate::directory::{Failure, ReadContext, operation};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::store::{Error, roles};

/// Somebody with a role that escalates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskyHolder {
    /// The username.
    pub username: String,
    /// The role.
    pub role: String,
    /// The app that the role is for; empty for a role on the instance.
    pub app: String,
}

/// Whether the holder of a role could gain permissions that they were not granted, by a permission that we enforce or
/// by what the scheme says about the role.
#[must_use]
pub fn escalates(scheme: &Scheme, level: RoleLevel, role: &str) -> bool {
    let permissions = scheme.permissions_of(level, role);
    let held = scheme.with_implied(level, &[role.to_owned()].into());
    permissions.enforced().any(Permission::escalates) || held.iter().any(|one| one.escalates)
}

operation! {
    /// Lists who holds a role on the instance or for an app with which they could gain permissions that they were not
    /// granted, by username.
    read ListRiskyHolders -> Vec<RiskyHolder>, requires AccountRead;
}

impl ListRiskyHolders {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<RiskyHolder>, Failure> {
        let now = context.now;
        let scheme = context.scheme.clone();
        let mut holders = of_grants(context, &scheme).await?;
        let top = scheme.top_role();
        // Members of the root team hold the top role without a grant.
        for account in roles::holders(context.conn(), top, now).await? {
            holders.push(RiskyHolder {
                username: account.username,
                role: top.to_owned(),
                app: String::new(),
            });
        }
        holders.sort_unstable_by(|a, b| (&a.username, &a.app, &a.role).cmp(&(&b.username, &b.app, &b.role)));
        holders.dedup();
        Ok(holders)
    }
}

async fn of_grants(context: &mut ReadContext<'_>, scheme: &Scheme) -> Result<Vec<RiskyHolder>, Error> {
    let now = context.now;
    let granted = roles::granted_to_all(context.conn(), now).await?.into_iter();
    let risky = granted.filter(|(_, level, role, _)| escalates(scheme, *level, role));
    let holder = |(username, _, role, app)| RiskyHolder { username, role, app };
    Ok(risky.map(holder).collect())
}
