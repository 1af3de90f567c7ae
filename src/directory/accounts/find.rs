//! Finding an account by id, number, username or e-mail address.

use serde::Serialize;

use crate::clock::Time;
use crate::directory::{Failure, ReadContext, names, operation};
use crate::model::AccountId;
use crate::model::account::{Account, Status};
use crate::model::refusal::Code;
use crate::store::{Conn, Error, accounts};

/// A reference to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRef {
    /// By id.
    Id(AccountId),
    /// By number.
    Number(i64),
    /// By username or verified e-mail address.
    SignInName(String),
    /// By username, verified address, number or id, tried in this order.
    Any(String),
}

impl From<AccountId> for AccountRef {
    fn from(id: AccountId) -> Self {
        Self::Id(id)
    }
}

/// A summary of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountSummary {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: i64,
    /// Its username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// Its stored status.
    pub status: Status,
    /// When it was created.
    pub created_at: Time,
    /// When it was last seen.
    pub last_seen_at: Option<Time>,
}

impl From<Account> for AccountSummary {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            number: account.number,
            username: account.username,
            name: account.name,
            status: account.status,
            created_at: account.created_at,
            last_seen_at: account.last_seen_at,
        }
    }
}

operation! {
    /// Finds an account.
    read FindAccount { account: AccountRef } -> AccountSummary, requires AccountRead;
}

impl FindAccount {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AccountSummary, Failure> {
        let found = find(context.conn(), &self.account).await?;
        found
            .map(AccountSummary::from)
            .ok_or(Code::AccountNotFound.into())
    }
}

operation! {
    /// Lists all accounts by number, including deleted ones, one page at a time.
    read ListAllAccounts {
        /// The number after which the page begins; -1 for the first page.
        after: i64,
        limit: i64,
    } -> Vec<AccountSummary>, requires AccountRead;
}

impl ListAllAccounts {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<AccountSummary>, Failure> {
        let found = accounts::page(context.conn(), self.after, self.limit).await?;
        Ok(found.into_iter().map(AccountSummary::from).collect())
    }
}

/// The account that a reference names. It checks no permission; the calling operation does.
pub async fn find(conn: &mut Conn, account: &AccountRef) -> Result<Option<Account>, Error> {
    match account {
        AccountRef::Id(id) => accounts::by_id(conn, id).await,
        AccountRef::Number(number) => accounts::by_number(conn, *number).await,
        AccountRef::SignInName(name) => accounts::by_sign_in_name(conn, &names::folded(name)).await,
        AccountRef::Any(text) => {
            let named = accounts::by_sign_in_name(conn, &names::folded(text)).await?;
            match (named, text.parse()) {
                (Some(named), _) => Ok(Some(named)),
                (None, Ok(number)) => accounts::by_number(conn, number).await,
                (None, Err(_)) => accounts::by_id(conn, &AccountId(text.clone())).await,
            }
        }
    }
}

/// The account with the username or verified address in a field of a form.
pub async fn find_named(conn: &mut Conn, field: &'static str, name: &str) -> Result<Account, Failure> {
    let found = accounts::by_sign_in_name(conn, &names::folded(name)).await?;
    found.ok_or_else(|| Code::UnknownAccount.at(field).with("name", name).into())
}
