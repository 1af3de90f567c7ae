//! Clients: the apps that people sign in to, their settings and their secrets.

mod access;
mod claims;
mod guard;
mod logo;
mod preview;
mod proposals;
mod proxied;
mod roles;
mod secrets;
mod shown;
mod validation;

pub use access::{
    Entrant, ExplainAccess, Explanation, FindAccessRule, LetIn, ListEntrants, SetAccessRule,
    SetAppSecondFactor, ShutOut,
};

pub use claims::SetClaimRules;
pub use logo::{RemoveAppLogo, SetAppLogo};
pub use preview::{ClaimSource, LONG_TOKEN, Preview, PreviewClaims, PreviewFacts, RuleResult};
pub use proposals::{ApproveRedirects, RejectRedirects};
pub use roles::{AppRoles, Holder, ListAppRoles, RoleOfMembers, RoleOfPerson, ShareAppRole, UnshareAppRole};
pub use secrets::{AddClientSecret, DropOldClientSecrets, SecretDetail};
use serde::Serialize;
use serde_json::json;
pub use shown::{AccountApp, AppLink, ListAccountApps};
pub(super) use shown::{of_group, of_team};

use self::guard::{MANAGE, OPERATE, READ, find, find_for_change};
use super::actor::difference;
use super::teams::TeamRef;
use super::{ChangeContext, Failure, ReadContext, operation, revocation};
use crate::clock::Time;
use crate::crypto::Token;
use crate::model::ClientId;
use crate::model::access::{NamedRule, NamedTeam};
use crate::model::action::Action;
use crate::model::client::{Client, ClientSettings, CredentialKind, Login, Proposal};
use crate::model::refusal::Code;
use crate::oidc::grant_types::GrantType;
use crate::store::{Conn, clients, consents, roles as role_grants, shared_roles};

/// An app in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientSummary {
    /// Its `client_id`.
    pub client_id: ClientId,
    /// The name shown to people.
    pub name: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whom it lets in, in one word.
    pub entry: Entry,
}

/// Whom an app lets in, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// Everyone.
    Everyone,
    /// Chosen groups, teams and roles.
    Chosen,
    /// Nobody yet.
    Nobody,
    /// Nobody signs in to it here.
    None,
}

impl Entry {
    const fn of(settings: &ClientSettings) -> Self {
        if !settings.login.is_here() {
            Self::None
        } else if settings.access.everyone {
            Self::Everyone
        } else if settings.access.is_closed() {
            Self::Nobody
        } else {
            Self::Chosen
        }
    }
}

/// An app with all its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientDetail {
    /// Its `client_id`.
    pub client_id: ClientId,
    /// The name shown to people.
    pub name: String,
    /// Whether it is disabled.
    pub disabled: bool,
    /// The version of its logo.
    pub logo: Option<String>,
    /// Its secrets, the oldest first.
    pub secrets: Vec<SecretDetail>,
    /// Who may sign in to it, with names.
    pub access: NamedRule,
    /// The grant types that it may use.
    pub grant_types: Vec<&'static str>,
    /// Its settings.
    pub settings: ClientSettings,
    /// The team that owns it; `None` if it belongs to the instance.
    pub team: Option<NamedTeam>,
    /// The redirect URIs that wait for approval.
    pub proposal: Option<Proposal>,
    /// Whether the actor may change the settings that only concern the app.
    pub may_operate: bool,
    /// Whether the actor may change everything about it.
    pub may_manage: bool,
    /// When it last changed.
    pub updated_at: Time,
    /// How many people have granted it access that has not ended.
    pub people: i64,
}

