//! Passwords that somebody types for somebody else.

use super::guard::{ResetWay, find_for_reset, require_reset};
use super::temporary::finish_reset;
use crate::directory::accounts::NewPassword;
use crate::directory::{ChangeContext, Failure, Preparation, operation};
use crate::model::AccountId;
use crate::model::action::Action;

operation! {
    /// Sets an account's password, ends its sessions and grants, and clears its failed sign-ins. A password that an
    /// administrator types is temporary where the scheme says so.
    change SetPassword {
        id: AccountId,
        password: NewPassword,
    } -> (), prepared by check_and_hash;
}

impl SetPassword {
    async fn check_and_hash(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        let mut reader = preparation.reader().await?;
        let scheme = reader.caller().scheme.clone();
        let account = find_for_reset(&mut reader.context(), &self.id.clone().into(), ResetWay::Typed).await?;
        drop(reader);
        self.password.prepare_for(&account, &scheme, preparation).await
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let account = require_reset(context, &self.id.clone().into(), ResetWay::Typed).await?;
        self.password.store(context, &self.id).await?;
        finish_reset(context, &account, Action::AccountSetPassword).await
    }
}
