//! Clients: the apps that people sign in to, their settings and their secrets.

mod access;
mod proxied;
mod validation;

pub use access::{ExplainAccess, Explanation, FindAccessRule, SetAccessRule};

use serde::Serialize;
use serde_json::json;

use super::actor::difference;
use super::{ChangeContext, Failure, ReadContext, operation, revocation};
use crate::crypto::Token;
use crate::model::ClientId;
use crate::model::access::NamedRule;
use crate::model::action::Action;
use crate::model::client::{Client, ClientSettings, CredentialKind, Login};
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::oidc::grant_types::GrantType;
use crate::store::{Conn, clients, consents, roles};

/// An app in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientSummary {
    /// Its `client_id`.
    pub client_id: ClientId,
    /// The name shown to people.
    pub name: String,
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
    /// How many secrets it has.
    pub secrets: usize,
    /// Who may sign in to it, with names.
    pub access: NamedRule,
    /// The grant types that it may use.
    pub grant_types: Vec<&'static str>,
    /// Its settings.
    pub settings: ClientSettings,
}

impl ClientDetail {
    fn of(client: Client, access: NamedRule) -> Self {
        Self {
            access,
            client_id: client.id,
            name: client.name,
            disabled: client.disabled,
            secrets: client.secrets.len(),
            grant_types: GrantType::allowed(&client.settings)
                .map(GrantType::as_str)
                .collect(),
            settings: client.settings,
        }
    }
}

operation! {
    /// Lists the apps by name.
    read ListClients -> Vec<ClientSummary>, requires AppRead;
}

impl ListClients {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<ClientSummary>, Failure> {
        let listed = clients::list(context.conn()).await?.into_iter();
        Ok(listed
            .map(|(client_id, name)| ClientSummary { client_id, name })
            .collect())
    }
}

operation! {
    /// Shows an app.
    read GetClient { id: ClientId } -> ClientDetail, requires AppRead;
}

impl GetClient {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<ClientDetail, Failure> {
        let client = existing(context.conn(), &self.id).await?;
        let access = access::named(context.conn(), &client.settings.access).await?;
        Ok(ClientDetail::of(client, access))
    }
}

operation! {
    /// Creates an app; yields its secret, if it has one, which cannot be read again.
    change CreateClient {
        id: ClientId,
        name: String,
        settings: ClientSettings,
    } -> Option<Token>, requires AppManage;
}

impl CreateClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Option<Token>, Failure> {
        let Self { id, name, settings } = self;
        validation::ensure_valid_new(&id, &name, &settings)?;
        let (tx, now) = context.tx_now();
        if !clients::insert(tx, &id, &name, &settings, now).await? {
            return Err(Code::Taken.at("client_id").into());
        }
        ensure_own_identifier(tx, &id, &settings).await?;
        proxied::ensure_own_hosts(tx, &id, &settings).await?;
        let has_secret = settings.client_auth.credential_kind() == CredentialKind::Secret
            && settings.login != Login::Proxy;
        let secret = has_secret.then(Token::random);
        if let Some(secret) = &secret {
            clients::add_secret(tx, &id, &secret.hash(), now).await?;
        }
        let detail = json!({ "name": name, "settings": settings });
        context.record(Action::AppCreate, id.as_str(), &detail).await?;
        Ok(secret)
    }
}

operation! {
    /// Changes the settings of an app.
    change UpdateClient {
        id: ClientId,
        /// The new settings, which replace all old ones.
        settings: ClientSettings,
    } -> (), requires AppManage;
}

impl UpdateClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        validation::ensure_valid(&self.settings)?;
        let (tx, now) = context.tx_now();
        let before = existing(tx, &self.id).await?;
        clients::update(tx, &self.id, &self.settings, now).await?;
        ensure_own_identifier(tx, &self.id, &self.settings).await?;
        proxied::ensure_own_hosts(tx, &self.id, &self.settings).await?;
        let detail = difference(&before.settings, &self.settings);
        context.record(Action::AppUpdate, self.id.as_str(), &detail).await
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
    context.require(Permission::AppManage)?;
    let (tx, now) = context.tx_now();
    if !clients::set_disabled(tx, id, disabled, now).await? {
        return Err(Code::ClientNotFound.into());
    }
    context.record(action, id.as_str(), &json!({})).await
}

operation! {
    /// Deletes an app with its secrets, the consents and roles for it, and everything that it was granted.
    change DeleteClient { id: ClientId } -> (), requires AppManage;
}

impl DeleteClient {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        let tx = context.tx();
        let before = existing(tx, &self.id).await?;
        revocation::delete_grants_of_client(tx, &self.id).await?;
        consents::delete_for_app(tx, &self.id).await?;
        roles::revoke_all_for_app(tx, &self.id).await?;
        clients::delete(tx, &self.id).await?;
        let detail = json!({ "name": before.name });
        context.record(Action::AppDelete, self.id.as_str(), &detail).await
    }
}

operation! {
    /// Adds a second secret, so that an app can be switched over without downtime; yields the secret, which
    /// cannot be read again.
    change AddClientSecret { id: ClientId } -> Token, requires AppManage;
}

impl AddClientSecret {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<Token, Failure> {
        let (tx, now) = context.tx_now();
        existing(tx, &self.id).await?;
        let secret = Token::random();
        if !clients::add_secret(tx, &self.id, &secret.hash(), now).await? {
            return Err(Code::TooManySecrets.into());
        }
        context
            .record(Action::AppAddSecret, self.id.as_str(), &json!({}))
            .await?;
        Ok(secret)
    }
}

operation! {
    /// Removes every secret of an app except the newest; yields how many.
    change DropOldClientSecrets { id: ClientId } -> u64, requires AppManage;
}

impl DropOldClientSecrets {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<u64, Failure> {
        existing(context.tx(), &self.id).await?;
        let removed = clients::drop_old_secrets(context.tx(), &self.id).await?;
        context
            .record(Action::AppDropOldSecrets, self.id.as_str(), &json!({}))
            .await?;
        Ok(removed)
    }
}

/// Succeeds if no other app has the identifier of this resource server. The write before it incremented the version of the
/// cache, so concurrent changes of apps wait for this transaction.
async fn ensure_own_identifier(
    conn: &mut Conn,
    id: &ClientId,
    settings: &ClientSettings,
) -> Result<(), Failure> {
    if settings.resource_identifier.is_none() {
        return Ok(());
    }
    let all = clients::all_settings(conn).await?;
    let mut others = all.iter().filter(|other| other.id != *id);
    if others.any(|other| other.settings.resource_identifier == settings.resource_identifier) {
        return Err(Code::Taken.at("resource_identifier").into());
    }
    Ok(())
}

async fn existing(conn: &mut Conn, id: &ClientId) -> Result<Client, Failure> {
    let found = clients::by_id(conn, id).await?;
    found.ok_or(Code::ClientNotFound.into())
}
