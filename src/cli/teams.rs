//! `doorward teams`: teams and their members.

use clap::Subcommand;
use serde_json::{Value, json};

use super::arguments::parse_time;
use super::host::{Host, Operations};
use super::second_factors::{self, OfMembers};
use super::terminal::confirm;
use crate::clock::Time;
use crate::directory::accounts::AccountRef;
use crate::directory::teams::{
    CreateTeam, DeleteTeam, GetTeam, ListTeams, MembershipEnd, RemoveTeamMember, RenameTeam, SetTeamMember,
    TeamRef,
};

/// The number of rows that are read at once.
const ROWS: u16 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum TeamsAction {
    /// Create a team.
    Create {
        /// Its slug.
        slug: String,
        /// The name shown to people; by default the slug.
        #[arg(long)]
        name: Option<String>,
    },
    /// Add an account to a team, or change its role there.
    Add {
        /// The team's slug.
        team: String,
        /// The username.
        username: String,
        /// The role; by default the scheme's role for new members.
        #[arg(long)]
        role: Option<String>,
        /// The end date of the membership.
        #[arg(long, value_parser = parse_time)]
        until: Option<Time>,
    },
    /// Remove an account from a team.
    Remove {
        /// The team's slug.
        team: String,
        /// The username.
        username: String,
    },
    /// Rename a team; its slug stays.
    Rename {
        /// The team's slug.
        team: String,
        /// The new name.
        name: String,
    },
    /// Require a second factor of the members of a team.
    SecondFactor(OfMembers),
    /// Delete a team with its memberships.
    Delete {
        /// The team's slug.
        team: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// List the members of a team.
    Members {
        /// The team's slug.
        team: String,
    },
    /// List the teams.
    List,
}

pub(super) async fn teams(host: &Host, operations: &Operations, action: TeamsAction) -> anyhow::Result<()> {
    let (sentence, value) = match action {
        TeamsAction::List => return list(host, operations).await,
        TeamsAction::Members { team } => return members(host, operations, &team).await,
        TeamsAction::Create { slug, name } => create(operations, slug, name).await?,
        TeamsAction::Add {
            team,
            username,
            role,
            until,
        } => set_member(operations, team, username, role, until).await?,
        TeamsAction::Remove { team, username } => remove_member(operations, &team, &username).await?,
        TeamsAction::Rename { team, name } => rename(operations, &team, &name).await?,
        TeamsAction::SecondFactor(set) => second_factors::of_team(operations, set).await?,
        TeamsAction::Delete { team, yes } => delete(operations, &team, yes).await?,
    };
    host.print(&sentence, &value);
    Ok(())
}

/// What a change prints: a sentence, or a value as JSON.
type Printed = (String, Value);

async fn create(operations: &Operations, slug: String, name: Option<String>) -> anyhow::Result<Printed> {
    let name = name.unwrap_or_else(|| slug.clone());
    let slug = Some(slug);
    let created = operations.change(CreateTeam { slug, name }).await?;
    let sentence = format!("Created {}.", created.slug);
    Ok((sentence, serde_json::to_value(&created)?))
}

async fn set_member(
    operations: &Operations,
    slug: String,
    username: String,
    role: Option<String>,
    until: Option<Time>,
) -> anyhow::Result<Printed> {
    let set = SetTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::Any(username.clone()),
        role,
        end: MembershipEnd::Set(until),
    };
    let role = operations.change(set).await?.role;
    let value = json!({ "team": slug, "username": username, "role": role });
    Ok((format!("{username} has the role {role} in {slug}."), value))
}

async fn remove_member(operations: &Operations, slug: &str, username: &str) -> anyhow::Result<Printed> {
    let remove = RemoveTeamMember {
        team: TeamRef::Slug(slug.to_owned()),
        account: AccountRef::Any(username.to_owned()),
    };
    operations.change(remove).await?;
    let value = json!({ "team": slug, "username": username });
    Ok((format!("{username} is no longer a member of {slug}."), value))
}

async fn rename(operations: &Operations, slug: &str, name: &str) -> anyhow::Result<Printed> {
    let rename = RenameTeam {
        team: TeamRef::Slug(slug.to_owned()),
        name: name.to_owned(),
    };
    operations.change(rename).await?;
    let value = json!({ "slug": slug, "name": name });
    Ok((format!("{slug} is now called {name}."), value))
}

async fn delete(operations: &Operations, slug: &str, yes: bool) -> anyhow::Result<Printed> {
    if !yes {
        confirm(&format!("This deletes the team {slug} and its memberships."))?;
    }
    let team = TeamRef::Slug(slug.to_owned());
    operations.change(DeleteTeam { team }).await?;
    Ok((format!("{slug} is deleted."), json!({ "slug": slug })))
}

async fn members(host: &Host, operations: &Operations, slug: &str) -> anyhow::Result<()> {
    let mut after = Some(-1);
    while let Some(members_after) = after {
        let get = GetTeam {
            team: TeamRef::Slug(slug.to_owned()),
            members_after,
            limit: ROWS,
        };
        let members = operations.read(get).await?.members;
        for member in &members.rows {
            host.print(
                &format!("{}  {}", member.username, member.role),
                &json!({ "username": member.username, "role": member.role, "until": member.expires_at }),
            );
        }
        after = members.next(|last| last.number);
    }
    Ok(())
}

async fn list(host: &Host, operations: &Operations) -> anyhow::Result<()> {
    let mut next = Some(-1);
    while let Some(after) = next {
        let list = ListTeams {
            search: String::new(),
            personal: true,
            after,
            limit: ROWS,
        };
        let teams = operations.read(list).await?;
        for team in &teams.rows {
            host.print(
                &format!("{}  {}  {}  {}", team.number, team.slug, team.kind, team.name),
                &serde_json::to_value(team)?,
            );
        }
        next = teams.next(|last| last.number);
    }
    Ok(())
}
