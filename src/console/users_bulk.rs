//! Applying one action to many accounts, with a result for each.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::console_user::ConsoleUser;
use super::shell::{NavItem, Shell};
use super::users_query::ListQuery;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::accounts::{
    AccountRef, ActivateAccount, ApproveAccount, Consequences, DeleteAccount, FindAccount, GetConsequences,
    ListAccounts, RejectAccount, RestoreAccount, SuspendAccount,
};
use crate::directory::filter::State as AccountState;
use crate::model::AccountId;
use crate::model::account::AccountAction;
use crate::model::account_list::Start;
use crate::model::own_path::OwnPath;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::live_sessions::session_limits;
use crate::web::page::page;
use crate::web::params::{Params, ParamsError};
use crate::web::recent::is_recent;
use crate::web::sealed_attempt::{page_of_form, sign_in_again_for};
use crate::web::submission::{Submission, Visitor, WithSession};
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

page! {
    /// The page that asks to confirm an action that ends or deletes something, or one on every account that matches.
    BulkConfirmation "console/bulk_confirmation.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The query and the order of the list.
        list: ListQuery,
        /// The query string of the list.
        back: String,
        /// The action, as the form sends it.
        action: &'static str,
        /// The action as a verb.
        verb: &'static str,
        /// Whether the action ends or deletes something.
        danger: bool,
        /// What happens to what is ended or deleted, as a sentence.
        consequence: &'static str,
        /// What ends, for an action that ends sessions.
        ends: Option<Consequences>,
        /// The number of accounts.
        count: usize,
        /// The accounts, or the first ones, each as number and username.
        people: Vec<(i64, String)>,
        /// Whether every account that matches the query was selected.
        all: bool,
        /// How many matching accounts are left out.
        left_out: i64,
    }
}

page! {
    /// The page of results.
    BulkResults "console/bulk_results.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The query string of the list.
        back: String,
        /// The action as a verb in the past tense.
        verb: &'static str,
        /// The number of accounts for which the action succeeded.
        done: usize,
        /// The number of accounts.
        count: usize,
        /// The action that undoes it for the accounts for which it succeeded, if a form can name them all.
        inverse: Option<&'static str>,
        /// A result for each account, failures first; the last ones are left out if there are very many.
        results: Vec<BulkResult>,
    }
}

/// A bulk action that the user may apply to the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BulkChoice {
    /// The action, as the form sends it.
    pub value: &'static str,
    /// The action as a verb.
    pub text: &'static str,
    /// Whether it ends or deletes something.
    pub danger: bool,
    /// The states of the accounts that it concerns, separated by spaces.
    pub states: String,
}

/// The allowed actions that concern accounts in this state or, without one, in any state that the whole list shows.
pub(super) fn choices(may: &[AccountAction], state: Option<AccountState>) -> Vec<BulkChoice> {
    let allowed = BulkAction::ALL
        .into_iter()
        .filter(|action| may.contains(&action.account_action()));
    let listed = allowed.filter(|action| match state {
        Some(state) => action.concerns(state),
        None => *action != BulkAction::Restore,
    });
    let choice = |action: BulkAction| {
        let (value, text, _) = action.words();
        let states = AccountState::ALL.iter().filter(|state| action.concerns(**state));
        BulkChoice {
            value,
            text,
            danger: action.consequence().is_some(),
            states: states.map(|state| state.as_str()).collect::<Vec<_>>().join(" "),
        }
    };
    listed.map(choice).collect()
}

/// The maximum number of accounts to which an action applies at once.
const MAX_ACCOUNTS: u16 = 5_000;

/// The maximum number of accounts in the form that undoes an action, since a form has at most a hundred fields.
const MAX_UNDONE: usize = 90;

/// The maximum number of accounts that a page names.
const MAX_NAMED: usize = 200;

/// An account that was selected.
struct Chosen {
    id: AccountId,
    number: i64,
    username: String,
}

