//! The types of values with their parsers. For an invalid value a parser returns what is accepted, to
//! complete a message that begins with "is not".

use std::fs::{self, File};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use std::{fmt, str};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// The issuer URL: the `iss` of tokens, and the base of every URL of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Without a trailing slash.
    text: String,
    url: Url,
}

impl Issuer {
    /// The issuer as in tokens and metadata.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The issuer as a URL.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.url
    }

    /// The full URL of a path, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: impl AsRef<str>) -> String {
        format!("{}{}", self.text, path.as_ref())
    }

    /// The prefix of all paths: empty, or `/id` for the issuer `https://example.org/id`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// A path with this prefix.
    #[must_use]
    pub fn local(&self, path: impl AsRef<str>) -> String {
        format!("{}{}", self.path(), path.as_ref())
    }

    /// Scheme, host and port, as browsers send them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Host and port, as browsers send them in `Host`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.url.authority()
    }

    /// The host as in a certificate: in lower case, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        host.trim_matches(['[', ']']).to_owned()
    }

    /// Whether it is http on a loopback address, the only case in which cookies lack `Secure`.
    #[must_use]
    pub fn is_loopback_http(&self) -> bool {
        let loopback = match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        loopback && !self.is_https()
    }

    /// Whether its scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

pub(super) fn issuer(text: &str) -> Result<Issuer, String> {
    let accepted = || "an address such as https://id.example.org, without a query or fragment".to_owned();
    let url = Url::parse(text).map_err(|_| accepted())?;
    let plain = matches!(url.scheme(), "https" | "http")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !plain {
        return Err(accepted());
    }
    Ok(Issuer {
        text: url.as_str().trim_end_matches('/').to_owned(),
        url,
    })
}

/// The database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file, created if it is missing.
    Sqlite(PathBuf),
    /// A connection URL, which may contain a password.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

pub(super) fn database(text: &str) -> Result<Database, String> {
    let accepted = || "the path of a file, or an address such as postgres://user@host/name".to_owned();
    match text.split_once(':') {
        Some(("postgres" | "postgresql", rest)) => {
            let has_host = rest.starts_with("//") && Url::parse(text).is_ok();
            has_host
                .then(|| Database::Postgres(text.to_owned()))
                .ok_or_else(accepted)
        }
        Some(("sqlite", path)) => sqlite(path.strip_prefix("//").unwrap_or(path)).ok_or_else(accepted),
        Some((_, rest)) if rest.starts_with("//") => Err(accepted()),
        _ => sqlite(text).ok_or_else(accepted),
    }
}

/// Refuses a database in memory, since each connection would have its own.
fn sqlite(path: &str) -> Option<Database> {
    (!path.is_empty() && path != ":memory:").then(|| Database::Sqlite(path.into()))
}

/// A host or network that the server may fetch from although its addresses are not public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// A host name, in lower case.
    Host(String),
    /// A network.
    Network(IpNet),
}

pub(super) fn reachable(text: &str) -> Result<Reachable, String> {
    if let Ok(network) = network(text) {
        return Ok(Reachable::Network(network));
    }
    match Host::parse(text) {
        Ok(Host::Domain(name)) => Ok(Reachable::Host(name)),
        _ => Err("a host name or a network, such as hooks.internal or 10.0.0.0/8".to_owned()),
    }
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("text or json".to_owned()),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err("a level (error, warn, info, debug, trace) or a filter such as info,sqlx=warn".to_owned())
        }
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    // Port 0 would be a different port at each start.
    text.parse()
        .ok()
        .filter(|address: &SocketAddr| address.port() != 0)
        .ok_or_else(|| "an address with a port, such as 127.0.0.1:8080 or [::]:8443".to_owned())
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpAddr>()
        .map(IpNet::from)
        .or_else(|_| text.parse())
        .map_err(|_| "an IP address or a network, such as 192.0.2.1 or 10.0.0.0/8".to_owned())
}

pub(super) fn readable_file(text: &str) -> Result<PathBuf, String> {
    let accepted = "a file that can be read";
    let file = File::open(text)
        .and_then(|file| file.metadata())
        .map_err(|error| format!("{accepted}: {error}"))?;
    if file.is_file() {
        Ok(text.into())
    } else {
        Err(accepted.to_owned())
    }
}

pub(super) fn readable_folder(text: &str) -> Result<PathBuf, String> {
    fs::read_dir(text).map_err(|error| format!("a folder that can be read: {error}"))?;
    Ok(text.into())
}

pub(super) fn rsa_bits(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|bits| [2048, 3072, 4096].contains(bits))
        .ok_or_else(|| "2048, 3072 or 4096".to_owned())
}

