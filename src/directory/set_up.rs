//! Setting up an instance: account 0 with the top role and team 0, in one transaction that succeeds only
//! once.

use serde_json::json;

use super::accounts::{AccountSummary, NewAccount};
use super::{Authorization, Caller, Change, ChangeContext, Failure, Preparation};
use crate::model::TeamId;
use crate::model::account::Status;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::model::team::TeamKind;
use crate::store::{Conn, accounts, counters, instance, teams};

/// The maximum length of an organisation's name.
const LONGEST_NAME: usize = 100;

/// Creates the first account if there is none, and sets the organisation's name.
pub struct SetUpInstance {
    /// The name of the organisation.
    pub organisation: String,
    /// The input for the account.
    pub new: NewAccount,
}

impl Change for SetUpInstance {
    type Output = AccountSummary;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        require_set_up(reader.caller())?;
        ensure_not_set_up(reader.conn()).await?;
        drop(reader);
        self.organisation = String::from(self.organisation.trim());
        if self.organisation.is_empty() || self.organisation.chars().count() > LONGEST_NAME {
            let refusal = Code::OrganisationLength.at("organisation");
            return Err(refusal.with("max", LONGEST_NAME.to_string()).into());
        }
        self.new.prepare(preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<AccountSummary, Failure> {
        require_set_up(context)?;
        // A concurrent set-up waits here, and then finds the first one's account.
        counters::next(context.tx(), "set-up").await?;
        ensure_not_set_up(context.tx()).await?;
        let scheme = context.scheme.clone();
        let (tx, now) = context.tx_now();
        let team = TeamId::new(now);
        teams::insert(tx, &team, "root-team", "Root team", TeamKind::Root, now).await?;
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
