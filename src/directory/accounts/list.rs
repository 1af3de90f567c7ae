//! The list of accounts: filtered by a query, sorted, one page at a time.

use serde::Serialize;

use super::may;
use crate::clock::Time;
use crate::directory::filter::{Filter, State, dormancy_limit};
use crate::directory::listing::{Listing, one_more};
use crate::directory::{Caller, Failure, ReadContext, operation};
use crate::model::AccountId;
use crate::model::account::AccountAction;
use crate::model::account_list::{Order, Position, Start};
use crate::store::account_list::{self, AccountListRow};
use crate::store::counts;

operation! {
    /// Lists the accounts that match a query.
    read ListAccounts {
        /// The query, in the language of [`Filter`].
        query: String,
        order: Order,
        start: Start,
        limit: u16,
    } -> AccountList, requires AccountRead;
}

/// A page of the accounts that match a query.
#[derive(Clone, Debug, Serialize)]
pub struct AccountList {
    /// The accounts on the page.
    pub accounts: Listing<AccountRow>,
    /// The row before which the previous page ends, if there is one.
    pub previous: Option<Position>,
    /// The row after which the next page begins, if there is one.
    pub next: Option<Position>,
    /// How many accounts match in all.
    pub count: i64,
    /// The actions that the caller's permissions allow; for a single account the subset guard may refuse them.
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
    /// When it was created.
    pub created_at: Time,
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
            state: State::of(
                row.status,
                row.last_seen_at,
                (row.valid_from, row.valid_until),
                scheme.dormant_after(),
                caller.now,
            ),
            id: row.id,
            number: row.number,
            username: row.username,
            name: row.name,
            email: row.email,
            role,
            more_roles,
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
        }
    }
}

impl ListAccounts {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AccountList, Failure> {
        let (scheme, now) = (context.scheme.clone(), context.now);
        let conditions = Filter::parse(&self.query)?.conditions(&scheme, now);
        let conn = context.conn();
        let count = account_list::count(conn, &conditions, now).await?;
        let (order, position) = match &self.start {
            Start::First => (self.order, None),
            Start::After(position) => (self.order, Some(position)),
            Start::Before(position) => (self.order.reversed(), Some(position)),
        };
        let limit = one_more(self.limit);
        let rows = account_list::page(conn, &conditions, count, order, position, limit, now).await?;
        let Listing { mut rows, has_more } = Listing::of(rows, self.limit);
        let (has_previous, has_next) = match self.start {
            Start::First => (false, has_more),
            Start::After(_) => (true, has_more),
            Start::Before(_) => (has_more, true),
        };
        if matches!(self.start, Start::Before(_)) {
            rows.reverse();
        }
        let previous = rows.first().filter(|_| has_previous).map(Position::from);
        let next = rows.last().filter(|_| has_next).map(Position::from);
        let rows = rows.into_iter().map(|row| AccountRow::of(row, context)).collect();
        Ok(AccountList {
            accounts: Listing {
                rows,
                has_more: has_next,
            },
            previous,
            next,
            count,
            may: may(context),
        })
    }
}

operation! {
    /// Counts the seats in use: active accounts that are neither dormant nor outside of their validity dates.
    read CountSeats -> i64, requires AccountRead;
}

impl CountSeats {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<i64, Failure> {
        let since = dormancy_limit(context.scheme.dormant_after(), context.now);
        let now = context.now;
        Ok(counts::seats(context.conn(), since, now).await?)
    }
}
