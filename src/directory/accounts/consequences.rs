//! What ends when accounts are suspended or deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::directory::{Failure, ReadContext, operation};
use crate::model::AccountId;
use crate::model::session::SessionLimits;
use crate::store::{consequences, teams};

operation! {
    /// Reads what ends when all of these accounts are suspended or deleted.
    read GetConsequences {
        accounts: Vec<AccountId>,
        /// How long sessions last.
        limits: SessionLimits,
    } -> Consequences, requires AccountRead;
}

/// A team with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamLink {
    /// Its slug.
    pub slug: String,
    /// The name shown to people.
    pub name: String,
}

/// What ends with several accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Consequences {
    /// How many open sessions they have.
    pub sessions: i64,
    /// How many apps have access to at least one of them.
    pub apps: usize,
    /// The shared teams that nobody could manage without them.
    pub teams: Vec<TeamLink>,
}

impl GetConsequences {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Consequences, Failure> {
        let (now, role) = (context.now, context.scheme.team_owner_role.clone());
        let (mut sessions, mut apps, mut led) = (0, BTreeSet::new(), BTreeMap::new());
        for account in &self.accounts {
            let limit = context.authority_of(account).await?.session_limit(self.limits);
            let conn = context.conn();
            sessions += consequences::sessions(conn, account, limit, now).await?;
            apps.extend(consequences::apps(conn, account, now).await?);
            let theirs = teams::led(conn, account, &role).await?;
            led.extend(theirs.into_iter().map(|team| (team.number, team)));
        }
        let (conn, mut teams) = (context.conn(), Vec::new());
        for team in led.into_values() {
            let leaders = consequences::leaders(conn, &team.id, &role, now).await?;
            if leaders.iter().all(|leader| self.accounts.contains(leader)) {
                let (slug, name) = (team.slug, team.name);
                teams.push(TeamLink { slug, name });
            }
        }
        let apps = apps.len();
        Ok(Consequences {
            sessions,
            apps,
            teams,
        })
    }
}