pub(super) fn whole(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A duration such as `90s`, `5m`, `12h` or `30d`, or a number of seconds; the bounds have the same form.
pub(super) fn duration(least: &'static str, most: &'static str) -> impl Fn(&str) -> Result<Duration, String> {
    move |text| {
        let bounds = parse_duration(least).unwrap_or_default()..=parse_duration(most).unwrap_or_default();
        parse_duration(text)
            .filter(|duration| bounds.contains(duration))
            .ok_or_else(|| format!("a time from {least} to {most}, such as 90s, 5m, 12h or 30d"))
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(number.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    number
        .trim_end()
        .parse::<u64>()
        .ok()?
        .checked_mul(seconds)
        .map(Duration::from_secs)
}

/// Parses an optional value; an empty text is `None`.
pub(super) fn optional<T>(
    parse: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| {
        if text.is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    }
}

/// Parses values separated by commas; an empty text is an empty list.
pub(super) fn list<T>(parse: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Vec<T>, String> {
    move |text| {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| parse(item).map_err(|accepted| format!("a list in which each item is {accepted}")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written, with the issuer, its path and its origin.
    const ISSUERS: [(&str, &str, &str, &str); 6] = [
        (
            "https://id.example.org",
            "https://id.example.org",
            "",
            "https://id.example.org",
        ),
        (
            "https://id.example.org/",
            "https://id.example.org",
            "",
            "https://id.example.org",
        ),
        (
            "HTTPS://ID.Example.org:443/",
            "https://id.example.org",
            "",
            "https://id.example.org",
        ),
        (
            "https://example.org/id/",
            "https://example.org/id",
            "/id",
            "https://example.org",
        ),
        (
            "https://example.org:8443/a/b",
            "https://example.org:8443/a/b",
            "/a/b",
            "https://example.org:8443",
        ),
        (
            "http://localhost:8080",
            "http://localhost:8080",
            "",
            "http://localhost:8080",
        ),
    ];

    #[test]
    fn an_issuer_is_normalised_and_split_into_its_parts() {
        for (text, expected, path, origin) in ISSUERS {
            let issuer = issuer(text).unwrap();
            assert_eq!(
                (issuer.as_str(), issuer.path(), issuer.origin().as_str()),
                (expected, path, origin)
            );
            assert_eq!(issuer.url("/sign-in"), format!("{expected}/sign-in"));
        }
    }

    #[test]
    fn an_issuer_is_an_address_and_nothing_more() {
        for text in [
            "",
            "id.example.org",
            "ftp://id.example.org",
            "https://",
            "https://id.example.org?x",
            "https://id.example.org/#",
            "https://user@id.example.org",
            "https://:secret@id.example.org",
            "javascript:alert(1)",
        ] {
            assert!(issuer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn d13_loopback_is_this_machine_by_name_or_number() {
        for (text, expected) in [
            ("http://localhost", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("https://localhost", false),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(issuer(text).unwrap().is_loopback_http(), expected, "{text}");
        }
    }

    #[test]
    fn a_database_is_a_file_or_an_address() {
        let file = |path: &str| Ok(Database::Sqlite(path.into()));
        let postgres = |text: &str| Ok(Database::Postgres(text.to_owned()));
        for (text, expected) in [
            ("doorward.db", file("doorward.db")),
            ("sqlite:data/doorward.db", file("data/doorward.db")),
            ("sqlite:///var/lib/doorward.db", file("/var/lib/doorward.db")),
            ("/var/lib/doorward.db", file("/var/lib/doorward.db")),
            (
                "postgres://u:p@db/doorward",
                postgres("postgres://u:p@db/doorward"),
            ),
            ("postgresql://db/doorward", postgres("postgresql://db/doorward")),
        ] {
            assert_eq!(database(text), expected, "{text}");
        }
        for text in [
            "",
            "sqlite:",
            "sqlite::memory:",
            ":memory:",
            "mysql://db/x",
            "postgres:db",
            "postgres://[x",
        ] {
            assert!(database(text).is_err(), "{text}");
        }
        assert_eq!(
            format!("{:?}", database("postgres://u:hush@db/x").unwrap()),
            "Postgres(..)"
        );
    }

    #[test]
    fn times_have_units_and_bounds() {
        let parse = duration("10s", "10m");
        for (text, seconds) in [("60", 60), ("60s", 60), ("1m", 60), ("10 m", 600), ("10s", 10)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "9s",
            "11m",
            "1h",
            "5x",
            "m",
            "-5m",
            "1.5m",
            "18446744073709551615d",
            "5m5s",
            "١m",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(duration("1h", "400d")("2d"), Ok(Duration::from_hours(48)));
    }

    #[test]
    fn networks_and_hosts() {
        assert_eq!(network("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
        assert_eq!(list(network)("10.0.0.0/8, ::1,").unwrap().len(), 2);
        assert!(
            list(network)("10.0.0.0/8, proxy")
                .unwrap_err()
                .contains("192.0.2.1")
        );
        assert_eq!(
            reachable("Hooks.Internal"),
            Ok(Reachable::Host("hooks.internal".to_owned()))
        );
        assert_eq!(
            reachable("fd00::/8"),
            Ok(Reachable::Network("fd00::/8".parse().unwrap()))
        );
        for text in [
            "https://hooks.internal",
            "hooks internal",
            "10.0.0.0/33",
            "[::1",
            "a/b",
        ] {
            assert!(reachable(text).is_err(), "{text}");
        }
    }

    #[test]
    fn log_filters_are_checked() {
        assert!(log_filter("info").is_ok() && log_filter("info,sqlx=warn").is_ok());
        assert!(log_filter("sqlx=loud").is_err());
    }
}
