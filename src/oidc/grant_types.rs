//! The table of grant types; metadata, validation of settings, token endpoint, commands and documents read
//! it.

use crate::model::client::{ClientSettings, Login};
use crate::model::text_enum;

text_enum! {
    /// A grant type (RFC 6749 section 1.3).
    GrantType {
        /// An authorization code.
        AuthorizationCode = "authorization_code",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// The app's own credentials.
        ClientCredentials = "client_credentials",
        /// A device code (RFC 8628).
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
}

/// The properties of a grant type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in messages.
    pub name: &'static str,
    /// The setting that enables it.
    pub setting: &'static str,
    /// Whether the setting enables it.
    pub is_set: fn(&ClientSettings) -> bool,
    /// Whether only a confidential client may use it (RFC 6749 section 2.1).
    pub confidential_only: bool,
}

/// Whether an app redeems codes. For one behind a reverse proxy, this server does.
fn gets_codes(settings: &ClientSettings) -> bool {
    settings.login != Login::Proxy && !settings.redirect_uris.is_empty()
}

/// Whether an app runs on devices without a browser.
fn gets_device_codes(settings: &ClientSettings) -> bool {
    settings.login == Login::Directory && settings.device_code
}

impl GrantType {
    /// Its row of the table.
    #[must_use]
    pub const fn row(self) -> Row {
        match self {
            Self::AuthorizationCode => Row {
                name: "authorization code",
                setting: "redirect_uris",
                is_set: gets_codes,
                confidential_only: false,
            },
            Self::RefreshToken => Row {
                name: "refresh token",
                setting: "redirect_uris",
                is_set: |settings| gets_codes(settings) || gets_device_codes(settings),
                confidential_only: false,
            },
            Self::ClientCredentials => Row {
                name: "client credentials",
                setting: "client_credentials",
                is_set: |settings| settings.client_credentials,
                confidential_only: true,
            },
            Self::DeviceCode => Row {
                name: "device authorization",
                setting: "device_code",
                is_set: gets_device_codes,
                confidential_only: false,
            },
        }
    }

    /// Whether an app with these settings may use it.
    #[must_use]
    pub fn is_allowed(self, settings: &ClientSettings) -> bool {
        let row = self.row();
        (row.is_set)(settings) && !(row.confidential_only && settings.is_public())
    }

    /// The grant types that an app with these settings may use.
    pub fn allowed(settings: &ClientSettings) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|grant_type| grant_type.is_allowed(settings))
    }

    /// The first grant type that is enabled although the app is a public client and cannot use it.
    #[must_use]
    pub fn in_conflict(settings: &ClientSettings) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|grant_type| (grant_type.row().is_set)(settings) && !grant_type.is_allowed(settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::ClientAuth;

    #[test]
    fn an_app_on_devices_needs_no_secret_and_no_redirect_uri() {
        for (device_code, login, expected) in [
            (
                true,
                Login::Directory,
                &[GrantType::RefreshToken, GrantType::DeviceCode][..],
            ),
            (false, Login::Directory, &[]),
            (true, Login::AppManaged, &[]),
            (true, Login::Link, &[]),
        ] {
            let settings = ClientSettings {
                client_auth: ClientAuth::None,
                device_code,
                login,
                ..ClientSettings::default()
            };
            assert_eq!(GrantType::allowed(&settings).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn settings_allow_grant_types() {
        let person = ["authorization_code", "refresh_token"];
        for (redirects, client_credentials, client_auth, expected) in [
            (true, false, ClientAuth::Basic, &person[..]),
            (true, false, ClientAuth::None, &person[..]),
            (true, true, ClientAuth::None, &person[..]),
            (false, true, ClientAuth::PrivateKeyJwt, &["client_credentials"]),
            (false, false, ClientAuth::Basic, &[]),
        ] {
            let mut settings = ClientSettings {
                client_auth,
                client_credentials,
                ..ClientSettings::default()
            };
            settings
                .redirect_uris
                .extend(redirects.then(|| "https://app.example.org/cb".to_owned()));
            let allowed: Vec<&str> = GrantType::allowed(&settings).map(GrantType::as_str).collect();
            assert_eq!(allowed, expected, "{settings:?}");
            let conflict = client_credentials && client_auth == ClientAuth::None;
            assert_eq!(
                GrantType::in_conflict(&settings).is_some(),
                conflict,
                "{settings:?}"
            );
        }
    }
}
