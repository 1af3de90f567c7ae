//! `doorward teams`: teams and who is in them.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::users::find;
use super::{Host, confirm, moment};
use crate::clock::Time;
use crate::directory::{Actor, names, schemes, teams as directory};
use crate::model::team::Team;
use crate::store::Db;
use crate::store::teams;

#[derive(Debug, Subcommand)]
pub(super) enum TeamsAction {
    /// Adds a team.
    Create {
        /// Its short name.
        slug: String,
        /// The name that people see; by default the short one.
        #[arg(long)]
        name: Option<String>,
    },
    /// Gives a person a role in a team, in place of any other that they have there.
    Add {
        /// The team's short name.
        team: String,
        /// The person's user name.
        username: String,
        /// The role; by default that of who joins a team.
        #[arg(long)]
        role: Option<String>,
        /// When the membership ends.
        #[arg(long, value_parser = moment)]
        until: Option<Time>,
    },
    /// Takes a person out of a team.
    Remove {
        /// The team's short name.
        team: String,
        /// The person's user name.
        username: String,
    },
    /// Changes the name that people see.
    Rename {
        /// The team's short name.
        team: String,
        /// The new name.
        name: String,
    },
    /// Deletes a team with its memberships, for good.
    Delete {
        /// The team's short name.
        team: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Lists who is in a team.
    Members {
        /// The team's short name.
        team: String,
    },
    /// Lists the teams.
    List,
}

async fn team(db: &Db, slug: &str) -> anyhow::Result<Team> {
    let found = teams::by_slug(&mut db.read().await?, &names::key(slug)).await?;
    found.with_context(|| format!("there is no team {slug}"))
}

pub(super) async fn teams(host: &Host, action: TeamsAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        TeamsAction::Create { slug, name } => {
            let name = name.unwrap_or_else(|| slug.clone());
            let id = directory::create(&db, Actor::HOST, slug.clone(), name, now).await?;
            host.say(
                &format!("{slug} is a team now."),
                &json!({ "id": id, "slug": slug }),
            );
        }
        TeamsAction::Add {
            team: slug,
            username,
            role,
            until,
        } => {
            let (id, account) = (team(&db, &slug).await?.id, find(&db, &username).await?.id);
            let role = match role {
                Some(role) => role,
                None => schemes::active(&db).await?.team_member_role.clone(),
            };
            directory::set_member(&db, Actor::HOST, id, account, role.clone(), until, now).await?;
            let said = json!({ "team": slug, "username": username, "role": role });
            host.say(&format!("{username} is {role} in {slug}."), &said);
        }
        TeamsAction::Remove { team: slug, username } => {
            let (id, account) = (team(&db, &slug).await?.id, find(&db, &username).await?.id);
            directory::remove_member(&db, Actor::HOST, id, account, now).await?;
            let said = json!({ "team": slug, "username": username });
            host.say(&format!("{username} is no longer in {slug}."), &said);
        }
        TeamsAction::Rename { team: slug, name } => {
            let id = team(&db, &slug).await?.id;
            directory::rename(&db, Actor::HOST, id, name.clone(), now).await?;
            host.say(
                &format!("{slug} is called {name} now."),
                &json!({ "slug": slug, "name": name }),
            );
        }
        TeamsAction::Delete { team: slug, yes } => {
            let id = team(&db, &slug).await?.id;
            if !yes {
                confirm(&format!("The team {slug} goes with its memberships, for good."))?;
            }
            directory::delete(&db, Actor::HOST, id, now).await?;
            host.say(&format!("{slug} is deleted."), &json!({ "slug": slug }));
        }
        TeamsAction::Members { team: slug } => members(host, &db, &team(&db, &slug).await?).await?,
        TeamsAction::List => list(host, &db).await?,
    }
    db.close().await;
    Ok(())
}

async fn members(host: &Host, db: &Db, team: &Team) -> anyhow::Result<()> {
    let mut after = -1;
    loop {
        let page = teams::members(&mut db.read().await?, &team.id, after, 500, Host::now()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.number;
        for member in &page {
            host.say(
                &format!("{}  {}", member.username, member.role),
                &json!({ "username": member.username, "role": member.role, "until": member.expires_at }),
            );
        }
    }
}

async fn list(host: &Host, db: &Db) -> anyhow::Result<()> {
    let mut after = -1;
    loop {
        let page = teams::page(&mut db.read().await?, after, 500).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.number;
        for team in &page {
            host.say(
                &format!("{}  {}  {}  {}", team.number, team.slug, team.kind, team.name),
                &json!({ "id": team.id, "number": team.number, "slug": team.slug, "kind": team.kind, "name": team.name }),
            );
        }
    }
}
