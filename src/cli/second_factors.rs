//! `second-factor` of teams, groups and apps: who needs a second factor.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::host::{Host, Operations};
use crate::directory::clients::SetAppSecondFactor;
use crate::directory::groups::GroupRef;
use crate::directory::second_factor_policy::{Beginning, SetGroupSecondFactor, SetTeamSecondFactor};
use crate::directory::teams::TeamRef;
use crate::model::ClientId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Need {
    /// A second factor is required.
    Required,
    /// It is up to each person.
    Optional,
}

/// Whether the members of a team or a group need a second factor.
#[derive(Debug, Args)]
pub(super) struct OfMembers {
    /// The team's slug, or the name of the group.
    name: String,
    need: Need,
    /// The number of days until they must have it; until then they can sign in without it.
    #[arg(long, default_value_t = 0)]
    days: u32,
}

impl OfMembers {
    const fn begins(&self) -> Beginning {
        match self.need {
            Need::Required => Beginning::InDays(self.days),
            Need::Optional => Beginning::Never,
        }
    }

    fn printed(self) -> (String, Value) {
        let sentence = match self.need {
            Need::Required if self.days == 0 => format!("The members of {} need a second factor.", self.name),
            Need::Required => format!(
                "The members of {} need a second factor in {} days.",
                self.name, self.days
            ),
            Need::Optional => format!("{} requires no second factor of its members.", self.name),
        };
        let value = json!({ "name": self.name, "required": self.need == Need::Required, "days": self.days });
        (sentence, value)
    }
}

pub(super) async fn of_team(operations: &Operations, set: OfMembers) -> anyhow::Result<(String, Value)> {
    let team = TeamRef::Slug(set.name.clone());
    let begins = set.begins();
    operations.change(SetTeamSecondFactor { team, begins }).await?;
    Ok(set.printed())
}

pub(super) async fn of_group(operations: &Operations, set: OfMembers) -> anyhow::Result<(String, Value)> {
    let group = GroupRef::Name(set.name.clone());
    let begins = set.begins();
    operations.change(SetGroupSecondFactor { group, begins }).await?;
    Ok(set.printed())
}

/// Whether an app requires a second factor.
#[derive(Debug, Args)]
pub(super) struct OfApp {
    /// The app's client ID.
    client_id: String,
    need: Need,
}

pub(super) async fn of_app(host: &Host, operations: &Operations, set: OfApp) -> anyhow::Result<()> {
    let (id, required) = (ClientId(set.client_id), set.need == Need::Required);
    let change = SetAppSecondFactor {
        id: id.clone(),
        required,
    };
    operations.change(change).await?;
    let sentence = if required {
        format!("Whoever signs in to {id} needs a second factor.")
    } else {
        format!("{id} requires no second factor.")
    };
    host.print(&sentence, &json!({ "client_id": id, "required": required }));
    Ok(())
}
