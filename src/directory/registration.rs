//! Registration.

use super::accounts::{AccountSummary, NewAccount};
use super::{Change, ChangeContext, Failure, Preparation, names};
use crate::model::account::Status;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::{Conn, instance};

/// Whether registration is open to everybody.
#[must_use]
pub const fn is_open(instance: &InstanceSettings) -> bool {
    matches!(instance.registration, Registration::Open | Registration::Approval)
}

/// Creates an account for a visitor, active or pending approval, according to the current settings.
pub struct Register {
    /// The input for the account, which gets only the default role and an unverified address.
    pub new: NewAccount,
}

impl Change for Register {
    type Output = AccountSummary;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        // Checked before hashing, so that a refused registration costs little, and again in the transaction.
        let mut reader = preparation.reader().await?;
        status_of(reader.conn(), self.new.email.as_deref()).await?;
        drop(reader);
        self.new.role = None;
        self.new.email_verified = false;
        self.new.prepare(preparation).await
    }

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<AccountSummary, Failure> {
        let status = status_of(context.tx(), self.new.email.as_deref()).await?;
        Ok(self.new.insert(context, status).await?.into())
    }
}

/// The status of an account that registers with this address now.
async fn status_of(conn: &mut Conn, address: Option<&str>) -> Result<Status, Failure> {
    let instance = instance::get(conn).await?;
    let status = match instance.registration {
        Registration::Open => Status::Active,
        Registration::Approval => Status::Pending,
        Registration::Closed | Registration::Invite => return Err(Code::RegistrationClosed.into()),
    };
    let domain = address
        .and_then(|address| address.rsplit_once('@'))
        .map(|(_, domain)| names::key(domain));
    let is_allowed = |domain: &String| instance.domains.iter().any(|other| names::key(other) == *domain);
    if !instance.domains.is_empty() && !domain.is_some_and(|domain| is_allowed(&domain)) {
        let refusal = Code::DomainNotAllowed.at("email");
        return Err(refusal.with("domains", instance.domains.join(" or ")).into());
    }
    Ok(status)
}
