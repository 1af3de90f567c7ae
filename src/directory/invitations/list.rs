//! Listing and revoking invitations.

use serde::Serialize;
use serde_json::json;

use crate::clock::Time;
use crate::directory::accounts::{RoleChoice, roles_to_create};
use crate::directory::audit::{Names, Party};
use crate::directory::listing::{Listing, one_more};
use crate::directory::{ChangeContext, Failure, ReadContext, operation};
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::invitation::InvitationState;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::store::invitations::{self, ListedInvitation};
use crate::store::teams;

/// Sorts after every id.
const NEWEST: &str = "z";

/// An invitation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvitationSummary {
    /// Its id.
    pub id: String,
    /// The invited address as entered; empty for anybody.
    pub email: String,
    /// The slug of the team that it adds to.
    pub team: Option<String>,
    /// The role that it grants; empty for the default one.
    pub role: String,
    /// Its state.
    pub state: InvitationState,
    /// Who created it.
    pub invited_by: Party,
    /// When it was created.
    pub created_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// Who accepted it.
    pub accepted_by: Option<Party>,
}

/// A page of the list of all invitations, with the roles for new ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvitationList {
    /// The invitations, the newest first.
    pub invitations: Listing<InvitationSummary>,
    /// The roles with which the actor may invite, without the default one.
    pub roles: Vec<RoleChoice>,
}

operation! {
    /// Lists all invitations, the newest first.
    read ListInvitations {
        /// The last id of the previous page; `None` for the first page.
        before: Option<String>,
        limit: u16,
    } -> InvitationList, requires AccountCreate;
}

impl ListInvitations {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<InvitationList, Failure> {
        let now = context.now;
        let before = self.before.as_deref().unwrap_or(NEWEST);
        let rows = invitations::page(context.conn(), before, one_more(self.limit)).await?;
        let inviters = rows.iter().map(|row| row.invitation.invited_by.as_str());
        let accepted = rows.iter().filter_map(|row| row.invitation.accepted_by.as_ref());
        let ids = inviters.chain(accepted.map(AccountId::as_str)).collect();
        let names = Names::of(context.conn(), ids).await?;
        let summaries = rows
            .into_iter()
            .map(|row| InvitationSummary::new(row, &names, now));
        Ok(InvitationList {
            invitations: Listing::of(summaries.collect(), self.limit),
            roles: roles_to_create(context),
        })
    }
}

impl InvitationSummary {
    fn new(listed: ListedInvitation, names: &Names, now: Time) -> Self {
        let row = listed.invitation;
        Self {
            state: InvitationState::of(row.accepted_by.is_some(), row.ended_at, row.expires_at, now),
            invited_by: names.party(row.invited_by),
            accepted_by: row.accepted_by.map(|id| names.party(id.0)),
            id: row.id,
            email: row.email,
            team: listed.team,
            role: row.role,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

operation! {
    /// Revokes a pending invitation and returns the invited address, which is empty for anybody.
    change RevokeInvitation { id: String } -> String;
}

impl RevokeInvitation {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<String, Failure> {
        let found = invitations::by_id(context.tx(), &self.id).await?;
        let invitation = found.ok_or(Code::InvitationNotFound)?;
        let team = match &invitation.team_id {
            Some(team) => teams::by_id(context.tx(), team).await?,
            None => None,
        };
        match &team {
            Some(team) => {
                context
                    .authorization
                    .require_in_team(team, Permission::TeamInvite)?;
                context.authorization.require_for_root(team, &context.scheme)?;
            }
            None => context.require(Permission::AccountCreate)?,
        }
        let (tx, now) = context.tx_now();
        if !invitations::end(tx, &self.id, None, now).await? {
            return Err(Code::InvitationEnded.into());
        }
        let detail = json!({ "email": invitation.email });
        context
            .record(Action::InvitationRevoke, &self.id, &detail)
            .await?;
        Ok(invitation.email)
    }
}
