//! The rules for registering redirect URIs, and for matching the one in a request.

use url::{Host, Url};

use crate::model::refusal::Code;

/// Succeeds if a redirect URI may be registered.
///
/// # Errors
/// When it is relative, has a wildcard, a fragment or user info, or its scheme is neither https, nor http for a loopback
/// address, nor a private-use scheme.
pub fn check_registrable(uri: &str) -> Result<(), Code> {
    if uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Code::UriSpaces);
    }
    let url = Url::parse(uri).map_err(|_| Code::UriRelative)?;
    // URIs match byte for byte, so a wildcard would match nothing.
    if uri.contains('*') {
        return Err(Code::UriWildcard);
    }
    if url.fragment().is_some() {
        return Err(Code::UriFragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Code::UriCredentials);
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(Code::UriInsecure),
        // A private-use scheme is a reversed domain name (RFC 8252 section 7.1).
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(Code::UriScheme),
    }
}

/// Succeeds if a URI that browsers or this server load may be registered: as [`check_registrable`], but without
/// private-use schemes.
///
/// # Errors
/// As there, and [`Code::HttpsRequired`].
pub fn check_web_address(uri: &str) -> Result<(), Code> {
    check_registrable(uri)?;
    let is_web = Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if is_web { Ok(()) } else { Err(Code::HttpsRequired) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether the URI in a request is registered: byte for byte, except for the port of a native app's loopback
/// address (RFC 8252 section 7.3).
#[must_use]
pub fn matches(registered: &[String], native: bool, requested: &str) -> bool {
    registered
        .iter()
        .any(|own| own == requested || (native && matches_but_for_port(own, requested)))
}

fn matches_but_for_port(registered: &str, requested: &str) -> bool {
    let (Some(own), Some(asked)) = (split_port(registered), split_port(requested)) else {
        return false;
    };
    own == asked
}

/// Splits a loopback http URI into the host before its port and the path after it.
fn split_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let after_host = &rest[host.len()..];
    let path_at = after_host.find(['/', '?']).unwrap_or(after_host.len());
    let (port, path) = after_host.split_at(path_at);
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|digits| digits.parse::<u16>().is_ok());
    is_port.then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_any_changed_byte_is_another_uri() {
        let registered = vec!["https://app.example.org/cb?a=1".to_owned()];
        assert!(matches(&registered, false, "https://app.example.org/cb?a=1"));
        for other in [
            "https://app.example.org/CB?a=1",
            "https://APP.example.org/cb?a=1",
            "https://app.example.org:443/cb?a=1",
            "https://app.example.org/cb/?a=1",
            "https://app.example.org/cb?a=1&b=2",
            "https://app.example.org/%63b?a=1",
            "https://app.example.org/cb?a=1#x",
            "https://app.example.org/cb",
            "http://app.example.org/cb?a=1",
        ] {
            assert!(!matches(&registered, false, other), "{other}");
            assert!(!matches(&registered, true, other), "{other}");
        }
    }

    #[test]
    fn b2_only_the_port_of_a_native_loopback_uri_may_vary() {
        let registered = vec!["http://127.0.0.1/cb".to_owned(), "http://[::1]:1/cb".to_owned()];
        for good in [
            "http://127.0.0.1:49152/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:5/cb",
        ] {
            assert!(matches(&registered, true, good), "{good}");
        }
        assert!(!matches(&registered, false, "http://127.0.0.1:49152/cb"));
        for bad in [
            "http://localhost:1/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:1/other",
            "https://127.0.0.1:1/cb",
        ] {
            assert!(!matches(&registered, true, bad), "{bad}");
        }
    }

    #[test]
    fn b3_dangerous_uris_cannot_be_registered() {
        for good in [
            "https://a.example/cb",
            "http://localhost:3000/cb",
            "http://[::1]/cb",
            "org.example.app:/cb",
        ] {
            assert_eq!(check_registrable(good), Ok(()), "{good}");
        }
        for bad in [
            "http://a.example/cb",
            "https://a.example/cb#f",
            "https://user@a.example/cb",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "/cb",
            "https:///",
            "https://*.example.org/cb",
            "https://app.example.org/*",
            "",
        ] {
            assert!(check_registrable(bad).is_err(), "{bad:?}");
        }
    }
}
