//! The numbers on the console's overview: objects of each kind, and sign-ins by day.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Serialize;

use super::filter::{State, dormancy_limit};
use super::{Failure, ReadContext, operation};
use crate::clock::Time;
use crate::model::account::Status;
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::store::counts::{self, StatusCount};
use crate::store::{Conn, Error, audit_list};

/// For how many days sign-ins are counted.
const DAYS: i32 = 14;

operation! {
    /// Reads the overview, for everybody with any permission.
    read GetOverview -> Overview;
}

/// The numbers of the overview.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// The accounts, for a caller who may read accounts.
    pub accounts: Option<AccountCounts>,
    /// How many teams there are, except personal ones.
    pub teams: i64,
    /// How many groups there are.
    pub groups: i64,
    /// How many apps there are.
    pub apps: i64,
}

/// The numbers of accounts and sign-ins.
#[derive(Clone, Debug, Serialize)]
pub struct AccountCounts {
    /// The accounts by state, except deleted ones.
    pub states: Vec<StateCount>,
    /// The sign-ins of each of the last days (UTC) including today, oldest first.
    pub sign_ins: Vec<DayCount>,
}

impl AccountCounts {
    /// The number of accounts in a state.
    #[must_use]
    pub fn in_state(&self, state: &str) -> i64 {
        let found = self.states.iter().find(|counted| counted.state == state);
        found.map_or(0, |counted| counted.count)
    }
}

/// The number of accounts in a state.
#[derive(Clone, Debug, Serialize)]
pub struct StateCount {
    /// The state.
    pub state: &'static str,
    /// The number.
    pub count: i64,
}

/// The number of sign-ins on a day.
#[derive(Clone, Debug, Serialize)]
pub struct DayCount {
    /// When the day begins.
    pub start: Time,
    /// The number.
    pub count: i64,
}

impl GetOverview {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Overview, Failure> {
        context.authorization.require_any()?;
        let (now, since) = (
            context.now,
            dormancy_limit(context.scheme.dormant_after(), context.now),
        );
        let accounts = if context.may(Permission::AccountRead) {
            Some(AccountCounts {
                states: states(context.conn(), since, now).await?,
                sign_ins: sign_ins(context.conn(), now).await?,
            })
        } else {
            None
        };
        let counts = counts::all(context.conn()).await?;
        Ok(Overview {
            accounts,
            teams: counts.teams,
            groups: counts.groups,
            apps: counts.apps,
        })
    }
}

/// Counts the accounts by state, except deleted ones; active ones not seen since `since` are dormant.
async fn states(conn: &mut Conn, since: Time, now: Time) -> Result<Vec<StateCount>, Error> {
    let counted = counts::accounts(conn, since, now).await?;
    let of = |state: State, status, number: fn(&StatusCount) -> i64| StateCount {
        state: state.as_str(),
        count: counted
            .iter()
            .find(|found| found.status == status)
            .map_or(0, number),
    };
    let dormant: fn(&StatusCount) -> i64 =
        |found| found.number - found.not_dormant - found.expired - found.upcoming;
    Ok(vec![
        of(State::Active, Status::Active, |found| found.not_dormant),
        of(State::Dormant, Status::Active, dormant),
        of(State::Expired, Status::Active, |found| found.expired),
        of(State::Upcoming, Status::Active, |found| found.upcoming),
        of(State::Suspended, Status::Suspended, |found| found.number),
        of(State::Invited, Status::Invited, |found| found.number),
        of(State::Pending, Status::Pending, |found| found.number),
    ])
}

async fn sign_ins(conn: &mut Conn, now: Time) -> Result<Vec<DayCount>, Error> {
    let Ok(now) = Timestamp::from_microsecond(now.0) else {
        return Ok(Vec::new());
    };
    let today = now.to_zoned(TimeZone::UTC).date();
    let days = (1 - DAYS..=1).filter_map(|day| today.checked_add(day.days()).ok());
    let starts = days.filter_map(|day| day.to_zoned(TimeZone::UTC).ok());
    let starts: Vec<_> = starts
        .map(|start| Time(start.timestamp().as_microsecond()))
        .collect();
    let counts = audit_list::counts_between(conn, Action::SessionBegin.as_str(), &starts).await?;
    let counted = starts.into_iter().zip(counts);
    Ok(counted.map(|(start, count)| DayCount { start, count }).collect())
}
