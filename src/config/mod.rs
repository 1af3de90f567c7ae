//! The configuration: every key with its meaning, default and bounds.
//!
//! Environment variables such as `DOORWARD__ISSUER` and `DOORWARD__LOG__LEVEL` override the TOML file. An
//! empty value counts as absent, and a list may be a single text with commas. Settings that change while the
//! server runs are in the database.

mod raw;
mod section;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use raw::Raw;
pub use raw::{ConfigError, ConfigErrors};
use section::{Section, section};
pub use values::{Database, Issuer, LogFormat, Reachable};
use values::{
    database, duration, issuer, list, listen, log_filter, log_format, network, optional, reachable,
    readable_file, readable_folder, rsa_bits, whole,
};

section! {
    /// The server itself.
    Server "" {
        /// The URL at which browsers and apps reach this server. Tokens contain it, so it must not change. It
        /// begins with https; http is allowed for localhost, to try Doorward.
        issuer: Issuer = "http://localhost:8080" => issuer;
        /// The address and port to listen on.
        listen: SocketAddr = "127.0.0.1:8080" => listen;
        /// The database: the path of an SQLite file, or a PostgreSQL URL such as
        /// `postgres://user:password@host/name`. Use `database_file` instead to keep the URL in a file of its
        /// own.
        database: Database = "sqlite:doorward.db" => database, or "database_file";
        /// The folder of the master key, which is created at the first start. Without the key, encrypted
        /// values in the database cannot be read: keep a copy apart from the database's backup.
        keys_dir: PathBuf = "keys" => |text| Ok(text.into());
        /// Proxies whose X-Forwarded-For header is trusted, and which may ask who visits a website behind them, as IP
        /// addresses or networks.
        trusted_proxies: Vec<IpNet> => list(network), like ["127.0.0.1", "10.0.0.0/8"];
        /// A folder whose files replace the built-in templates and style sheets of the same name.
        theme_dir: Option<PathBuf> => optional(readable_folder), like "/etc/doorward/theme";
        /// How long the server still accepts connections after a signal to stop. Meanwhile, readiness responds
        /// with 503 and responses close their connections.
        shutdown_delay: Duration = "1s" => duration("0s", "5m");
        /// How long running requests may continue after that.
        shutdown_grace: Duration = "10s" => duration("0s", "5m");
    }
}

section! {
    /// Built-in TLS. Leave it out when a proxy terminates TLS.
    Tls "tls" {
        /// A PEM file with the certificate, followed by its chain.
        certificate: Option<PathBuf> => optional(readable_file), like "/etc/doorward/tls/fullchain.pem";
        /// A PEM file with the certificate's private key.
        private_key: Option<PathBuf> => optional(readable_file), like "/etc/doorward/tls/key.pem";
    }
}

section! {
    /// Limits of connections, so that many, silent or slow clients cannot keep others out.
    Connections "connections" {
        /// The maximum number of connections. When it is reached, a new connection replaces the one that has
        /// been silent for longest. The server raises its limit of open files if this needs more.
        most: u32 = 16384 => whole(16..=1_000_000);
        /// The maximum number of connections from one IPv4 address or one IPv6 network of 64 bits, except from
        /// trusted proxies.
        most_per_network: u32 = 4096 => whole(1..=1_000_000);
        /// How long a new connection may be silent.
        first_byte: Duration = "10s" => duration("1s", "1m");
        /// How long the head of a request may take. The check runs about as often, so the server cuts off a slow
        /// head after at most twice this time.
        head: Duration = "5s" => duration("1s", "1m");
        /// How long a connection may be silent after its first byte.
        idle: Duration = "75s" => duration("1s", "1h");
        /// How long the body of a request may take.
        body: Duration = "30s" => duration("1s", "10m");
    }
}

section! {
    /// The log.
    Log "log" {
        /// The level (error, warn, info, debug, trace), or a filter by module such as `info,sqlx=warn`.
        level: String = "info" => log_filter;
        /// The format: `text` for people or `json` for machines.
        format: LogFormat = "text" => log_format;
    }
}

