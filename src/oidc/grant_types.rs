//! The table of grant types, from which metadata, checks of settings, the token endpoint, commands and documents are read.

use crate::model::client::ClientSettings;
use crate::model::text_enum;

text_enum! {
    /// What an app may trade for tokens (RFC 6749 section 1.3).
    GrantType {
        /// The code that an authorization request was answered with.
        AuthorizationCode = "authorization_code",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// The app's own proof of who it is.
        ClientCredentials = "client_credentials",
    }
}

/// What holds for a grant type.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in sentences.
    pub name: &'static str,
    /// The setting that allows it.
    pub setting: &'static str,
    /// Whether the setting does.
    pub is_set: fn(&ClientSettings) -> bool,
    /// Whether the app must prove who it is, which a public one cannot.
    pub needs_proof: bool,
    /// Whether its tokens are a person's, and not the app's own.
    pub needs_person: bool,
}

impl GrantType {
    /// Its row of the table.
    #[must_use]
    pub const fn row(self) -> Row {
        match self {
            Self::AuthorizationCode => Row {
                name: "authorization code",
                setting: "redirect_uris",
                is_set: |settings| !settings.redirect_uris.is_empty(),
                needs_proof: false,
                needs_person: true,
            },
            Self::RefreshToken => Row {
                name: "refresh token",
                setting: "redirect_uris",
                is_set: |settings| !settings.redirect_uris.is_empty(),
                needs_proof: false,
                needs_person: true,
            },
            Self::ClientCredentials => Row {
                name: "client credentials",
                setting: "client_credentials",
                is_set: |settings| settings.client_credentials,
                needs_proof: true,
                needs_person: false,
            },
        }
    }

    /// Whether an app with these settings may use it.
    #[must_use]
    pub fn is_allowed(self, settings: &ClientSettings) -> bool {
        let row = self.row();
        (row.is_set)(settings) && !(row.needs_proof && settings.is_public())
    }

    /// Those that an app with these settings may use.
    pub fn allowed(settings: &ClientSettings) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|grant_type| grant_type.is_allowed(settings))
    }

    /// The first that is set, but that the app cannot use since it proves nothing.
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
