//! Doing one thing to many accounts, with a result for each.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::pages::{BulkAsk, BulkResult, Bulked, Rail};
use super::staff::Staff;
use crate::app::App;
use crate::directory::ChangeError;
use crate::directory::account_state::{self, Change};
use crate::store::accounts;
use crate::web::error::PageError;
use crate::web::params::Params;

/// A form in which accounts may be ticked.
pub(super) struct Ticked(Result<Params, crate::web::params::ParamsError>);

impl<S: Send + Sync> FromRequest<S> for Ticked {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Params::from_request(request, &["number"]).await))
    }
}

/// What can be done to many accounts.
struct Bulk {
    verb: &'static str,
    change: Change,
    /// What comes of it, where that is asked for first.
    consequence: Option<&'static str>,
}

fn bulk_of(action: &str) -> Option<Bulk> {
    let ends = "Every session of theirs ends at once, and so does the access of their apps.";
    let (verb, change, consequence) = match action {
        "suspend" => {
            let reason = String::new();
            ("Suspend", Change::Suspend { reason }, Some(ends))
        }
        "activate" => ("Lift suspension", Change::Activate, None),
        "approve" => ("Approve", Change::Approve, None),
        "reject" => ("Refuse", Change::Reject, Some("Their registrations are deleted.")),
        "delete" => (
            "Delete",
            Change::Delete,
            Some("Every session of theirs ends at once. They can be restored for 30 days."),
        ),
        "restore" => ("Restore", Change::Restore, None),
        _ => return None,
    };
    Some(Bulk {
        verb,
        change,
        consequence,
    })
}

/// Does it to each account in a transaction of its own, and says what became of each; what ends something is asked for
/// first.
///
/// # Errors
/// A page when the form is not ours, nothing is ticked, or the database fails.
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    staff: Staff,
    Ticked(params): Ticked,
) -> Result<Response, PageError> {
    staff.needs("account.read")?;
    let form = staff.visit.form(&app, params)?;
    let numbers: Vec<i64> = form
        .all("number")
        .filter_map(|number| number.parse().ok())
        .collect();
    let action = form.get("action").unwrap_or_default();
    let Some(bulk) = bulk_of(action) else {
        return Err(nothing("Choose what to do."));
    };
    if numbers.is_empty() {
        return Err(nothing("Tick the accounts first."));
    }
    let mut chosen = Vec::new();
    for number in numbers {
        chosen.extend(accounts::by_number(&mut app.db.read().await?, number).await?);
    }
    if let Some(consequence) = bulk.consequence
        && form.get("confirmed").is_none()
    {
        let page = BulkAsk {
            shell: staff.shell(Rail::Users),
            action: action.to_owned(),
            verb: bulk.verb,
            consequence,
            people: chosen
                .into_iter()
                .map(|account| (account.number, account.username))
                .collect(),
        };
        return Ok(staff.visit.show(&app, StatusCode::OK, &page).into_response());
    }
    let mut results = Vec::new();
    for account in chosen {
        let (actor, now) = (staff.actor(), app.clock.now());
        let outcome = account_state::change(&app.db, actor, account.id, bulk.change.clone(), now).await;
        let text = match &outcome {
            Ok(()) => "Done".to_owned(),
            Err(ChangeError::Database(error)) => {
                tracing::error!(%error, number = account.number, "a change of many was not made");
                "The database failed; nothing was changed here.".to_owned()
            }
            Err(error) => error.to_string(),
        };
        results.push(BulkResult {
            number: account.number,
            username: account.username,
            done: outcome.is_ok(),
            text,
        });
    }
    let page = Bulked {
        shell: staff.shell(Rail::Users),
        action: bulk.verb,
        done: results.iter().filter(|result| result.done).count(),
        results,
    };
    Ok(staff.visit.show(&app, StatusCode::OK, &page).into_response())
}

fn nothing(what: &str) -> PageError {
    PageError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Nothing was done",
        what,
        "Go back to the list.",
    )
}
