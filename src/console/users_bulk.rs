//! Applying one action to many accounts, with a result for each.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::accounts::{
    AccountRef, AccountSummary, ActivateAccount, ApproveAccount, DeleteAccount, FindAccount, RejectAccount,
    RestoreAccount, SuspendAccount,
};
use crate::model::AccountId;
use crate::model::account::AccountAction;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::web::error::PageError;
use crate::web::page::Page;
use crate::web::params::{Params, ParamsError};
use crate::web::submission::{Submission, Visitor};
use crate::words;
use crate::words::error_pages::{ErrorText, NO_ACCOUNTS_SELECTED, NO_ACTION_CHOSEN};

/// The result for one account.
#[derive(Clone, Debug, Serialize)]
pub struct BulkResult {
    /// Its number.
    pub number: i64,
    /// Its username.
    pub username: String,
    /// Whether the action succeeded.
    pub done: bool,
    /// "Done", or why the action failed.
    pub text: String,
}

/// The page that asks to confirm an action that ends or deletes something.
#[derive(Clone, Debug, Serialize)]
pub struct BulkConfirmation {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The action, as the form sends it.
    pub action: &'static str,
    /// The action as a verb.
    pub verb: &'static str,
    /// The consequence, as a sentence.
    pub consequence: &'static str,
    /// The accounts, each as number and username.
    pub people: Vec<(i64, String)>,
}

/// The page of results.
#[derive(Clone, Debug, Serialize)]
pub struct BulkResults {
    /// The navigation and the signed-in person.
    pub shell: Shell,
    /// The action as a verb.
    pub action: &'static str,
    /// The number of accounts for which the action succeeded.
    pub done: usize,
    /// A result for each account.
    pub results: Vec<BulkResult>,
}

impl Page for BulkConfirmation {
    const TEMPLATE: &'static str = "console/bulk_confirmation.html";
}

impl Page for BulkResults {
    const TEMPLATE: &'static str = "console/bulk_results.html";
}

/// The parameters of a form in which several accounts can be selected, so that `number` may repeat.
pub(super) struct Selected(Result<Params, ParamsError>);

impl FromRequest<Arc<AppState>> for Selected {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Self::Rejection> {
        Ok(Self(
            Params::read(request, &["number"], app.config.connections.body).await,
        ))
    }
}

/// An action that can be applied to many accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BulkAction {
    Suspend,
    Activate,
    Approve,
    Reject,
    Delete,
    Restore,
}

impl BulkAction {
    const ALL: [Self; 6] = [
        Self::Suspend,
        Self::Activate,
        Self::Approve,
        Self::Reject,
        Self::Delete,
        Self::Restore,
    ];

    /// The value that the form sends, and the verb.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Suspend => ("suspend", "Suspend"),
            Self::Activate => ("activate", "Lift suspension"),
            Self::Approve => ("approve", "Approve"),
            Self::Reject => ("reject", "Reject"),
            Self::Delete => ("delete", "Delete"),
            Self::Restore => ("restore", "Restore"),
        }
    }

    /// What the action ends or deletes; such an action must be confirmed first.
    const fn consequence(self) -> Option<&'static str> {
        match self {
            Self::Suspend => Some("Their sessions and their apps' access end at once."),
            Self::Reject => Some("Their registrations are deleted."),
            Self::Delete => Some("Their sessions end at once. The accounts can be restored for 30 days."),
            Self::Activate | Self::Approve | Self::Restore => None,
        }
    }

    const fn act(self) -> AccountAction {
        match self {
            Self::Suspend | Self::Activate => AccountAction::Suspend,
            Self::Approve | Self::Reject => AccountAction::Approve,
            Self::Delete | Self::Restore => AccountAction::Delete,
        }
    }

    fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.words().0 == value)
    }

    /// The values and verbs of the actions that these permissions allow.
    pub(super) fn allowed(may: &[AccountAction]) -> Vec<(&'static str, &'static str)> {
        let allowed = Self::ALL.into_iter().filter(|action| may.contains(&action.act()));
        allowed.map(Self::words).collect()
    }

    async fn apply(self, sent: &Submission<ConsoleUser>, id: AccountId) -> Result<(), Failure> {
        let reason = String::new();
        match self {
            Self::Suspend => sent.change(SuspendAccount { id, reason }).await,
            Self::Activate => sent.change(ActivateAccount { id }).await,
            Self::Approve => sent.change(ApproveAccount { id }).await,
            Self::Reject => sent.change(RejectAccount { id }).await,
            Self::Delete => sent.change(DeleteAccount { id }).await,
            Self::Restore => sent.change(RestoreAccount { id }).await,
        }
    }
}

/// Applies the action to each account in a transaction of its own and lists the results. An action that ends or deletes
/// something must be confirmed first.
pub(super) async fn apply(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    Selected(params): Selected,
) -> Result<Response, PageError> {
    user.require(Permission::AccountRead)?;
    let form = user.visit.form(&app, params?)?;
    let sent = Submission { app, user, form };
    let Some(action) = BulkAction::parse(&sent.trimmed("action")) else {
        return Err(nothing_done(&NO_ACTION_CHOSEN));
    };
    let selected = selected(&sent).await?;
    if let Some(consequence) = action.consequence()
        && sent.form.get("confirmed").is_none()
    {
        return Ok(ask(&sent, action, consequence, selected));
    }
    let results = apply_to_all(&sent, selected, action).await;
    let page = BulkResults {
        shell: sent.user.shell(NavItem::Users),
        action: action.words().1,
        done: results.iter().filter(|result| result.done).count(),
        results,
    };
    Ok(sent.show(StatusCode::OK, &page))
}

/// The page that asks to confirm.
fn ask(
    sent: &Submission<ConsoleUser>,
    action: BulkAction,
    consequence: &'static str,
    selected: Vec<AccountSummary>,
) -> Response {
    let (action, verb) = action.words();
    let people = selected
        .into_iter()
        .map(|account| (account.number, account.username));
    let page = BulkConfirmation {
        shell: sent.user.shell(NavItem::Users),
        action,
        verb,
        consequence,
        people: people.collect(),
    };
    sent.show(StatusCode::OK, &page)
}

/// The selected accounts.
async fn selected(sent: &Submission<ConsoleUser>) -> Result<Vec<AccountSummary>, PageError> {
    let numbers: Vec<i64> = sent
        .form
        .all("number")
        .filter_map(|number| number.parse().ok())
        .collect();
    if numbers.is_empty() {
        return Err(nothing_done(&NO_ACCOUNTS_SELECTED));
    }
    let mut reader = sent.app.directory.reader(&sent.user.actor()).await?;
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

/// Applies the action to each account in a transaction of its own.
async fn apply_to_all(
    sent: &Submission<ConsoleUser>,
    selected: Vec<AccountSummary>,
    action: BulkAction,
) -> Vec<BulkResult> {
    let mut results = Vec::new();
    for account in selected {
        let outcome = action.apply(sent, account.id).await;
        let text = match &outcome {
            Ok(()) => "Done".to_owned(),
            Err(Failure::Database(error)) => {
                tracing::error!(%error, number = account.number, "a change of a bulk action failed");
                words::DATABASE_FAILED.to_owned()
            }
            Err(Failure::Refused(reasons)) => words::refusals(reasons),
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

fn nothing_done(text: &ErrorText<'_>) -> PageError {
    PageError::new(StatusCode::UNPROCESSABLE_ENTITY, text)
}