impl ClientDetail {
    /// Whether it authenticates with a secret that we issued.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.settings.client_auth.credential_kind() == CredentialKind::Secret
    }

    async fn of(client: Client, context: &mut ReadContext<'_>) -> Result<Self, Failure> {
        let now = context.now;
        let authorization = &context.authorization;
        let may_operate = authorization.require_for_app(&client, OPERATE).is_ok();
        let may_manage = authorization.require_for_app(&client, MANAGE).is_ok();
        let conn = context.conn();
        Ok(Self {
            access: access::named(conn, &client.settings.access).await?,
            people: clients::people(conn, &client.id, now).await?,
            team: access::named_team(conn, client.team.as_ref()).await?,
            client_id: client.id,
            name: client.name,
            disabled: client.disabled,
            logo: client.logo,
            secrets: SecretDetail::of(&client.secrets, now),
            grant_types: GrantType::allowed(&client.settings)
                .map(GrantType::as_str)
                .collect(),
            settings: client.settings,
            proposal: client.proposal,
            may_operate,
            may_manage,
            updated_at: client.updated_at,
        })
    }
}

operation! {
    /// Lists the apps that the actor may see, by name.
    read ListClients -> Vec<ClientSummary>;
}

impl ListClients {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<ClientSummary>, Failure> {
        context.authorization.require_app_administration()?;
        let listed = clients::list(context.conn()).await?;
        let may_see = |app: &Client| context.authorization.require_for_app(app, READ).is_ok();
        let listed = listed.into_iter().filter(may_see);
        let summary = |app: Client| ClientSummary {
            entry: Entry::of(&app.settings),
            client_id: app.id,
            name: app.name,
            disabled: app.disabled,
        };
        Ok(listed.map(summary).collect())
    }
}

operation! {
    /// Shows an app.
    read GetClient { id: ClientId } -> ClientDetail;
}

impl GetClient {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<ClientDetail, Failure> {
        let client = find(context, &self.id, READ).await?;
        ClientDetail::of(client, context).await
    }
}

operation! {
    /// Finds the team that is to own a new app, for an actor who may add apps to it.
    read FindAppOwner { team: TeamRef } -> NamedTeam;
}

impl FindAppOwner {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<NamedTeam, Failure> {
        let team = guard::owner(context, &self.team).await?;
        Ok(NamedTeam {
            id: team.id,
            slug: team.slug,
            name: team.name,
        })
    }
}

operation! {
    /// Creates an app; yields its secret, if it has one, which cannot be read again.
    change CreateClient {
        id: ClientId,
        name: String,
        settings: ClientSettings,
        /// The team that owns it; `None` for an app of the instance.
        team: Option<TeamRef>,
    } -> Option<Token>;
}

impl CreateClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Option<Token>, Failure> {
        let team = guard::owner_of_new(context, self.team.as_ref(), &self.settings).await?;
        let Self {
            id, name, settings, ..
        } = self;
        validation::ensure_valid_new(&id, &name, &settings)?;
        let (tx, now) = context.tx_now();
        if !clients::insert(tx, &id, &name, &settings, team.as_ref(), now).await? {
            return Err(Code::Taken.at("client_id").into());
        }
        ensure_own_identifier(tx, &id, &settings).await?;
        proxied::ensure_own_hosts(tx, &id, &settings).await?;
        let has_secret = settings.client_auth.credential_kind() == CredentialKind::Secret
            && settings.login != Login::Proxy;
        let secret = has_secret.then(Token::random);
        if let Some(secret) = &secret {
            clients::add_secret(tx, &id, &secret.hash(), None, now).await?;
        }
        let detail = json!({ "name": name, "team": team, "settings": settings });
        context.record(Action::AppCreate, id.as_str(), &detail).await?;
        Ok(secret)
    }
}

operation! {
    /// Changes the name and the settings of an app.
    change UpdateClient {
        id: ClientId,
        /// The new name, if it changes.
        name: Option<String>,
        /// The new settings, which replace all old ones.
        settings: ClientSettings,
        /// The app's `updated_at` when its settings were read; `None` to replace whatever is stored.
        expected: Option<Time>,
    } -> UpdateOutcome;
}

/// What became of new settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// They apply from now on.
    Now,
    /// The redirect URIs wait for approval, and the other settings apply from now on.
    Proposed,
}