section! {
    /// Password hashing with argon2id, one lane. A hash with other parameters is replaced at the next
    /// sign-in.
    Passwords "passwords" {
        /// The memory of one hash in KiB.
        memory_kib: u32 = 19456 => whole(1024..=131_072);
        /// The number of passes over that memory.
        iterations: u32 = 2 => whole(1..=16);
        /// The number of passwords hashed at once; by default one less than the cores, if memory allows.
        workers: Option<u32> => optional(whole(1..=256)), like 3;
    }
}

section! {
    /// The keys that sign tokens.
    Keys "keys" {
        /// The length of RSA keys: 2048, 3072 or 4096.
        rsa_bits: u32 = 2048 => rsa_bits;
        /// How long a key signs before a new one replaces it.
        rotation: Duration = "90d" => duration("1d", "3650d");
        /// How long a new key is published before it signs, so that apps that cache keys have it.
        publish_ahead: Duration = "1d" => duration("1m", "30d");
    }
}

section! {
    /// How long requests, codes, tokens and sessions are valid.
    Lifetimes "lifetimes" {
        /// An authorization request, from the app's redirect to the end of the sign-in.
        request: Duration = "30m" => duration("1m", "1d");
        /// An authorization code.
        code: Duration = "60s" => duration("10s", "10m");
        /// An access token.
        access_token: Duration = "5m" => duration("1m", "1d");
        /// An ID token.
        id_token: Duration = "15m" => duration("1m", "1d");
        /// A refresh token since its last use.
        refresh_token: Duration = "30d" => duration("1h", "3650d");
        /// How long a rotated refresh token may be used again, for an app that did not receive the response.
        refresh_grace: Duration = "10s" => duration("0s", "1m");
        /// A session, however often it is used.
        session: Duration = "30d" => duration("5m", "400d");
        /// A session since its last use.
        session_idle: Duration = "7d" => duration("5m", "400d");
        /// The session of an administrator, if that is shorter.
        admin_session: Duration = "12h" => duration("5m", "400d");
        /// The session of an administrator since its last use, if that is shorter.
        admin_session_idle: Duration = "1h" => duration("5m", "400d");
        /// How long a trusted browser stands in for its owner's second factor; with 0, nobody can trust a browser.
        trusted_device: Duration = "30d" => duration("0s", "400d");
        /// The longest time for which an administrator acts as somebody else.
        impersonation: Duration = "1h" => duration("5m", "12h");
        /// How long after a sign-in sensitive changes are allowed without another sign-in.
        recent_sign_in: Duration = "15m" => duration("1m", "1d");
    }
}

section! {
    /// Limits of what visitors may do.
    Limits "limits" {
        /// The maximum number of registrations from one IPv4 address or one IPv6 network of 64 bits in an hour.
        /// Those that an administrator has approved do not count.
        registrations_per_hour: u32 = 20 => whole(1..=100_000);
    }
}

section! {
    /// Fetching URLs that apps and administrators have entered. Without these keys, only public addresses can be
    /// reached.
    Fetch "fetch" {
        /// Host names and networks that are allowed although their addresses are not public.
        allow: Vec<Reachable> => list(reachable), like ["hooks.internal", "10.0.0.0/8"];
        /// A PEM file with certificate authorities that are trusted besides the public ones.
        ca_file: Option<PathBuf> => optional(readable_file), like "/etc/doorward/ca.pem";
    }
}

section! {
    /// The connection to the mail server, which administrators set in the console. Without this key, a server whose
    /// address is not public is reached only at the ports 25, 465, 587 and 2525.
    Mail "mail" {
        /// Host names and networks in which any port can be reached.
        allow: Vec<Reachable> => list(reachable), like ["mail.internal", "10.0.0.0/8"];
    }
}

section! {
    /// The connections to PostgreSQL.
    Postgres "postgres" {
        /// The maximum number of connections of this node.
        connections: u32 = 20 => whole(2..=1000);
    }
}

