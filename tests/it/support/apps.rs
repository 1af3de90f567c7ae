//! Apps for tests, and changes to them.

use doorward::directory::Actor;
use doorward::directory::clients::{CreateClient, UpdateClient};
use doorward::directory::roles::GrantAppRole;
use doorward::model::access::AccessRule;
use doorward::model::client::ClientSettings;
use doorward::model::{AccountId, ClientId};

use super::{REDIRECT_URI, Rp, TestApp};

/// The change that creates an app owned by the instance, not by a team.
pub fn new_app(id: &str, settings: ClientSettings) -> CreateClient {
    CreateClient {
        id: ClientId(id.to_owned()),
        name: "Grafana".to_owned(),
        settings,
        team: None,
    }
}

/// The change that replaces all settings of an app.
pub fn new_settings(id: &str, settings: ClientSettings) -> UpdateClient {
    UpdateClient {
        id: ClientId(id.to_owned()),
        name: None,
        settings,
        expected: None,
    }
}

impl TestApp {
    /// Registers an app; yields its secret.
    pub async fn register(&self, id: &str, change: impl FnOnce(&mut ClientSettings)) -> String {
        let mut settings = ClientSettings {
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            access: AccessRule::for_everyone(),
            ..ClientSettings::default()
        };
        change(&mut settings);
        let secret = self.change(&Actor::HOST, new_app(id, settings)).await.unwrap();
        secret
            .map(|secret| secret.as_str().to_owned())
            .unwrap_or_default()
    }

    /// Registers the confidential app `rp`.
    pub async fn rp(&self) -> Rp {
        self.rp_with("rp", |settings| settings.client_credentials = true)
            .await
    }

    /// Registers an app whose default settings `change` adapts.
    pub async fn rp_with(&self, id: &str, change: impl FnOnce(&mut ClientSettings)) -> Rp {
        let secret = self.register(id, change).await;
        Rp::new(self, id, &secret)
    }

    /// Grants an account a role for an app.
    pub async fn grant_app_role(&self, account: &AccountId, app: &str, role: &str) {
        let grant = GrantAppRole {
            account: account.clone().into(),
            app: ClientId(app.into()),
            role: role.into(),
            until: None,
        };
        self.change(&Actor::HOST, grant).await.unwrap();
    }
}
