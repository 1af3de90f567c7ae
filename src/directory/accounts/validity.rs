//! From when and until when an account may be used.

use serde_json::json;

use crate::clock::Time;
use crate::directory::{Change, ChangeContext, Failure, revocation};
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::accounts;

/// Sets from when and until when an account may be used; outside of that it is as if it were suspended.
#[derive(Clone, Debug)]
pub struct SetValidity {
    /// Which account.
    pub id: AccountId,
    /// From when on; always, if there is none.
    pub from: Option<Time>,
    /// Until when; for ever, if there is none.
    pub until: Option<Time>,
}

impl Change for SetValidity {
    type Answer = ();
    const SERIALIZES_OWNERS: bool = true;

    async fn run(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        context.require(Permission::AccountSuspend)?;
        let (from, until) = (self.from, self.until);
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(Code::EndBeforeStart.at("valid-until").into());
        }
        let before = context.account_for_change(&self.id).await?;
        accounts::set_validity(context.tx(), &self.id, from, until).await?;
        let now = context.now;
        if from.is_some_and(|from| from > now) || until.is_some_and(|until| until <= now) {
            revocation::end_all(context.tx_now(), &self.id, EndReason::NotValid).await?;
        }
        let span = |from: Option<Time>, until: Option<Time>| json!({ "from": from, "until": until });
        let detail = json!({
            "before": span(before.valid_from, before.valid_until), "after": span(from, until),
        });
        context
            .record(Action::AccountSetValidity, self.id.as_str(), &detail)
            .await
    }
}
