//! Setting up an instance: account 0 with the top role and team 0, in one transaction that succeeds only
//! once.

use serde_json::json;

use super::accounts::{AccountSummary, NewAccount};
use super::{Authorization, Caller, ChangeContext, Failure, Preparation, operation};
use crate::model::TeamId;
use crate::model::account::Status;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::model::team::TeamKind;
use crate::store::{Conn, accounts, counters, instance, teams};

/// The maximum length of an organisation's name.
const MAX_NAME_LENGTH: usize = 100;

operation! {
    /// Creates the first account if there is none, and sets the organisation's name.
    change SetUpInstance { organisation: String, new: NewAccount } -> AccountSummary, prepared by check_and_hash;
}

impl SetUpInstance {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        require_set_up(reader.caller())?;
        ensure_not_set_up(reader.conn()).await?;
        drop(reader);
        self.organisation = String::from(self.organisation.trim());
        let is_long = self.organisation.chars().count() > MAX_NAME_LENGTH;
        let own_check = if self.organisation.is_empty() || is_long {
            let refusal = Code::OrganisationLength.at("organisation");
            Err(refusal.with("max", MAX_NAME_LENGTH.to_string()).into())
        } else {
            Ok(())
        };
        self.new.prepare(preparation, own_check).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountSummary, Failure> {
        require_set_up(context)?;
        // A concurrent set-up waits here, and then finds the first one's account.
        counters::next(context.tx(), "set-up").await?;
        ensure_not_set_up(context.tx()).await?;
        let scheme = context.scheme.clone();
        let (tx, now) = context.tx_now();
        let team = TeamId::new(now);
        teams::insert(tx, &team, "root-team", "Root team", TeamKind::Root, None, now).await?;
        let account = self.new.insert(context, Status::Active).await?;
        // The root team grants the top role.
        let (tx, now) = context.tx_now();
        teams::add_member(tx, &team, &account.id, &scheme.team_owner_role, None, now).await?;
        let settings = InstanceSettings {
            organisation: self.organisation.clone(),
            registration: Registration::Closed,
            ..InstanceSettings::default()
        };
        instance::set(tx, &settings).await?;
        let detail = json!({ "organisation": self.organisation });
        context
            .record(Action::InstanceSetUp, account.id.as_str(), &detail)
            .await?;
        Ok(account.into())
    }
}

/// Requires a command on the host, or the person who sets up the instance.
fn require_set_up(caller: &Caller) -> Result<(), Failure> {
    match caller.authorization {
        Authorization::Unlimited => Ok(()),
        Authorization::None | Authorization::Account(_) => Err(Code::PermissionMissing.into()),
    }
}

async fn ensure_not_set_up(conn: &mut Conn) -> Result<(), Failure> {
    if accounts::any(conn).await? {
        return Err(Code::AlreadySetUp.into());
    }
    Ok(())
}
