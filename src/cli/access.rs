//! `doorward apps access` and `doorward explain`: who may sign in to an app, and why.

use clap::Args;
use serde_json::json;

use super::host::{Host, Operations};
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{ExplainAccess, FindAccessRule, GetClient, SetAccessRule};
use crate::directory::groups::GroupRef;
use crate::directory::teams::TeamRef;
use crate::model::ClientId;
use crate::model::access::AccessRule;
use crate::words;

/// Who may sign in.
#[derive(Debug, Default, Args)]
pub(super) struct Access {
    /// Let in everyone.
    #[arg(long)]
    everyone: bool,
    /// Let in the members of this group and of the groups inside it; may be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Let in the members of this team, by its slug; may be repeated.
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
    /// Let in whoever has this role, such as admin, or app:editor for a role for the app; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

impl Access {
    const fn is_empty(&self) -> bool {
        !self.everyone && self.groups.is_empty() && self.teams.is_empty() && self.roles.is_empty()
    }

    /// The rule, with the ids of what is named.
    pub(super) async fn find(self, operations: &Operations) -> anyhow::Result<AccessRule> {
        let rule = FindAccessRule {
            everyone: self.everyone,
            groups: self.groups.into_iter().map(GroupRef::Name).collect(),
            teams: self.teams.into_iter().map(TeamRef::Slug).collect(),
            roles: self.roles,
        };
        operations.read(rule).await
    }
}

/// Who may sign in to a new app, and the team that owns it.
#[derive(Debug, Default, Args)]
pub(super) struct NewAppAccess {
    #[command(flatten)]
    pub(super) access: Access,
    /// The team that owns the app, by its slug; only its members can sign in. By default it belongs to the instance.
    #[arg(long = "owner", value_name = "TEAM")]
    owner: Option<String>,
}

impl NewAppAccess {
    /// The rule, with the ids of what is named, and the team.
    pub(super) async fn find(self, operations: &Operations) -> anyhow::Result<(AccessRule, Option<TeamRef>)> {
        Ok((self.access.find(operations).await?, self.owner.map(TeamRef::Slug)))
    }
}

#[derive(Debug, Args)]
pub(super) struct SetAccess {
    /// The app's client ID.
    client_id: String,
    #[command(flatten)]
    access: Access,
    /// Let in nobody.
    #[arg(long, conflicts_with_all = ["everyone", "groups", "teams", "roles"])]
    nobody: bool,
}

/// Changes who may sign in to an app, if anybody is named, and prints it.
pub(super) async fn set(host: &Host, operations: &Operations, set: SetAccess) -> anyhow::Result<()> {
    let id = ClientId(set.client_id);
    if set.nobody || !set.access.is_empty() {
        let rule = set.access.find(operations).await?;
        operations.change(SetAccessRule { id: id.clone(), rule }).await?;
    }
    let app = operations.read(GetClient { id: id.clone() }).await?;
    host.print(
        &format!("{} lets in {}.", app.name, words::access_rule(&app.access)),
        &json!({ "client_id": id, "access": app.access }),
    );
    Ok(())
}

/// What to tell about a new app that lets in nobody yet.
pub(super) fn hint(id: &ClientId, rule: &AccessRule) -> Option<String> {
    rule.is_closed().then(|| {
        format!(
            "Nobody may sign in to it yet. This lets in everyone: doorward apps access {id} --everyone\nThis lets in a \
             group: doorward apps access {id} --group NAME"
        )
    })
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The account's username, e-mail address, number or id.
    account: String,
    /// The app's client ID.
    client_id: String,
}

/// Prints whether somebody may sign in to an app, and why.
pub(super) async fn explain(host: &Host, operations: &Operations, ask: Explain) -> anyhow::Result<()> {
    let explained = operations
        .read(ExplainAccess {
            account: AccountRef::Any(ask.account),
            app: ClientId(ask.client_id),
        })
        .await?;
    let sentence = words::access_explained(
        &explained.account.username,
        &explained.app,
        explained.allowed,
        &explained.reasons,
    );
    host.print(&sentence, &serde_json::to_value(&explained)?);
    Ok(())
}
