//! Applying a scheme: planning its effect on the roles that people hold, and doing it in one transaction.

use serde_json::json;

use super::built_in::active_in;
use super::rules;
use crate::directory::roles::settle_exclusive;
use crate::directory::{ChangeContext, Failure, ReadContext, operation, revocation};
use crate::model::action::Action;
use crate::model::role::RoleLevel;
use crate::model::scheme::{Scheme, SchemeStep};
use crate::store::{accounts, counters, roles, schemes, sessions, shared_roles, teams};

operation! {
    /// Lists what applying a scheme would do to the roles that people hold.
    read PlanScheme { scheme: Scheme } -> Vec<SchemeStep>, requires RoleDefine;
}

impl PlanScheme {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<SchemeStep>, Failure> {
        rules::validate(&self.scheme)?;
        let now = context.now;
        let counts = roles::counts(context.conn(), now).await?;
        Ok(steps(&context.scheme, &self.scheme, counts))
    }
}

operation! {
    /// Applies a scheme to the instance; yields what that did to the roles that people held.
    change ApplyScheme { scheme: Scheme } -> Vec<SchemeStep>, requires RoleDefine;
}

impl ApplyScheme {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Vec<SchemeStep>, Failure> {
        let new = self.scheme;
        rules::validate(&new)?;
        // Not by `SERIALIZES_OWNERS`, which would check for the top role of the old scheme.
        counters::next(context.tx(), counters::OWNERS).await?;
        let old = active_in(context.tx()).await?;
        let now = context.now;
        let steps = steps(&old, &new, roles::counts(context.tx(), now).await?);
        // Revoked first, since a revoked role may have the name that another role gets.
        let (ending, others): (Vec<_>, Vec<_>) = steps
            .iter()
            .partition(|step| matches!(step, SchemeStep::Revoke { .. }));
        for step in ending.into_iter().chain(others) {
            apply(context, step).await?;
        }
        settle_exclusive(context.tx(), &new, now).await?;
        // Whoever still may begins again.
        for actor in sessions::acting_accounts(context.tx()).await? {
            revocation::end_acting(context.tx_now(), &actor).await?;
        }
        schemes::set(context.tx(), &new).await?;
        if accounts::any(context.tx()).await? {
            context.ensure_owner_in(&new).await?;
        }
        let detail = json!({ "before": old.name, "after": new.name, "steps": steps });
        context.record(Action::SchemeApply, &new.name, &detail).await?;
        Ok(steps)
    }
}

async fn apply(context: &mut ChangeContext<'_>, step: &SchemeStep) -> Result<(), Failure> {
    let tx = context.tx();
    match step {
        SchemeStep::Revoke { level, role, .. } => {
            roles::revoke_from_all(tx, *level, role).await?;
            if *level == RoleLevel::App {
                shared_roles::delete_role(tx, role).await?;
            }
        }
        SchemeStep::Replace {
            level: RoleLevel::Team,
            from,
            to,
            ..
        } => teams::rename_role(tx, from, to).await?,
        SchemeStep::Replace { level, from, to, .. } => {
            roles::rename(tx, *level, from, to).await?;
            if *level == RoleLevel::App {
                shared_roles::rename(tx, from, to).await?;
            }
        }
    }
    Ok(())
}

/// The role that replaces one that people hold; `None` if it is revoked.
fn successor(old: &Scheme, new: &Scheme, level: RoleLevel, role: &str) -> Option<String> {
    if level == RoleLevel::Instance && role == old.top_role() {
        return Some(new.top_role().to_owned());
    }
    // A role must not become the top role only because the new scheme's top role has its name.
    let same = new.role(level, role).is_some() && !(level == RoleLevel::Instance && role == new.top_role());
    if same {
        return Some(role.to_owned());
    }
    (level == RoleLevel::Team).then(|| {
        let is_owner =
            role == old.team_owner_role || old.permissions_of(RoleLevel::Team, role).is_everything();
        let replacement = if is_owner {
            &new.team_owner_role
        } else {
            &new.team_member_role
        };
        replacement.clone()
    })
}

fn steps(old: &Scheme, new: &Scheme, counts: Vec<(RoleLevel, String, i64)>) -> Vec<SchemeStep> {
    let held = counts.into_iter().filter(|(_, _, people)| *people > 0);
    held.filter_map(|(level, from, people)| match successor(old, new, level, &from) {
        Some(to) if to == from => None,
        Some(to) => Some(SchemeStep::Replace {
            level,
            from,
            to,
            people,
        }),
        None => Some(SchemeStep::Revoke {
            level,
            role: from,
            people,
        }),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::schemes::built_in;

    fn scheme(name: &str) -> &'static Scheme {
        built_in().iter().find(|scheme| scheme.name == name).unwrap()
    }

    /// The steps for these roles, each of which two people hold.
    fn planned(from: &str, to: &str, held: &[(RoleLevel, &str)]) -> Vec<SchemeStep> {
        let counts = held
            .iter()
            .map(|(level, role)| (*level, (*role).to_owned(), 2))
            .collect();
        steps(scheme(from), scheme(to), counts)
    }

    fn replaced(level: RoleLevel, from: &str, to: &str) -> SchemeStep {
        SchemeStep::Replace {
            level,
            from: from.into(),
            to: to.into(),
            people: 2,
        }
    }

    fn revoked(role: &str) -> SchemeStep {
        SchemeStep::Revoke {
            level: RoleLevel::Instance,
            role: role.into(),
            people: 2,
        }
    }

    #[test]
    fn the_top_role_follows_the_top_role_and_nothing_else_becomes_it() {
        let held = [
            (RoleLevel::Instance, "owner"),
            (RoleLevel::Instance, "admin"),
            (RoleLevel::Instance, "auditor"),
        ];
        assert_eq!(planned("default", "coder", &held), [revoked("admin")]);
        assert_eq!(
            planned("default", "pipeline", &held),
            [replaced(RoleLevel::Instance, "owner", "root"), revoked("auditor")]
        );
    }

    #[test]
    fn team_roles_become_the_one_of_owners_or_the_one_of_members() {
        assert_eq!(
            planned(
                "coolify",
                "default",
                &[(RoleLevel::Team, "admin"), (RoleLevel::Team, "read")]
            ),
            [replaced(RoleLevel::Team, "read", "member")]
        );
    }
}
