//! `doorward users receipt`: whether apps have confirmed that somebody is signed out.

use jiff::Timestamp;
use serde_json::json;

use super::host::{Host, Operations};
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::logouts::GetSignOutReceipt;
use crate::words::sign_out::outcome;

pub(super) async fn receipt(host: &Host, operations: &Operations, account: String) -> anyhow::Result<()> {
    let get = GetSignOutReceipt {
        account: AccountRef::Any(account),
        id_token: host.config.lifetimes.id_token,
    };
    let apps = operations.read(get).await?;
    if apps.is_empty() {
        host.print(
            "There was no sign-out from an app in the last 30 days.",
            &json!({ "apps": 0 }),
        );
    }
    for app in &apps {
        let tokens = if app.has_access {
            "keeps the access that was allowed".to_owned()
        } else {
            format!(
                "tokens are valid until {} at the latest",
                written(app.tokens_until)
            )
        };
        let outcome = outcome(&app.outcome, written);
        let line = format!("{}  {}  {outcome}; {tokens}", app.client_id, app.name);
        host.print(&line, &serde_json::to_value(app)?);
    }
    Ok(())
}

/// A time such as `2027-01-31T12:00:00Z`.
fn written(at: Time) -> String {
    Timestamp::from_second(at.seconds()).map_or_else(|_| at.seconds().to_string(), |at| at.to_string())
}
