//! Registration.

use super::accounts::{AccountSummary, NewAccount};
use super::email_proof_mail::mail_proof;
use super::{ChangeContext, Failure, Preparation, names, operation};
use crate::model::account::Status;
use crate::model::refusal::Code;
use crate::model::settings::{InstanceSettings, Registration};
use crate::store::{Conn, accounts, instance};

/// Whether registration is open to everybody.
#[must_use]
pub const fn is_open(instance: &InstanceSettings) -> bool {
    matches!(instance.registration, Registration::Open | Registration::Approval)
}

operation! {
    /// Creates an account for a visitor, active or pending approval, according to the current settings. It gets only
    /// the default role and an unverified address, which is mailed a link that proves it. Registrations are counted per
    /// client network.
    change Register { new: NewAccount, network: String } -> AccountSummary, prepared by check_and_hash;
}

impl Register {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        // Checked before hashing, so that a refused registration costs little, and again in the transaction.
        let mut reader = preparation.reader().await?;
        let own_check = status_of(reader.conn(), self.new.email.as_deref()).await;
        drop(reader);
        self.new.role = None;
        self.new.email_verified = false;
        self.new.prepare(preparation, own_check.map(|_| ())).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<AccountSummary, Failure> {
        let address = self.new.email.clone();
        let status = status_of(context.tx(), address.as_deref()).await?;
        let account = self.new.insert(context, status).await?;
        if let Some(address) = address {
            mail_proof(context, &account, &address).await?;
        }
        if account.status == Status::Pending {
            accounts::set_registered_from(context.tx(), &account.id, &self.network).await?;
        }
        Ok(account.into())
    }
}

/// The status of an account that registers with this address now.
async fn status_of(conn: &mut Conn, address: Option<&str>) -> Result<Status, Failure> {
    let instance = instance::get(conn).await?;
    if !is_open(&instance) {
        return Err(Code::RegistrationClosed.into());
    }
    status_with(&instance, address, false)
}

/// The status of a new account whose owner registers, or was invited by somebody without the right to create accounts.
/// The same rules apply to both.
///
/// # Errors
/// [`Code::DomainNotAllowed`].
pub(super) fn status_with(
    instance: &InstanceSettings,
    address: Option<&str>,
    is_proven: bool,
) -> Result<Status, Failure> {
    let status = match instance.registration {
        Registration::Approval => Status::Pending,
        Registration::Closed | Registration::Invite | Registration::Open => Status::Active,
    };
    if instance.domains.is_empty() {
        return Ok(status);
    }
    let domain = address
        .and_then(|address| address.rsplit_once('@'))
        .map(|(_, domain)| names::folded(domain));
    let is_allowed = |domain: &String| {
        instance
            .domains
            .iter()
            .any(|other| names::folded(other) == *domain)
    };
    if !domain.is_some_and(|domain| is_allowed(&domain)) {
        let refusal = Code::DomainNotAllowed.at("email");
        return Err(refusal.with("domains", instance.domains.join(" or ")).into());
    }
    // While nobody has proven that the address is theirs, an administrator decides.
    Ok(if is_proven { status } else { Status::Pending })
}
