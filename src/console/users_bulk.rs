//! Doing one thing to many accounts, with a result for each.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::accounts::{
    AccountRef, AccountSummary, ActivateAccount, ApproveAccount, DeleteAccount, FindAccount, RejectAccount,
    RestoreAccount, SuspendAccount,
};
use crate::directory::{Actor, Failure};
use crate::model::AccountId;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::web::error::PageError;
use crate::web::page::Page;
use crate::web::params::Params;
use crate::words;

/// What became of one account of many.
#[derive(Clone, Debug, Serialize)]
pub struct BulkResult {
    /// Its number.
    pub number: i64,
    /// Its user name.
    pub username: String,
    /// Whether it was done.
    pub done: bool,
    /// What was done, or why not.
    pub text: String,
}

/// The question before something is done to many accounts that ends what they have.
#[derive(Clone, Debug, Serialize)]
pub struct BulkAsk {
    /// What surrounds it.
    pub shell: Shell,
    /// What is to be done, as the form sends it.
    pub action: String,
    /// What is to be done, as people read it.
    pub verb: &'static str,
    /// What comes of it, in a sentence.
    pub consequence: &'static str,
    /// The accounts, each with its number and user name.
    pub people: Vec<(i64, String)>,
}

/// What became of many accounts.
#[derive(Clone, Debug, Serialize)]
pub struct Bulked {
    /// What surrounds it.
    pub shell: Shell,
    /// What was to be done.
    pub action: &'static str,
    /// How many it was done to.
    pub done: usize,
    /// One line each.
    pub results: Vec<BulkResult>,
}

impl Page for BulkAsk {
    const TEMPLATE: &'static str = "console/bulk_ask.html";
}

impl Page for Bulked {
    const TEMPLATE: &'static str = "console/bulked.html";
}

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
    /// What comes of it, where that is asked for first.
    consequence: Option<&'static str>,
}

fn bulk_of(action: &str) -> Option<Bulk> {
    let ends = "Every session of theirs ends at once, and so does the access of their apps.";
    let (verb, consequence) = match action {
        "suspend" => ("Suspend", Some(ends)),
        "activate" => ("Lift suspension", None),
        "approve" => ("Approve", None),
        "reject" => ("Refuse", Some("Their registrations are deleted.")),
        "delete" => (
            "Delete",
            Some("Every session of theirs ends at once. They can be restored for 30 days."),
        ),
        "restore" => ("Restore", None),
        _ => return None,
    };
    Some(Bulk { verb, consequence })
}

async fn change_one(app: &AppState, actor: &Actor, id: AccountId, action: &str) -> Result<(), Failure> {
    let directory = &app.directory;
    let reason = String::new();
    match action {
        "suspend" => directory.change(actor, SuspendAccount { id, reason }).await,
        "activate" => directory.change(actor, ActivateAccount { id }).await,
        "approve" => directory.change(actor, ApproveAccount { id }).await,
        "reject" => directory.change(actor, RejectAccount { id }).await,
        "delete" => directory.change(actor, DeleteAccount { id }).await,
        _ => directory.change(actor, RestoreAccount { id }).await,
    }
}

/// Does it to each account in a transaction of its own, and says what became of each; what ends something is asked for
/// first.
///
/// # Errors
/// A page when the form is not ours, nothing is ticked, or the database fails.
pub(super) async fn apply(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Ticked(params): Ticked,
) -> Result<Response, PageError> {
    user.needs(Permission::AccountRead)?;
    let form = user.visit.form(&app, params)?;
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
    let chosen = find_all(&app, &user, numbers).await?;
    if let Some(consequence) = bulk.consequence
        && form.get("confirmed").is_none()
    {
        let page = BulkAsk {
            shell: user.shell(NavItem::Users),
            action: action.to_owned(),
            verb: bulk.verb,
            consequence,
            people: chosen
                .into_iter()
                .map(|account| (account.number, account.username))
                .collect(),
        };
        return Ok(user.visit.show(&app, StatusCode::OK, &page).into_response());
    }
    let results = change_all(&app, &user.actor(), chosen, action).await;
    let page = Bulked {
        shell: user.shell(NavItem::Users),
        action: bulk.verb,
        done: results.iter().filter(|result| result.done).count(),
        results,
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page).into_response())
}

/// The accounts with these numbers.
async fn find_all(
    app: &AppState,
    user: &ConsoleUser,
    numbers: Vec<i64>,
) -> Result<Vec<AccountSummary>, PageError> {
    let mut reader = app.directory.reader(&user.actor()).await?;
    let mut found = Vec::new();
    for number in numbers {
        match reader.read(FindAccount(AccountRef::Number(number))).await {
            Ok(account) => found.push(account),
            Err(failure) if failure.is(Code::AccountNotFound) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(found)
}

/// Does it to each account in a transaction of its own.
async fn change_all(
    app: &AppState,
    actor: &Actor,
    chosen: Vec<AccountSummary>,
    action: &str,
) -> Vec<BulkResult> {
    let mut results = Vec::new();
    for account in chosen {
        let outcome = change_one(app, actor, account.id, action).await;
        let text = match &outcome {
            Ok(()) => "Done".to_owned(),
            Err(Failure::Database(error)) => {
                tracing::error!(%error, number = account.number, "a change of many was not made");
                "The database failed; nothing was changed here.".to_owned()
            }
            Err(Failure::Refused(reasons)) => {
                reasons.iter().map(words::refusal).collect::<Vec<_>>().join(" ")
            }
        };
        results.push(BulkResult {
            number: account.number,
            username: account.username,
            done: outcome.is_ok(),
            text,
        });
    }
    results
}

fn nothing(what: &str) -> PageError {
    PageError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Nothing was done",
        what,
        "Go back to the list.",
    )
}
