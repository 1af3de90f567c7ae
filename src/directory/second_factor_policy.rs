//! Who must have a second factor: by the settings of the instance, the roles of the scheme, and their teams and groups.
//! The strictest rule counts. What an app requires, it requires only of those who sign in to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::authority::Authority;
use super::{ChangeContext, Failure, groups, operation, schemes, teams};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::second_factor::{RequiredBy, Requirement};
use crate::model::settings::{InstanceSettings, SecondFactorFor, SecondFactorKinds};
use crate::oidc::session_start::Required;
use crate::store::{Conn, Db, Error, passkeys, second_factor_policies};

/// What an account needs besides a password to sign in now; `by_app` if the app that it signs in to requires a second
/// factor.
pub async fn required(db: &Db, account: &AccountId, by_app: bool, now: Time) -> Result<Required, Error> {
    let (scheme, settings) = (schemes::active(db).await?, db.instance().await?);
    let mut conn = db.read().await?;
    if by_app {
        return of_kinds(&mut conn, &settings, account).await;
    }
    required_in(&mut conn, &scheme, &settings, account, now).await
}

/// As [`required`], in a transaction.
pub(super) async fn required_in(
    conn: &mut Conn,
    scheme: &Arc<Scheme>,
    settings: &InstanceSettings,
    account: &AccountId,
    now: Time,
) -> Result<Required, Error> {
    let authority = Authority::load(conn, scheme.clone(), account, now).await?;
    let all = requirements(conn, settings, &authority, now).await?;
    if all.iter().any(|one| one.begins_at <= now) {
        return of_kinds(conn, settings, account).await;
    }
    Ok(Required::Nothing)
}

/// What counts as the second factor of an account that needs one.
async fn of_kinds(
    conn: &mut Conn,
    settings: &InstanceSettings,
    account: &AccountId,
) -> Result<Required, Error> {
    Ok(match settings.second_factor_kinds {
        SecondFactorKinds::Any => Required::SecondFactor,
        SecondFactorKinds::Passkeys => Required::Passkey {
            held: !passkeys::of_account(conn, account).await?.is_empty(),
        },
    })
}

/// The rules that require a second factor of whoever has this authority, in the order in which they begin.
pub(super) async fn requirements(
    conn: &mut Conn,
    settings: &InstanceSettings,
    authority: &Authority,
    now: Time,
) -> Result<Vec<Requirement>, Error> {
    let (teams, groups) = second_factor_policies::of_account(conn, &authority.account, now).await?;
    let passkey = settings.second_factor_kinds == SecondFactorKinds::Passkeys;
    let require = |by: RequiredBy, begins_at| Requirement {
        by,
        begins_at,
        passkey,
    };
    let mut all: Vec<_> = strict_roles(authority)
        .map(|role| require(RequiredBy::Role(role), Time(0)))
        .collect();
    all.extend(of_instance(settings, authority).map(|from| require(RequiredBy::Instance, from)));
    all.extend(
        teams
            .into_iter()
            .map(|(name, from)| require(RequiredBy::Team(name), from)),
    );
    all.extend(
        groups
            .into_iter()
            .map(|(name, from)| require(RequiredBy::Group(name), from)),
    );
    all.sort_by_key(|one| one.begins_at);
    Ok(all)
}

/// The titles of the roles that require it.
fn strict_roles(authority: &Authority) -> impl Iterator<Item = String> {
    let roles = authority.roles.iter();
    let definitions = roles.filter_map(|role| authority.scheme().role(RoleLevel::Instance, role));
    definitions
        .filter(|role| role.second_factor)
        .map(|role| role.title.clone())
}

fn of_instance(settings: &InstanceSettings, authority: &Authority) -> Option<Time> {
    let applies = match settings.second_factor {
        SecondFactorFor::Nobody => false,
        SecondFactorFor::Staff => authority.is_staff(),
        SecondFactorFor::Everybody => true,
    };
    applies.then(|| settings.second_factor_from.unwrap_or(Time(0)))
}

/// The longest time until a second factor is required, in days.
const MAX_GRACE: u32 = 90;

/// When a requirement begins that is made now with this many days of grace.
///
/// # Errors
/// [`Code::OutOfRange`].
pub(super) fn after_grace(days: u32, now: Time) -> Result<Time, Failure> {
    if days > MAX_GRACE {
        let range = Code::OutOfRange.at("days").with("min", "0");
        return Err(range.with("max", MAX_GRACE.to_string()).into());
    }
    Ok(now + Duration::from_hours(24) * days)
}

/// When the members of a team or a group must have a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// They need none.
    Never,
    /// In this many days, 0 to 90.
    InDays(u32),
    /// As it is set.
    AsSet,
}

impl Beginning {
    fn after(self, set: Option<Time>, now: Time) -> Result<Option<Time>, Failure> {
        match self {
            Self::Never => Ok(None),
            Self::InDays(days) => after_grace(days, now).map(Some),
            Self::AsSet => Ok(set),
        }
    }
}

operation! {
    /// Starts or stops requiring a second factor of the members of a team.
    change SetTeamSecondFactor {
        team: teams::TeamRef,
        begins: Beginning,
    } -> ();
}

impl SetTeamSecondFactor {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let team = teams::existing(context.tx(), &self.team).await?;
        let authorization = &context.authorization;
        authorization.require_in_team(&team, Permission::TeamUpdate)?;
        authorization.require_for_root(&team, &context.scheme)?;
        let before = second_factor_policies::of_team(context.tx(), &team.id).await?;
        let from = self.begins.after(before, context.now)?;
        second_factor_policies::set_of_team(context.tx(), &team.id, from).await?;
        let detail = json!({ "before": before, "after": from });
        context
            .record(Action::TeamSecondFactor, team.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Starts or stops requiring a second factor of the members of a group and of the groups inside it.
    change SetGroupSecondFactor {
        group: groups::GroupRef,
        begins: Beginning,
    } -> ();
}

impl SetGroupSecondFactor {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let group = groups::group_for_change(context, &self.group).await?;
        let before = second_factor_policies::of_group(context.tx(), &group.id).await?;
        let from = self.begins.after(before, context.now)?;
        second_factor_policies::set_of_group(context.tx(), &group.id, from).await?;
        let detail = json!({ "before": before, "after": from });
        context
            .record(Action::GroupSecondFactor, group.id.as_str(), &detail)
            .await
    }
}
