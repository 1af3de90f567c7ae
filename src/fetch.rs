//! The only HTTP client for URLs that apps and administrators have entered: https, public addresses unless
//! the configuration allows others, no redirects, at most 5 seconds and 1 MiB. A form may also be posted to plain http
//! on this machine.

mod cache;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, ClientBuilder, StatusCode};
use url::{Host, Url};

use crate::config::{Fetch, Reachable};

pub use cache::{FetchCache, Freshness};

/// The timeout of a whole request.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum size of a response in bytes.
const MAX_RESPONSE: usize = 1 << 20;

/// Why a fetch failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL is not https, or contains credentials.
    #[error("the URL must begin with https:// and must not contain a username")]
    Address,
    /// The host's address is not public.
    #[error("{0} is not a public address; [fetch] allow in the configuration can permit it")]
    NotPublic(String),
    /// The response has another status than 200.
    #[error("the response has status {0}")]
    Status(u16),
    /// The response is too large.
    #[error("the response is larger than {MAX_RESPONSE} bytes")]
    TooLarge,
    /// There was no response.
    #[error("the request failed: {0}")]
    Transport(#[from] reqwest::Error),
}

/// The file with certificate authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("fetch.ca_file is not a PEM file with certificates: {0}")]
pub struct CaFileError(String);

/// Fetches URLs that apps and administrators have entered.
pub struct Fetcher {
    guard: Guard,
    authorities: Vec<Certificate>,
    client: OnceLock<Client>,
}

impl Fetcher {
    /// Creates a fetcher. It loads its client and certificates at the first use.
    ///
    /// # Errors
    /// When the file with certificate authorities cannot be read.
    pub fn new(config: &Fetch) -> Result<Self, CaFileError> {
        let authorities = match &config.ca_file {
            None => Vec::new(),
            Some(file) => {
                let pem = fs::read(file).map_err(|error| CaFileError(error.to_string()))?;
                Certificate::from_pem_bundle(&pem).map_err(|error| CaFileError(error.to_string()))?
            }
        };
        Ok(Self {
            guard: Guard::new(&config.allow),
            authorities,
            client: OnceLock::new(),
        })
    }

    /// Fetches the body of a URL.
    ///
    /// # Errors
    /// [`FetchError`] for a URL that is not allowed, and for every status except 200.
    pub async fn get(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Address)?;
        if url.scheme() != "https" {
            return Err(FetchError::Address);
        }
        self.ensure_allowed(&url)?;
        let mut response = self.client()?.get(url).send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_RESPONSE {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Posts a form to a URL. The body of the response is not read.
    ///
    /// # Errors
    /// [`FetchError`] for a URL that is not allowed, and for every status except 200 and 204.
    pub async fn post(&self, address: &str, form: &[(&str, &str)]) -> Result<(), FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Address)?;
        if url.scheme() != "https" && !is_plain_loopback(&url) {
            return Err(FetchError::Address);
        }
        self.ensure_allowed(&url)?;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self.client()?.post(url).body(body);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match request.send().await?.status() {
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
            other => Err(FetchError::Status(other.as_u16())),
        }
    }

    /// Refuses a URL with credentials, and one whose host is an IP address that is not allowed: IP addresses bypass the
    /// resolver, which checks the addresses of host names.
    fn ensure_allowed(&self, url: &Url) -> Result<(), FetchError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Address);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(FetchError::Address),
        };
        if self.guard.allows(literal) {
            return Ok(());
        }
        Err(FetchError::NotPublic(literal.to_string()))
    }

    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = ClientBuilder::new()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .dns_resolver(self.guard.clone())
            .tls_certs_merge(self.authorities.clone())
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Whether a URL is plain http on this machine, which nobody else can read.
fn is_plain_loopback(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

/// The client's resolver, which yields only allowed addresses. Since the client connects to exactly these, a
/// second DNS answer cannot differ from the checked one.
#[derive(Clone, Debug)]
pub struct Guard(Arc<[Reachable]>);

impl Guard {
    /// A guard that allows these hosts and networks besides public addresses.
    #[must_use]
    pub fn new(allow: &[Reachable]) -> Self {
        Self(allow.into())
    }

    /// Whether an address is public or in an allowed network.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self
                .0
                .iter()
                .any(|allowed| matches!(allowed, Reachable::Network(network) if network.contains(&address)))
    }

    /// Whether a host is allowed whatever its address is.
    #[must_use]
    pub fn allows_host(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|allowed| matches!(allowed, Reachable::Host(host) if host.eq_ignore_ascii_case(name)))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::net::lookup_host((name, 0)).await?;
            let any_address = guard.allows_host(name);
            let allowed: Vec<SocketAddr> = found
                .filter(|address| any_address || guard.allows(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(FetchError::NotPublic(name.to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is public, that is, not in the IANA special-purpose address registries.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// Global unicast except IETF protocol assignments (with Teredo), documentation and 6to4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = match a {
        0x2001 => b < 0x0200 || b == 0x0db8,
        0x2002 => true,
        0x3fff => b < 0x1000,
        _ => false,
    };
    a & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetcher(allow: Vec<Reachable>) -> Fetcher {
        let _already = rustls::crypto::ring::default_provider().install_default();
        Fetcher::new(&Fetch { allow, ca_file: None }).unwrap()
    }

    #[test]
    fn d16_only_addresses_of_the_public_internet_are_public() {
        for public in [
            "8.8.8.8",
            "192.0.1.1",
            "2a00::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[tokio::test]
    async fn d16_what_is_not_public_is_not_connected_to() {
        let fetcher = fetcher(Vec::new());
        for address in [
            "https://127.0.0.1:1/",
            "https://[::1]:1/",
            "https://[::ffff:127.0.0.1]:1/",
        ] {
            assert!(
                matches!(fetcher.get(address).await, Err(FetchError::NotPublic(_))),
                "{address}"
            );
        }
        let by_name = fetcher.get("https://localhost:1/").await.unwrap_err();
        let mut cause: &dyn std::error::Error = &by_name;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        assert!(cause.to_string().contains("not a public address"), "{cause}");
    }

    #[tokio::test]
    async fn d16_only_https_without_credentials_is_fetched() {
        let fetcher = fetcher(vec![Reachable::Host("localhost".into())]);
        for address in [
            "http://localhost:1/",
            "file:///etc/passwd",
            "https://a@localhost:1/",
            "nonsense",
        ] {
            assert!(
                matches!(fetcher.get(address).await, Err(FetchError::Address)),
                "{address}"
            );
        }
        let allowed = fetcher.get("https://localhost:1/").await.unwrap_err();
        assert!(matches!(allowed, FetchError::Transport(_)));
        assert!(!format!("{allowed:?}").contains("NotPublic"), "{allowed:?}");
    }

    #[tokio::test]
    async fn d16_only_to_this_machine_may_a_form_go_without_encryption() {
        let fetcher = fetcher(vec![
            Reachable::Host("localhost".into()),
            Reachable::Host("app.internal".into()),
        ]);
        for address in [
            "http://app.internal:1/",
            "http://localhost.app.internal:1/",
            "http://8.8.8.8:1/",
            "http://a@localhost:1/",
            "ftp://localhost:1/",
        ] {
            assert!(
                matches!(fetcher.post(address, &[]).await, Err(FetchError::Address)),
                "{address}"
            );
        }
        for address in ["http://localhost:1/", "https://localhost:1/"] {
            let allowed = fetcher.post(address, &[]).await.unwrap_err();
            assert!(
                matches!(allowed, FetchError::Transport(_)),
                "{address}: {allowed}"
            );
        }
    }
}
