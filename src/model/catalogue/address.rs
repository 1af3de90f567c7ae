//! The address of an app, as a person types it.

use std::fmt;

use crate::model::refusal::{Code, Refusal};

/// The address of an app without a slash at its end. It has only characters that need no quoting in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address that somebody typed, perhaps without `https://`.
    ///
    /// # Errors
    /// When it is not the address of an app.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let typed = typed.trim();
        let full = if typed.contains("://") {
            typed.to_owned()
        } else {
            format!("https://{typed}")
        };
        let refused = || Code::AppAddressInvalid.at("address");
        let url = url::Url::parse(&full).map_err(|_| refused())?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        let ok = matches!(url.scheme(), "https" | "http")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url
                .host_str()
                .is_some_and(|host| host.chars().all(|c| is_plain(c) || "[:]".contains(c)))
            && url.path().chars().all(is_plain);
        if !ok {
            return Err(refused());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host with its port.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_type_it() {
        for (typed, address, host) in [
            ("https://a.example.org", "https://a.example.org", "a.example.org"),
            (" a.example.org/ ", "https://a.example.org", "a.example.org"),
            (
                "HTTPS://A.example.org:8443/x/",
                "https://a.example.org:8443/x",
                "a.example.org:8443",
            ),
            ("http://localhost:3000", "http://localhost:3000", "localhost:3000"),
            (
                "bücher.example",
                "https://xn--bcher-kva.example",
                "xn--bcher-kva.example",
            ),
        ] {
            let parsed = Address::parse(typed);
            let parts = parsed.as_ref().map(|one| (one.as_str(), one.host()));
            assert_eq!(parts, Ok((address, host)), "{typed}");
        }
    }

    #[test]
    fn what_could_break_out_of_a_configuration_is_refused() {
        for typed in [
            "",
            "https://",
            "a b",
            "https://a.example.org/?x=1",
            "https://a.example.org/#x",
            "https://u:p@a.example.org",
            "https://a.example.org/'; drop",
            "https://a.example.org/$(x)",
            "https://a.example.org/\"",
            "https://*.example.org",
            "https://a$(x).example.org",
            "https://a'.example.org",
            "https://a\".example.org",
            "https://a;b.example.org",
            "javascript://a.example.org",
        ] {
            assert!(Address::parse(typed).is_err(), "{typed}");
        }
    }
}
