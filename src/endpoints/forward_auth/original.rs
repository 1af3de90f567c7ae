//! The address that a reverse proxy asks about.

use axum::http::HeaderMap;

use crate::model::client::{PROXY_CALLBACK, origin_of};

/// The path of the sign-out on every website.
const SIGN_OUT: &str = "/.doorward/sign-out";

/// The address that a reverse proxy asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Original {
    /// The origin of the website.
    pub(super) origin: String,
    /// The path with the query.
    pub(super) target: String,
}

/// The pages that this server serves on every website.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnPage<'a> {
    /// The end of a sign-in, with its query.
    Callback(&'a str),
    /// The sign-out.
    SignOut,
}

impl Original {
    /// The address in the headers of Traefik and Caddy.
    pub(super) fn forwarded(headers: &HeaderMap) -> Option<Self> {
        let [proto, host, target] =
            ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri"].map(|name| only(headers, name));
        Self::of(proto?, host?, target?)
    }

    /// The address in the header that the configuration for nginx sets.
    pub(super) fn named(headers: &HeaderMap) -> Option<Self> {
        let (proto, rest) = only(headers, "x-original-url")?.split_once("://")?;
        let (host, target) = rest.split_at(rest.find('/')?);
        Self::of(proto, host, target)
    }

    fn of(proto: &str, host: &str, target: &str) -> Option<Self> {
        let scheme = match proto {
            "https" | "wss" => "https",
            "http" | "ws" => "http",
            _ => return None,
        };
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if !host.bytes().all(is_host) {
            return None;
        }
        Some(Self {
            origin: origin_of(&format!("{scheme}://{host}/"))?,
            target: target_of(target),
        })
    }

    /// The host of the website, without its port.
    pub(super) fn host(&self) -> Option<&str> {
        let (_, authority) = self.origin.split_once("://")?;
        let end = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
        Some(&authority[..end.unwrap_or(authority.len())])
    }

    /// The page that this server serves at this address.
    pub(super) fn own_page(&self) -> Option<OwnPage<'_>> {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        match path {
            PROXY_CALLBACK => Some(OwnPage::Callback(query)),
            SIGN_OUT => Some(OwnPage::SignOut),
            _ => None,
        }
    }

    /// The full address of a path with a query on this website.
    pub(super) fn url(&self, target: &str) -> String {
        format!("{}{target}", self.origin)
    }
}

/// A path with a query as it was sent, or `/` in place of one that no browser sends.
pub(super) fn target_of(sent: &str) -> String {
    if sent.starts_with('/') && sent.bytes().all(|byte| byte.is_ascii_graphic()) {
        sent.to_owned()
    } else {
        "/".to_owned()
    }
}

/// The value of a header; `None` if it is repeated, since the proxy then added its own to one that the visitor sent.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?;
    if all.next().is_some() {
        return None;
    }
    str::from_utf8(value.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn found(headers: &[(&'static str, &str)]) -> Option<(String, String)> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        let original = Original::forwarded(&headers).or_else(|| Original::named(&headers))?;
        Some((original.origin, original.target))
    }

    #[test]
    fn the_address_is_read_as_browsers_write_it() {
        for (url, origin, target) in [
            ("https://app.example.org/", "https://app.example.org", "/"),
            (
                "https://APP.example.org:443/a?b=c",
                "https://app.example.org",
                "/a?b=c",
            ),
            ("http://localhost:81//a", "http://localhost:81", "//a"),
            (
                "wss://app.example.org/socket",
                "https://app.example.org",
                "/socket",
            ),
            ("https://app.example.org/a b", "https://app.example.org", "/"),
        ] {
            let expected = Some((origin.to_owned(), target.to_owned()));
            assert_eq!(found(&[("x-original-url", url)]), expected, "{url}");
        }
    }

    #[test]
    fn an_ambiguous_address_is_refused() {
        for url in [
            "",
            "app.example.org/",
            "https://app.example.org",
            "https:///a",
            "ftp://app.example.org/",
            "https://app.example.org,evil.example/",
            "https://ann@app.example.org/",
            "https://app.example.org\\evil.example/",
            "https://app.example.org?/",
        ] {
            assert_eq!(found(&[("x-original-url", url)]), None, "{url}");
        }
        let three = [
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "app.example.org"),
            ("x-forwarded-uri", "/"),
        ];
        assert!(found(&three).is_some());
        for at in 0..three.len() {
            let mut repeated = three.to_vec();
            repeated.push(three[at]);
            let repeated: HeaderMap = repeated.iter().fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(*name, HeaderValue::from_static(value));
                all
            });
            assert_eq!(Original::forwarded(&repeated), None);
            let mut missing = three.to_vec();
            missing.remove(at);
            assert_eq!(found(&missing), None);
        }
    }

    #[test]
    fn own_pages_have_exactly_their_paths() {
        let page = |target: &str| {
            let original = Original::of("https", "app.example.org", target).unwrap();
            original.own_page().map(|page| format!("{page:?}"))
        };
        assert_eq!(page("/.doorward/callback?a=b").unwrap(), "Callback(\"a=b\")");
        assert_eq!(page("/.doorward/sign-out").unwrap(), "SignOut");
        for other in [
            "/",
            "/.doorward/",
            "//.doorward/callback",
            "/.doorward/callback/",
            "/a/.doorward/callback",
        ] {
            assert_eq!(page(other), None, "{other}");
        }
    }

    #[test]
    fn the_host_has_no_port() {
        for (host, bare) in [
            ("a.example:81", "a.example"),
            ("a.example", "a.example"),
            ("[::1]:81", "[::1]"),
        ] {
            assert_eq!(Original::of("http", host, "/").unwrap().host(), Some(bare));
        }
    }
}