/// A valid configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The keys outside all sections.
    pub server: Server,
    /// `[tls]`
    pub tls: Tls,
    /// `[connections]`
    pub connections: Connections,
    /// `[log]`
    pub log: Log,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[keys]`
    pub keys: Keys,
    /// `[lifetimes]`
    pub lifetimes: Lifetimes,
    /// `[limits]`
    pub limits: Limits,
    /// `[fetch]`
    pub fetch: Fetch,
    /// `[mail]`
    pub mail: Mail,
    /// `[postgres]`
    pub postgres: Postgres,
}

const SECTIONS: [Section; 11] = [
    Server::ABOUT,
    Tls::ABOUT,
    Connections::ABOUT,
    Log::ABOUT,
    Passwords::ABOUT,
    Keys::ABOUT,
    Lifetimes::ABOUT,
    Limits::ABOUT,
    Fetch::ABOUT,
    Mail::ABOUT,
    Postgres::ABOUT,
];

impl Tls {
    /// The certificate and its private key; `None` without built-in TLS.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.certificate.as_deref().zip(self.private_key.as_deref())
    }
}

impl Config {
    /// Reads the file, if there is one, and the environment, which overrides it.
    ///
    /// # Errors
    /// All faults at once.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut raw = Raw::read(file, environment);
        let config = Self::read(&mut raw);
        let faults = raw.faults(|section| {
            let section = SECTIONS.iter().find(|known| known.name == section)?;
            Some(
                section
                    .keys
                    .iter()
                    .flat_map(|key| [Some(key.name), key.in_file])
                    .flatten()
                    .collect(),
            )
        });
        match config {
            Some(config) if faults.0.is_empty() => Ok(config),
            _ => Err(faults),
        }
    }

    fn read(raw: &mut Raw) -> Option<Self> {
        let server = Server::read(raw);
        let tls = Tls::read(raw);
        let connections = Connections::read(raw);
        let log = Log::read(raw);
        let passwords = Passwords::read(raw);
        let keys = Keys::read(raw);
        let lifetimes = Lifetimes::read(raw);
        let limits = Limits::read(raw);
        let fetch = Fetch::read(raw);
        let mail = Mail::read(raw);
        let postgres = Postgres::read(raw);
        if let Some(server) = &server {
            server.check(raw);
        }
        if let Some(tls) = &tls {
            tls.check(raw);
        }
        if let Some(keys) = &keys {
            keys.check(raw);
        }
        if let Some(lifetimes) = &lifetimes {
            lifetimes.check(raw);
        }
        Some(Self {
            server: server?,
            tls: tls?,
            connections: connections?,
            log: log?,
            passwords: passwords?,
            keys: keys?,
            lifetimes: lifetimes?,
            limits: limits?,
            fetch: fetch?,
            mail: mail?,
            postgres: postgres?,
        })
    }

    /// An example file with the meaning of every key and its default or an example, all commented out.
    #[must_use]
    pub fn example() -> String {
        SECTIONS
            .iter()
            .map(Section::example)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Server {
    fn check(&self, raw: &mut Raw) {
        if !self.issuer.is_https() && !self.issuer.is_loopback_http() {
            let message =
                "plain http is allowed for localhost only: use https, with [tls] or a proxy in front";
            raw.fault("issuer", message.to_owned());
        }
    }
}

impl Tls {
    fn check(&self, raw: &mut Raw) {
        match (&self.certificate, &self.private_key) {
            (Some(_), None) => raw.fault_together(
                "tls.private_key",
                "tls.certificate",
                "is required with tls.certificate".to_owned(),
            ),
            (None, Some(_)) => raw.fault_together(
                "tls.certificate",
                "tls.private_key",
                "is required with tls.private_key".to_owned(),
            ),
            _ => {}
        }
    }
}

impl Keys {
    fn check(&self, raw: &mut Raw) {
        if self.publish_ahead >= self.rotation {
            raw.fault_together(
                "keys.publish_ahead",
                "keys.rotation",
                "must be shorter than keys.rotation".to_owned(),
            );
        }
    }
}

impl Lifetimes {
    fn check(&self, raw: &mut Raw) {
        if self.session_idle > self.session {
            raw.fault_together(
                "lifetimes.session_idle",
                "lifetimes.session",
                "must not be longer than lifetimes.session".to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests;
