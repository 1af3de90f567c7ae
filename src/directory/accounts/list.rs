//! The list of accounts: filtered by a query, sorted, one page at a time.

use serde::Serialize;

use super::may;
use crate::clock::Time;
use crate::directory::filter::{Filter, State, awake_since};
use crate::directory::listing::{Listing, one_more};
use crate::directory::{Caller, Failure, Read, ReadContext};
use crate::model::AccountId;
use crate::model::account::AccountAction;
use crate::model::account_list::{After, Order};
use crate::model::permission::Permission;
use crate::store::account_list::{self, AccountListRow};
use crate::store::counts;

/// Lists the accounts that match a query.
pub struct ListAccounts {
    /// The query, in the language of [`Filter`].
    pub query: String,
    /// The order.
    pub order: Order,
    /// The last row of the previous page; `None` for the first page.
    pub after: Option<After>,
    /// The maximum number of rows.
    pub limit: u16,
}

/// A page of the accounts that match a query.
#[derive(Clone, Debug, Serialize)]
pub struct AccountList {
    /// The accounts on the page.
    pub accounts: Listing<AccountRow>,
    /// The position of the next page, if there is one.
    pub next: Option<After>,
    /// How many accounts match in all.
    pub count: i64,
    /// The actions that the caller may take on accounts in general; for a single account the subset guard may
    /// refuse them.
    pub may: Vec<AccountAction>,
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub number: i64,
    /// Its username.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The primary address.
    pub email: Option<String>,
    /// Its displayed state.
    pub state: State,
    /// One of its roles on the instance; the top role if the account has it.
    pub role: Option<String>,
    /// How many more roles it has on the instance.
    pub more_roles: i64,
    /// When it was last seen.
    pub last_seen_at: Option<Time>,
}

impl AccountRow {
    fn of(row: AccountListRow, caller: &Caller) -> Self {
        let scheme = &caller.scheme;
        let (role, more_roles) = if row.in_root_team {
            (Some(scheme.top_role().to_owned()), row.roles)
        } else {
            (row.role, (row.roles - 1).max(0))
        };
        Self {
            state: State::of(row.status, row.last_seen_at, scheme.dormant_after(), caller.now),
            id: row.id,
            number: row.number,
            username: row.username,
            name: row.name,
            email: row.email,
            role,
            more_roles,
            last_seen_at: row.last_seen_at,
        }
    }
}

impl Read for ListAccounts {
    type Output = AccountList;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<AccountList, Failure> {
        context.require(Permission::AccountRead)?;
        let (scheme, now) = (context.scheme.clone(), context.now);
        let conditions =
            Filter::parse(&self.query)?.conditions(scheme.dormant_after(), scheme.top_role(), now);
        let conn = context.conn();
        let count = account_list::count(conn, &conditions, now).await?;
        let (order, after, limit) = (self.order, self.after.as_ref(), one_more(self.limit));
        let rows = account_list::page(conn, &conditions, count, order, after, limit, now).await?;
        let Listing { rows, has_more } = Listing::of(rows, self.limit);
        let next = rows.last().filter(|_| has_more).map(After::from);
        let rows = rows.into_iter().map(|row| AccountRow::of(row, context)).collect();
        Ok(AccountList {
            accounts: Listing { rows, has_more },
            next,
            count,
            may: may(context),
        })
    }
}

/// Counts the seats in use: active accounts that are not dormant.
pub struct CountSeats;

impl Read for CountSeats {
    type Output = i64;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<i64, Failure> {
        context.require(Permission::AccountRead)?;
        let since = awake_since(context.scheme.dormant_after(), context.now);
        Ok(counts::seats(context.conn(), since).await?)
    }
}