/// The selected accounts.
struct Selection {
    accounts: Vec<Chosen>,
    /// Whether every account that matches the query was selected.
    all: bool,
    /// How many of them are left out, since the action does not concern them or they are too many.
    left_out: i64,
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
        Self::Approve,
        Self::Reject,
        Self::Activate,
        Self::Suspend,
        Self::Restore,
        Self::Delete,
    ];

    /// The value that the form sends, the verb, and the verb in the past tense.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Suspend => ("suspend", "Suspend", "Suspended"),
            Self::Activate => ("activate", "Reactivate", "Reactivated"),
            Self::Approve => ("approve", "Approve", "Approved"),
            Self::Reject => ("reject", "Reject", "Rejected"),
            Self::Delete => ("delete", "Delete", "Deleted"),
            Self::Restore => ("restore", "Restore", "Restored"),
        }
    }

    /// Whether the action makes sense for an account in this state.
    const fn concerns(self, state: AccountState) -> bool {
        use AccountState as S;
        match self {
            Self::Suspend => matches!(
                state,
                S::Active | S::Dormant | S::Expired | S::Upcoming | S::Invited
            ),
            Self::Activate => matches!(state, S::Suspended),
            Self::Approve | Self::Reject => matches!(state, S::Pending),
            Self::Delete => !matches!(state, S::Deleted),
            Self::Restore => matches!(state, S::Deleted),
        }
    }

    /// What the action ends or deletes; such an action must be confirmed first.
    const fn consequence(self) -> Option<&'static str> {
        match self {
            Self::Suspend => Some("Nothing is deleted, and you can lift the suspensions later."),
            Self::Reject => Some("Their registrations are deleted."),
            Self::Delete => Some("The accounts can be restored for 30 days."),
            Self::Activate | Self::Approve | Self::Restore => None,
        }
    }

    /// The action that undoes it.
    const fn inverse(self) -> Option<Self> {
        match self {
            Self::Suspend => Some(Self::Activate),
            Self::Activate => Some(Self::Suspend),
            Self::Reject | Self::Delete => Some(Self::Restore),
            Self::Approve | Self::Restore => None,
        }
    }

    /// Whether it needs a recent sign-in, as it does on the page of one account.
    const fn is_sensitive(self) -> bool {
        !matches!(self, Self::Reject)
    }

    const fn account_action(self) -> AccountAction {
        match self {
            Self::Suspend | Self::Activate => AccountAction::Suspend,
            Self::Approve | Self::Reject => AccountAction::Approve,
            Self::Delete | Self::Restore => AccountAction::Delete,
        }
    }

    fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.words().0 == value)
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
/// something, or that was applied to a whole list, must be confirmed first.
pub(super) async fn apply(
    State(app): State<Arc<AppState>>,
    user: ConsoleUser,
    headers: HeaderMap,
    Selected(params): Selected,
) -> Result<Response, PageError> {
    user.require(Permission::AccountRead)?;
    let form = user.visit.form(&app, params?)?;
    let sent = Submission { app, user, form };
    let Some(action) = BulkAction::parse(&sent.trimmed("action")) else {
        return Err(nothing_done(&NO_ACTION_CHOSEN));
    };
    if action.is_sensitive() && !is_recent(&sent.app, sent.user.session()) {
        let list = list_of_form(&sent, &headers);
        return Ok(sign_in_again_for(&sent.app, sent.user.visit(), list));
    }
    let selection = selected(&sent, action).await?;
    if (selection.all || action.consequence().is_some()) && sent.form.get("confirmed").is_none() {
        return ask(&sent, action, selection).await;
    }
    let mut results = apply_to_all(&sent, selection.accounts, action).await;
    results.sort_by_key(|result| result.done);
    let (count, done) = (results.len(), results.iter().filter(|result| result.done).count());
    let inverse = action.inverse().filter(|_| (1..=MAX_UNDONE).contains(&done));
    results.truncate(MAX_NAMED.max(count - done));
    let page = BulkResults {
        shell: sent.user.shell(NavItem::Users),
        back: ListQuery::of_form(&sent.form).href(),
        verb: action.words().2,
        inverse: inverse.map(|inverse| inverse.words().0),
        done,
        count,
        results,
    };
    Ok(sent.show(StatusCode::OK, &page))
}

/// The list on which the form was submitted: on the same page, if the browser names it.
fn list_of_form(sent: &Submission<ConsoleUser>, headers: &HeaderMap) -> OwnPath {
    let list = paths::CONSOLE_USERS.as_ref();
    let page = page_of_form(&sent.app, headers);
    page.filter(|page| page.as_str().split('?').next() == Some(list))
        .unwrap_or_else(|| {
            let query = ListQuery::of_form(&sent.form).href();
            OwnPath::nearest(list, query.strip_prefix('?'))
        })
}

