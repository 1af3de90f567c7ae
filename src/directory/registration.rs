//! People who register by themselves.

use super::accounts::{AccountSummary, NewAccount};
use super::{Change, ChangeContext, Failure, Preparation, names};
use crate::model::account::Status;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::{Conn, instance};

/// Whether anybody may register.
#[must_use]
pub const fn is_open(instance: &InstanceSettings) -> bool {
    matches!(instance.registration, Registration::Open | Registration::Approval)
}

/// Creates an account for whoever asks, active or pending, as the settings say at that moment.
#[derive(Clone, Debug)]
pub struct Register {
    /// What the account is created from; it has no role but the default one, and its address is not verified.
    pub new: NewAccount,
}

impl Change for Register {
    type Answer = AccountSummary;

    async fn prepare(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        // Asked before hashing, so that a closed door costs nothing; and again where it counts.
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

/// The status of who registers with this address.
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