impl UpdateClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<UpdateOutcome, Failure> {
        let before = find_for_change(context, &self.id, OPERATE).await?;
        let name = self.name.filter(|name| !name.is_empty());
        validation::ensure_valid(name.as_deref(), &self.settings)?;
        guard::ensure_may_change(context, &before, &self.settings)?;
        if self
            .expected
            .is_some_and(|expected| expected != before.updated_at)
        {
            return Err(Code::AppChanged.into());
        }
        let (settings, saved) = if proposals::needs_approval(context, &before, &self.settings) {
            let kept = proposals::propose(context, &before, self.settings).await?;
            (kept, UpdateOutcome::Proposed)
        } else {
            (self.settings, UpdateOutcome::Now)
        };
        let (tx, now) = context.tx_now();
        if let Some(name) = name.as_ref().filter(|name| **name != before.name) {
            clients::rename(tx, &self.id, name).await?;
        }
        clients::update(tx, &self.id, &settings, now).await?;
        ensure_own_identifier(tx, &self.id, &settings).await?;
        proxied::ensure_own_hosts(tx, &self.id, &settings).await?;
        let detail = difference(&before.settings, &settings);
        context
            .record(Action::AppUpdate, self.id.as_str(), &detail)
            .await?;
        Ok(saved)
    }
}

operation! {
    /// Disables an app: nobody can sign in to it, and its tokens are refused.
    change DisableClient { id: ClientId } -> ();
}

impl DisableClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        set_disabled(context, &self.id, true, Action::AppDisable).await
    }
}

operation! {
    /// Enables an app that was disabled.
    change EnableClient { id: ClientId } -> ();
}

impl EnableClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        set_disabled(context, &self.id, false, Action::AppEnable).await
    }
}

async fn set_disabled(
    context: &mut ChangeContext<'_>,
    id: &ClientId,
    disabled: bool,
    action: Action,
) -> Result<(), Failure> {
    find_for_change(context, id, MANAGE).await?;
    let (tx, now) = context.tx_now();
    clients::set_disabled(tx, id, disabled, now).await?;
    context.record(action, id.as_str(), &json!({})).await
}

operation! {
    /// Deletes an app with its secrets, the consents and roles for it, and everything that it was granted.
    change DeleteClient { id: ClientId } -> ();
}

impl DeleteClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let before = find_for_change(context, &self.id, MANAGE).await?;
        let tx = context.tx();
        revocation::delete_grants_of_client(tx, &self.id).await?;
        consents::delete_for_app(tx, &self.id).await?;
        role_grants::revoke_all_for_app(tx, &self.id).await?;
        shared_roles::delete_for_app(tx, &self.id).await?;
        clients::delete(tx, &self.id).await?;
        let detail = json!({ "name": before.name });
        context.record(Action::AppDelete, self.id.as_str(), &detail).await
    }
}

/// Succeeds if no other app has the identifier of this resource server. The caller's write has incremented the version
/// of the cache, so concurrent changes of apps wait for this transaction.
async fn ensure_own_identifier(
    conn: &mut Conn,
    id: &ClientId,
    settings: &ClientSettings,
) -> Result<(), Failure> {
    if settings.resource_identifier.is_none() {
        return Ok(());
    }
    let all = clients::list(conn).await?;
    let mut others = all.iter().filter(|other| other.id != *id);
    if others.any(|other| other.settings.resource_identifier == settings.resource_identifier) {
        return Err(Code::Taken.at("resource_identifier").into());
    }
    Ok(())
}

/// The app with this client ID, for an actor who may change everything about it.
///
/// # Errors
/// [`Code::PermissionMissing`] or [`Code::ClientNotFound`].
pub(super) async fn find_managed(context: &mut ChangeContext<'_>, id: &ClientId) -> Result<Client, Failure> {
    find_for_change(context, id, MANAGE).await
}