/// The page that asks to confirm.
async fn ask(
    sent: &Submission<ConsoleUser>,
    action: BulkAction,
    selection: Selection,
) -> Result<Response, PageError> {
    let ends = match action {
        BulkAction::Suspend | BulkAction::Delete => Some(consequences(sent, &selection).await?),
        _ => None,
    };
    let list = ListQuery::of_form(&sent.form);
    let (value, verb, _) = action.words();
    let count = selection.accounts.len();
    let named = if selection.all { MAX_NAMED } else { count };
    let people = selection.accounts.into_iter().take(named);
    let page = BulkConfirmation {
        shell: sent.user.shell(NavItem::Users),
        back: list.href(),
        list,
        action: value,
        verb,
        danger: action.consequence().is_some(),
        consequence: action.consequence().unwrap_or_default(),
        ends,
        count,
        people: people.map(|account| (account.number, account.username)).collect(),
        all: selection.all,
        left_out: selection.left_out,
    };
    Ok(sent.show(StatusCode::OK, &page))
}

/// What ends with the selected accounts.
async fn consequences(
    sent: &Submission<ConsoleUser>,
    selection: &Selection,
) -> Result<Consequences, PageError> {
    let accounts = selection.accounts.iter().map(|account| account.id.clone());
    let get = GetConsequences {
        accounts: accounts.collect(),
        limits: session_limits(&sent.app),
    };
    Ok(sent.app.directory.read(&sent.user.actor(), get).await?)
}

/// The selected accounts.
async fn selected(sent: &Submission<ConsoleUser>, action: BulkAction) -> Result<Selection, PageError> {
    let selection = if sent.form.get("all").is_some() {
        all_that_match(sent, action).await?
    } else {
        by_number(sent).await?
    };
    if selection.accounts.is_empty() {
        return Err(nothing_done(&NO_ACCOUNTS_SELECTED));
    }
    Ok(selection)
}

/// The accounts that match the query and that the action concerns.
async fn all_that_match(sent: &Submission<ConsoleUser>, action: BulkAction) -> Result<Selection, PageError> {
    let query = ListQuery::of_form(&sent.form);
    let list = ListAccounts {
        order: query.order(),
        query: query.q,
        start: Start::First,
        limit: MAX_ACCOUNTS,
    };
    let found = sent.app.directory.read(&sent.user.actor(), list).await?;
    let rows = found.accounts.rows.into_iter();
    let concerned = rows.filter(|row| action.concerns(row.state));
    let accounts: Vec<_> = concerned
        .map(|row| Chosen {
            id: row.id,
            number: row.number,
            username: row.username,
        })
        .collect();
    Ok(Selection {
        left_out: found.count - i64::try_from(accounts.len()).unwrap_or(0),
        accounts,
        all: true,
    })
}

/// The accounts whose numbers the form has.
async fn by_number(sent: &Submission<ConsoleUser>) -> Result<Selection, PageError> {
    let numbers = sent.form.all("number").filter_map(|number| number.parse().ok());
    let mut reader = sent.app.directory.reader(&sent.user.actor()).await?;
    let mut accounts = Vec::new();
    for number in numbers {
        match reader
            .read(FindAccount {
                account: AccountRef::Number(number),
            })
            .await
        {
            Ok(account) => accounts.push(Chosen {
                id: account.id,
                number: account.number,
                username: account.username,
            }),
            Err(failure) if failure.is(Code::AccountNotFound) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(Selection {
        accounts,
        all: false,
        left_out: 0,
    })
}

/// Applies the action to each account in a transaction of its own.
async fn apply_to_all(
    sent: &Submission<ConsoleUser>,
    selected: Vec<Chosen>,
    action: BulkAction,
) -> Vec<BulkResult> {
    let mut results = Vec::new();
    for account in selected {
        let outcome = action.apply(sent, account.id).await;
        let text = match &outcome {
            Ok(()) => "Done".to_owned(),
            Err(Failure::Database(error)) => {
                tracing::error!(%error, number = account.number, "a bulk action failed for an account");
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
