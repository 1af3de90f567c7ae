//! Applying a scheme: what happens to the roles that people hold, planned first and done in one transaction.

use std::fmt;

use serde_json::json;

use super::power::{self, Power};
use super::{Actor, ChangeError, schemes};
use crate::clock::Time;
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::store::roles;
use crate::store::schemes as store;
use crate::store::{Db, Error, teams};

/// One thing that applying a scheme does to what people hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Who holds one role holds another from then on.
    Becomes {
        /// Where it is held.
        level: RoleLevel,
        /// The role now.
        from: String,
        /// The role then.
        to: String,
        /// How many people hold it.
        people: i64,
    },
    /// A role that the new scheme does not know is taken from who holds it.
    Ends {
        /// Where it is held.
        level: RoleLevel,
        /// The role.
        role: String,
        /// How many people hold it.
        people: i64,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people = |count: &i64| match count {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        };
        match self {
            Self::Becomes {
                level,
                from,
                to,
                people: count,
            } => write!(f, "{} with the {level} role {from} become {to}.", people(count)),
            Self::Ends {
                level,
                role,
                people: count,
            } => write!(f, "{} lose the {level} role {role}.", people(count)),
        }
    }
}

/// What becomes of a role that people hold.
fn fate(old: &Scheme, new: &Scheme, level: RoleLevel, role: &str) -> Option<String> {
    if level == RoleLevel::Instance && role == old.top_role() {
        return Some(new.top_role().to_owned());
    }
    // A role of the same name must not become the top role by a change of words.
    let same = new.role(level, role).is_some() && !(level == RoleLevel::Instance && role == new.top_role());
    if same {
        return Some(role.to_owned());
    }
    (level == RoleLevel::Team).then(|| {
        let is_full = old.permissions_of(RoleLevel::Team, role).is_everything();
        let heir = if is_full {
            &new.team_owner_role
        } else {
            &new.team_member_role
        };
        heir.clone()
    })
}

fn steps(old: &Scheme, new: &Scheme, counts: Vec<(RoleLevel, String, i64)>) -> Vec<Step> {
    let held = counts.into_iter().filter(|(_, _, people)| *people > 0);
    held.filter_map(|(level, from, people)| match fate(old, new, level, &from) {
        Some(to) if to == from => None,
        Some(to) => Some(Step::Becomes {
            level,
            from,
            to,
            people,
        }),
        None => Some(Step::Ends {
            level,
            role: from,
            people,
        }),
    })
    .collect()
}

/// What applying a scheme would do to what people hold.
///
/// # Errors
/// When the database fails.
pub async fn plan(db: &Db, new: &Scheme, now: Time) -> Result<Vec<Step>, Error> {
    let old = schemes::active(db).await?;
    let counts = roles::counts(&mut db.read().await?, now).await?;
    Ok(steps(&old, new, counts))
}

/// Applies a scheme.
///
/// # Errors
/// When the actor may not, or nobody would hold the top role any more.
pub async fn apply(db: &Db, actor: Actor, new: Scheme, now: Time) -> Result<(), ChangeError> {
    let faults = schemes::faults(&new);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let old = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            Power::of(&actor, tx, &old, now)
                .await?
                .require(Permission::RoleDefine)?;
            let steps = steps(&old, &new, roles::counts(tx, now).await?);
            // Names that move on to names which are held too must not meet: the top role's holders go last.
            for step in &steps {
                match step {
                    Step::Ends { level, role, .. } => roles::revoke_from_all(tx, *level, role).await?,
                    Step::Becomes {
                        level: RoleLevel::Team,
                        from,
                        to,
                        ..
                    } => teams::rename_role(tx, from, to).await?,
                    Step::Becomes { level, from, to, .. } => roles::rename(tx, *level, from, to).await?,
                }
            }
            store::set(tx, &new).await?;
            if crate::store::accounts::any(tx).await? {
                power::an_owner_remains(tx, &new).await?;
            }
            let told: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let detail = json!({ "before": old.name, "after": new.name, "steps": told });
            actor.record(tx, "scheme.apply", &new.name, &detail, now).await?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::schemes::built_in;

    fn scheme(name: &str) -> &'static Scheme {
        built_in().iter().find(|scheme| scheme.name == name).unwrap()
    }

    fn told(from: &str, to: &str, held: &[(RoleLevel, &str)]) -> Vec<String> {
        let counts = held
            .iter()
            .map(|(level, role)| (*level, (*role).to_owned(), 2))
            .collect();
        let steps = steps(scheme(from), scheme(to), counts);
        steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_top_role_follows_the_top_role_and_nothing_else_becomes_it() {
        let held = [
            (RoleLevel::Instance, "owner"),
            (RoleLevel::Instance, "admin"),
            (RoleLevel::Instance, "auditor"),
        ];
        assert_eq!(
            told("default", "coder", &held),
            ["2 people lose the instance role admin."]
        );
        assert_eq!(
            told("default", "pipeline", &held),
            [
                "2 people with the instance role owner become root.",
                "2 people lose the instance role auditor."
            ]
        );
    }

    #[test]
    fn team_roles_become_the_one_of_owners_or_the_one_of_members() {
        assert_eq!(
            told(
                "coolify",
                "default",
                &[(RoleLevel::Team, "admin"), (RoleLevel::Team, "read")]
            ),
            ["2 people with the team role read become member."]
        );
    }
}
