//! The apps of a person, a team and a group, as their pages list them.

use serde::Serialize;

use crate::directory::accounts::{AccountRef, find as find_account};
use crate::directory::{Failure, ReadContext, access, operation};
use crate::model::client::Client;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::{ClientId, GroupId, TeamId};
use crate::store::{Conn, Error, clients, grants, groups};

/// An app on the page of a team or a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppLink {
    /// Its client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Whether the team owns it; otherwise it lets in the team or the group.
    pub owned: bool,
}

/// The apps that a team owns, and those that let it in.
pub(in crate::directory) async fn of_team(conn: &mut Conn, team: &TeamId) -> Result<Vec<AppLink>, Error> {
    let owns = |app: &Client| app.team.as_ref() == Some(team);
    links(conn, owns, |app| app.settings.access.teams.contains(team)).await
}

/// The apps that let in a group.
pub(in crate::directory) async fn of_group(conn: &mut Conn, group: &GroupId) -> Result<Vec<AppLink>, Error> {
    links(conn, |_| false, |app| app.settings.access.groups.contains(group)).await
}

async fn links(
    conn: &mut Conn,
    owns: impl Fn(&Client) -> bool,
    lets_in: impl Fn(&Client) -> bool,
) -> Result<Vec<AppLink>, Error> {
    let all = clients::list(conn).await?.into_iter();
    let listed = all.filter(|app| owns(app) || lets_in(app)).map(|app| AppLink {
        owned: owns(&app),
        client_id: app.id,
        name: app.name,
    });
    Ok(listed.collect())
}

/// An app that somebody may sign in to, or that holds access to their account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountApp {
    /// Its client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Whether they may sign in to it.
    pub may_enter: bool,
    /// Whether it holds access.
    pub has_access: bool,
}

operation! {
    /// Lists the apps that somebody may sign in to and those that hold access to their account, by name.
    read ListAccountApps { account: AccountRef } -> Vec<AccountApp>, requires AccountRead;
}

impl ListAccountApps {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<AccountApp>, Failure> {
        context.require(Permission::AppRead)?;
        let account = find_account(context.conn(), &self.account).await?;
        let account = account.ok_or(Code::AccountNotFound)?;
        let (is_usable, now) = (account.is_usable(context.now), context.now);
        let authority = context.authority_of(&account.id).await?;
        let own_groups = groups::ids_of_account(context.conn(), &account.id).await?;
        let held = grants::newest_per_app(context.conn(), &account.id, now).await?;
        let all = clients::list(context.conn()).await?.into_iter();
        let apps = all.map(|app| AccountApp {
            may_enter: is_usable && access::decide(&app, &authority, &own_groups).is_allowed(),
            has_access: held.iter().any(|grant| grant.client_id == app.id),
            client_id: app.id,
            name: app.name,
        });
        Ok(apps.filter(|app| app.may_enter || app.has_access).collect())
    }
}
