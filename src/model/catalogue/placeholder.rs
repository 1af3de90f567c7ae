//! The placeholders in the URIs and snippets of a definition.

use super::Address;
use crate::model::text_enum;
use crate::paths;

text_enum! {
    /// What stands in braces in a URI or a snippet.
    Placeholder {
        /// The address of the app.
        Address = "address",
        /// The host of the app, with its port.
        Host = "host",
        /// The issuer.
        Issuer = "issuer",
        /// The address of the discovery document.
        Discovery = "discovery",
        /// The address of the authorization endpoint.
        AuthorizationEndpoint = "authorization_endpoint",
        /// The address of the token endpoint.
        TokenEndpoint = "token_endpoint",
        /// The address of the userinfo endpoint.
        UserinfoEndpoint = "userinfo_endpoint",
        /// The address of the public keys.
        JwksUri = "jwks_uri",
        /// The address for signing out.
        EndSessionEndpoint = "end_session_endpoint",
        /// The client ID.
        ClientId = "client_id",
        /// The client secret.
        ClientSecret = "client_secret",
    }
}

impl Placeholder {
    /// Whether its value follows from the address of the app.
    #[must_use]
    pub const fn needs_address(self) -> bool {
        matches!(self, Self::Address | Self::Host)
    }

    /// Every placeholder in a text.
    ///
    /// # Errors
    /// The first one that is unknown.
    pub fn all_in(text: &str) -> Result<Vec<Self>, String> {
        let named = pieces(text).filter_map(|(_, name)| name);
        named
            .map(|name| {
                name.parse()
                    .map_err(|_| format!("unknown placeholder {{{name}}}"))
            })
            .collect()
    }
}

/// The values of the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The issuer, without a slash at its end.
    pub issuer: &'a str,
    /// The address of the app.
    pub address: Option<&'a Address>,
    /// The client ID.
    pub client_id: &'a str,
    /// The client secret.
    pub client_secret: Option<&'a str>,
}

impl Values<'_> {
    /// A text with the values in place of the placeholders.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        for (before, name) in pieces(text) {
            filled.push_str(before);
            if let Some(placeholder) = name.and_then(|name| name.parse().ok()) {
                filled.push_str(&self.value(placeholder));
            }
        }
        filled
    }

    fn value(&self, placeholder: Placeholder) -> String {
        let at = |path: &dyn std::fmt::Display| format!("{}{path}", self.issuer);
        match placeholder {
            Placeholder::Address => self.address.map(Address::to_string).unwrap_or_default(),
            Placeholder::Host => self.address.map(Address::host).unwrap_or_default().to_owned(),
            Placeholder::Issuer => self.issuer.to_owned(),
            Placeholder::Discovery => at(&paths::DISCOVERY),
            Placeholder::AuthorizationEndpoint => at(&paths::AUTHORIZE),
            Placeholder::TokenEndpoint => at(&paths::TOKEN),
            Placeholder::UserinfoEndpoint => at(&paths::USERINFO),
            Placeholder::JwksUri => at(&paths::JWKS),
            Placeholder::EndSessionEndpoint => at(&paths::LOGOUT),
            Placeholder::ClientId => self.client_id.to_owned(),
            Placeholder::ClientSecret => self.client_secret.unwrap_or_default().to_owned(),
        }
    }
}

/// The pieces of a text, each with the name in braces after it. Braces around anything but lower-case letters and
/// underscores belong to the text, as in JSON.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let left = rest?;
        for (open, _) in left.match_indices('{') {
            let after = &left[open + 1..];
            let length = after
                .bytes()
                .take_while(|b| b.is_ascii_lowercase() || *b == b'_')
                .count();
            if length > 0 && after[length..].starts_with('}') {
                rest = Some(&after[length + 1..]);
                return Some((&left[..open], Some(&after[..length])));
            }
        }
        rest = None;
        Some((left, None))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_other_braces_kept() {
        let address = Address::parse("https://a.example.org/x").ok();
        let values = Values {
            issuer: "https://id.example.org",
            address: address.as_ref(),
            client_id: "app",
            client_secret: Some("s"),
        };
        for (text, expected) in [
            ("{address}/cb", "https://a.example.org/x/cb"),
            ("a {client_id}{client_secret} {host}", "a apps a.example.org"),
            (
                "{\"issuer\": \"{issuer}\"}",
                "{\"issuer\": \"https://id.example.org\"}",
            ),
            (
                "{{ user.name }} {} {baseUrl} {a b} {",
                "{{ user.name }} {} {baseUrl} {a b} {",
            ),
            ("{token_endpoint}", "https://id.example.org/oauth2/token"),
            ("é{client_id}é", "éappé"),
        ] {
            assert_eq!(values.fill(text), expected, "{text}");
        }
        assert!(Placeholder::all_in("{client}").is_err());
    }
}
