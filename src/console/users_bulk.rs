//! Doing one thing to many accounts, with a result for each.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::pages::{BulkResult, Bulked, Rail};
use super::staff::Staff;
use crate::app::App;
use crate::directory::ChangeError;
use crate::directory::account_state::{self, Change};
use crate::http::error::PageError;
use crate::http::params::Params;
use crate::store::accounts;

/// A form in which accounts may be ticked.
pub(super) struct Ticked(Result<Params, crate::http::params::ParamsError>);

impl<S: Send + Sync> FromRequest<S> for Ticked {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Params::from_request(request, &["number"]).await))
    }
}

fn change_of(action: &str) -> Option<(&'static str, Change)> {
    match action {
        "suspend" => {
            let reason = String::new();
            Some(("Suspend", Change::Suspend { reason }))
        }
        "activate" => Some(("Lift suspension", Change::Activate)),
        "delete" => Some(("Delete", Change::Delete)),
        "restore" => Some(("Restore", Change::Restore)),
        _ => None,
    }
}

/// Does it to each account in a transaction of its own, and says what became of each.
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
    let Some((action, change)) = change_of(form.get("action").unwrap_or_default()) else {
        return Err(nothing("Choose what to do."));
    };
    if numbers.is_empty() {
        return Err(nothing("Tick the accounts first."));
    }
    let mut results = Vec::new();
    for number in numbers {
        let found = accounts::by_number(&mut app.db.read().await?, number).await?;
        let Some(account) = found else { continue };
        let (actor, now) = (staff.actor(), app.clock.now());
        let outcome = account_state::change(&app.db, actor, account.id, change.clone(), now).await;
        let text = match &outcome {
            Ok(()) => "Done".to_owned(),
            Err(ChangeError::Database(error)) => {
                tracing::error!(%error, number, "a change of many was not made");
                "The database failed; nothing was changed here.".to_owned()
            }
            Err(error) => error.to_string(),
        };
        results.push(BulkResult {
            number,
            username: account.username,
            done: outcome.is_ok(),
            text,
        });
    }
    let page = Bulked {
        shell: staff.shell(Rail::Users),
        action,
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
