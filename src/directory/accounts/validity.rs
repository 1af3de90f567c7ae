//! The validity dates of an account.

use serde_json::json;

use crate::clock::Time;
use crate::directory::{ChangeContext, Failure, operation, revocation};
use crate::model::AccountId;
use crate::model::action::Action;
use crate::model::refusal::Code;
use crate::model::session::EndReason;
use crate::store::accounts;

operation! {
    /// Sets the validity dates of an account. Outside of them, it cannot be used, as if it were suspended.
    change SetValidity {
        id: AccountId,
        /// The beginning; `None` for no limit.
        from: Option<Time>,
        /// The end; `None` for no limit.
        until: Option<Time>,
    } -> (), requires AccountSuspend, serializes owners;
}

impl SetValidity {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
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
