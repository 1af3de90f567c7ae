//! Creating accounts.

use serde::Serialize;
use serde_json::json;

use super::password::NewPassword;
use super::{AccountSummary, profile, refresh_search};
use crate::directory::{Caller, ChangeContext, Failure, Preparation, names, operation, roles, teams};
use crate::events::emit_to;
use crate::model::AccountId;
use crate::model::account::{Account, LOCAL, Profile, Status};
use crate::model::action::Action;
use crate::model::email::Email;
use crate::model::mail::Event;
use crate::model::permission::Permission;
use crate::model::refusal::{Code, Refusal};
use crate::model::scheme::Scheme;
use crate::store::{accounts, emails};

/// The input for a new account.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// The username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// The first password.
    pub password: Option<NewPassword>,
    /// A generated password, sealed by [`seal_first_password`](crate::directory::mail::seal_first_password) for the
    /// mail to its owner.
    pub mailed_password: Option<String>,
    /// The other standard claims.
    pub profile: Profile,
    /// An instance role besides the default one.
    pub role: Option<String>,
}

impl NewAccount {
    /// Checks the input and hashes the password, before the transaction. Refuses with the faults of all fields at once,
    /// including those that `own_check`, the caller's own check, has found.
    pub(in crate::directory) async fn prepare(
        &mut self,
        preparation: &Preparation<'_>,
        own_check: Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut reasons = match own_check {
            Ok(()) => Vec::new(),
            Err(Failure::Refused(found)) if found.iter().all(|reason| reason.field.is_some()) => found,
            Err(failure) => return Err(failure),
        };
        let mut reader = preparation.reader().await?;
        reasons.extend(self.refusals(&reader.caller().scheme.clone()));
        let is_named = |field| reasons.iter().any(|reason| reason.field == Some(field));
        if !is_named("username")
            && accounts::has_username(reader.conn(), &names::folded(&self.username)).await?
        {
            reasons.push(Code::Taken.at("username"));
        }
        drop(reader);
        Failure::if_any(reasons)?;
        match &mut self.password {
            Some(password) => password.hash(preparation).await,
            None => Ok(()),
        }
    }

    pub(super) fn refusals(&self, scheme: &Scheme) -> Vec<Refusal> {
        let mut reasons = Vec::new();
        let username = names::validate_username(
            "username",
            &self.username,
            &scheme.name_punctuation,
            &scheme.reserved_names,
        );
        reasons.extend(username.err());
        let email = self.email.as_deref();
        reasons.extend(email.and_then(|email| names::validate_email("email", email).err()));
        reasons.extend(profile::refusals(&self.name, &self.profile));
        if let Some(password) = &self.password {
            let own_words = [self.username.as_str(), &self.name, email.unwrap_or_default()];
            reasons.extend(password.refusals(scheme, &own_words));
        }
        reasons
    }

    /// Inserts the account, which [`NewAccount::prepare`] has checked, with this status.
    pub(in crate::directory) async fn insert(
        self,
        context: &mut ChangeContext<'_>,
        status: Status,
    ) -> Result<Account, Failure> {
        let scheme = context.scheme.clone();
        let account = self.account(context, status).await?;
        if !accounts::insert(context.tx(), &account, &names::folded(&account.username)).await? {
            return Err(Code::Taken.at("username").into());
        }
        if let Some(address) = self.email {
            add_email(context, &account.id, address, self.email_verified).await?;
        }
        if let Some(password) = &self.password {
            password.store(context, &account.id).await?;
        }
        if let Some(role) = &self.role {
            let (tx, now) = context.tx_now();
            roles::grant_in(tx, &scheme, &account.id, role, None, now).await?;
        }
        let (tx, now) = context.tx_now();
        teams::add_personal(tx, &scheme, &account, now).await?;
        refresh_search(tx, &account.id).await?;
        let detail = json!({ "username": account.username, "role": self.role, "status": status });
        context
            .record(Action::AccountCreate, account.id.as_str(), &detail)
            .await?;
        Ok(account)
    }

    async fn account(&self, context: &mut ChangeContext<'_>, status: Status) -> Result<Account, Failure> {
        let (tx, now) = context.tx_now();
        Ok(Account {
            id: AccountId::new(now),
            number: accounts::next_number(tx).await?,
            username: self.username.clone(),
            status,
            status_reason: None,
            name: self.name.clone(),
            profile: self.profile.clone(),
            created_at: now,
            updated_at: now,
            last_seen_at: None,
            deleted_at: None,
            has_second_factor: false,
            temporary_password_until: None,
            valid_from: None,
            valid_until: None,
            source: LOCAL.to_owned(),
        })
    }

    /// Requires the right to create this account.
    pub(in crate::directory) fn require(&self, caller: &Caller) -> Result<(), Failure> {
        caller.require(Permission::AccountCreate)?;
        if let Some(role) = self.role.as_ref().or(caller.scheme.default_role.as_ref()) {
            caller.authorization.require_create_as(role)?;
        }
        if self.email_verified {
            caller.require(Permission::AccountUpdate)?;
        }
        match &self.password {
            Some(password) => password.require_right(caller),
            None => Ok(()),
        }
    }
}

async fn add_email(
    context: &mut ChangeContext<'_>,
    account: &AccountId,
    address: String,
    verified: bool,
) -> Result<(), Failure> {
    let key = names::folded(&address);
    let email = Email {
        address,
        verified,
        is_primary: true,
    };
    let (tx, now) = context.tx_now();
    if emails::insert(tx, account, &email, &key, now).await? {
        return Ok(());
    }
    Err(Code::EmailTaken.at("email").into())
}

/// A new account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreatedAccount {
    /// The account.
    pub account: AccountSummary,
    /// Whether its temporary password is on its way by mail.
    pub mailed: bool,
}

operation! {
    /// Creates an account.
    change CreateAccount { new: NewAccount } -> CreatedAccount, prepared by check_and_hash;
}

impl CreateAccount {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        // Checked before hashing, so that an unauthorized request costs little, and again in the transaction.
        self.new.require(preparation.reader().await?.caller())?;
        self.new.prepare(preparation, Ok(())).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<CreatedAccount, Failure> {
        self.new.require(context)?;
        let (address, sealed) = (self.new.email.clone(), self.new.mailed_password.clone());
        let account = self.new.insert(context, Status::Active).await?;
        let mailed = match (address, sealed) {
            (Some(address), Some(sealed)) if context.scheme.mail_temporary_passwords => {
                mail_password(context, &account, &address, sealed).await?
            }
            _ => false,
        };
        Ok(CreatedAccount {
            account: account.into(),
            mailed,
        })
    }
}

/// Mails the temporary password of a new account to its owner; yields false if there is no mail server, or the address
/// has reached its daily limit.
async fn mail_password(
    context: &mut ChangeContext<'_>,
    account: &Account,
    address: &str,
    sealed: String,
) -> Result<bool, Failure> {
    let until = context.now + context.scheme.temporary_password_lifetime();
    let event = Event::FirstPassword { sealed, until };
    let (tx, now) = context.tx_now();
    Ok(emit_to(tx, (address, &names::folded(address)), Some(account), event, now).await?)
}
