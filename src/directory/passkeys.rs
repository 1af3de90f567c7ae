//! The passkeys of the actor's own account.

use serde::Serialize;
use serde_json::json;

use super::accounts::AccountView;
use super::second_factors::{RecoveryCodes, changed, first_recovery_codes, name_or, require_another};
use super::{Change, ChangeContext, Failure, operation};
use crate::auth::passkey::{NewPasskey, Owner, Registration, RelyingParty};
use crate::clock::Time;
use crate::crypto::MasterKey;
use crate::model::account::{Account, shown_name};
use crate::model::action::Action;
use crate::model::mail::Event;
use crate::model::refusal::Code;
use crate::model::second_factor::Passkey;
use crate::model::{PasskeyId, SessionId};
use crate::store::passkeys;

/// The maximum number of passkeys of an account.
const MAX_PASSKEYS: usize = 20;

/// The name of a passkey whose owner gives it none.
const DEFAULT_NAME: &str = "Passkey";

/// What the page that adds a passkey gives to the browser.
#[derive(Clone, Debug, Serialize)]
pub struct Challenge {
    /// The options, as JSON for the page's script.
    pub options: String,
    /// The sealed challenge, for the form.
    pub sealed: String,
}

impl Challenge {
    /// Begins to add a passkey to the account of a session; `None` if browsers cannot use passkeys with this server.
    #[must_use]
    pub fn begin(
        server: Option<&RelyingParty>,
        master: &MasterKey,
        account: &AccountView,
        organisation: &str,
        session: &SessionId,
        now: Time,
    ) -> Option<Self> {
        let held = &account.second_factors.passkeys;
        let owner = Owner {
            account: &account.id,
            username: &account.username,
            name: shown_name(&account.name, &account.username),
            existing: held.iter().map(|one| one.credential_id.clone()).collect(),
        };
        Self::of_owner(server, master, owner, organisation, session.as_str(), now)
    }

    /// Begins to add the first passkey of an account during the sign-in that `holder` names; `None` if browsers cannot
    /// use passkeys with this server.
    #[must_use]
    pub fn begin_first(
        server: Option<&RelyingParty>,
        master: &MasterKey,
        account: &Account,
        organisation: &str,
        holder: &str,
        now: Time,
    ) -> Option<Self> {
        let owner = Owner {
            account: &account.id,
            username: &account.username,
            name: account.shown_name(),
            existing: Vec::new(),
        };
        Self::of_owner(server, master, owner, organisation, holder, now)
    }

    fn of_owner(
        server: Option<&RelyingParty>,
        master: &MasterKey,
        owner: Owner<'_>,
        organisation: &str,
        holder: &str,
        now: Time,
    ) -> Option<Self> {
        let begun = server?.begin_registration(owner, organisation, now)?;
        Some(Self {
            options: begun.options,
            sealed: begun.ceremony.seal(master, holder),
        })
    }
}

/// The answer of a browser to a challenge, as the form submits it.
pub struct PasskeyAnswer {
    /// The sealed challenge.
    pub challenge: String,
    /// The JSON of the browser.
    pub answer: String,
    /// The name of the passkey; it may be empty.
    pub name: String,
}

/// Adds a passkey to the actor's own account and ends their other sessions. Yields new recovery codes if it is the
/// first second factor.
pub struct AddPasskey {
    registration: Registration,
    new: Option<NewPasskey>,
    name: String,
}

impl AddPasskey {
    /// Adds the passkey that a browser has created for a challenge of this holder, a session or a sign-in.
    ///
    /// # Errors
    /// [`Code::PasskeyRefused`] if the challenge has expired or belongs to another holder.
    pub fn new(
        server: Option<&RelyingParty>,
        master: &MasterKey,
        holder: &str,
        answered: PasskeyAnswer,
        now: Time,
    ) -> Result<Self, Failure> {
        let registration = Registration::open(master, holder, &answered.challenge, now);
        let (Some(server), Some(registration)) = (server, registration) else {
            return Err(Code::PasskeyRefused.into());
        };
        Ok(Self {
            new: server.finish_registration(&registration, &answered.answer),
            registration,
            name: answered.name,
        })
    }
}

impl Change for AddPasskey {
    /// The codes, or [`Code::PasskeyRefused`], which does not roll back: a wrong answer spends its challenge too.
    type Output = Result<RecoveryCodes, Code>;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<Self::Output, Failure> {
        let account = context.own_account_for_change().await?;
        let name = name_or(self.name, DEFAULT_NAME)?;
        let is_first_answer = self.registration.spend(context.tx()).await?;
        let Some(new) = self.new.filter(|_| is_first_answer) else {
            return Ok(Err(Code::PasskeyRefused));
        };
        let (tx, now) = context.tx_now();
        if passkeys::of_account(tx, &account.id).await?.len() >= MAX_PASSKEYS {
            let max = MAX_PASSKEYS.to_string();
            return Err(Code::TooManyPasskeys.with("max", max).into());
        }
        let passkey = Passkey {
            id: PasskeyId::new(now),
            credential_id: new.credential_id,
            name,
            created_at: now,
            last_used_at: None,
        };
        if !passkeys::add(tx, &account.id, &passkey, &new.credential).await? {
            return Err(Code::PasskeyExists.into());
        }
        let codes = first_recovery_codes(context, &account).await?;
        let name = passkey.name;
        let event = Event::PasskeyAdded { name: name.clone() };
        changed(context, &account, Action::PasskeyAdd, &name, event).await?;
        Ok(Ok(codes))
    }
}

operation! {
    /// Renames a passkey of the actor's own account.
    change RenamePasskey { id: PasskeyId, name: String } -> ();
}

impl RenamePasskey {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let name = name_or(self.name, DEFAULT_NAME)?;
        if !passkeys::rename(context.tx(), &account.id, &self.id, &name).await? {
            return Err(Code::PasskeyNotFound.into());
        }
        let detail = json!({ "name": name });
        context
            .record(Action::PasskeyRename, account.id.as_str(), &detail)
            .await
    }
}

operation! {
    /// Removes a passkey of the actor's own account and ends their other sessions. The recovery codes go with the last
    /// second factor.
    change RemovePasskey { id: PasskeyId } -> ();
}

impl RemovePasskey {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = context.own_account_for_change().await?;
        let held = passkeys::of_account(context.tx(), &account.id).await?;
        let removed = held.into_iter().find(|one| one.id == self.id);
        let removed = removed.ok_or(Code::PasskeyNotFound)?;
        passkeys::remove(context.tx(), &account.id, &removed.id).await?;
        require_another(context, &account).await?;
        let name = removed.name;
        let event = Event::PasskeyRemoved { name: name.clone() };
        changed(context, &account, Action::PasskeyRemove, &name, event).await
    }
}
