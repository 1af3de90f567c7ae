//! Who is calling: the client's address and scheme, through as many proxies as the operator trusts.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv6Net};

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The client's address; an IPv4 address that came inside an IPv6 one is shown as IPv4.
    pub address: IpAddr,
    /// Whether the client itself spoke https, to us or to a trusted proxy.
    pub https: bool,
}

impl Client {
    /// What the connection shows, and what the headers add if the connection is that of a trusted proxy; the headers
    /// of anyone else are worth nothing.
    ///
    /// The address is the rightmost one in `X-Forwarded-For` that is no trusted proxy: all to the left of it was
    /// written by that client. The scheme is the last one in `X-Forwarded-Proto`.
    #[must_use]
    pub fn of(connection: Self, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
        let peer = connection.address.to_canonical();
        if !is_trusted(peer) {
            return Self {
                address: peer,
                ..connection
            };
        }
        let mut address = peer;
        for hop in values(headers, "x-forwarded-for").into_iter().rev() {
            // A hop that cannot be read says nothing about those before it.
            let Some(hop) = parse_hop(hop) else { break };
            address = hop;
            if !is_trusted(hop) {
                break;
            }
        }
        let https = values(headers, "x-forwarded-proto")
            .last()
            .map_or(connection.https, |scheme| scheme.eq_ignore_ascii_case("https"));
        Self { address, https }
    }
}

/// What failures are counted by: an IPv4 address, or an IPv6 network of 64 bits, since one client has all of it.
#[must_use]
pub fn throttle_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            Ipv6Net::new(address, 64).map_or_else(|_| address.to_string(), |net| net.trunc().to_string())
        }
    }
}

/// The comma-separated values of all headers of this name, in order. A header that is no text ends the list before
/// it, as seen from the right.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("unreadable").split(','))
        .map(str::trim)
        .collect()
}

/// An address, with or without the port and the brackets that some proxies add.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare
        .parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, tls: bool, headers: &[(&'static str, &str)]) -> (String, bool) {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let connection = Client {
            address: peer.parse().unwrap(),
            https: tls,
        };
        let client = Client::of(connection, &map, &trusted);
        (client.address.to_string(), client.https)
    }

    #[test]
    fn d12_forwarded_headers_count_only_from_a_trusted_peer() {
        const FOR: &str = "x-forwarded-for";
        const PROTO: &str = "x-forwarded-proto";
        for (peer, tls, headers, address, https) in [
            ("192.0.2.1", false, vec![], "192.0.2.1", false),
            ("192.0.2.1", true, vec![], "192.0.2.1", true),
            (
                "192.0.2.1",
                false,
                vec![(FOR, "203.0.113.9"), (PROTO, "https")],
                "192.0.2.1",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "203.0.113.9"), (PROTO, "https")],
                "203.0.113.9",
                true,
            ),
            (
                "10.0.0.1",
                true,
                vec![(FOR, "203.0.113.9"), (PROTO, "http")],
                "203.0.113.9",
                false,
            ),
            ("10.0.0.1", true, vec![(FOR, "203.0.113.9")], "203.0.113.9", true),
            ("10.0.0.1", false, vec![], "10.0.0.1", false),
            (
                "::ffff:10.0.0.1",
                false,
                vec![(FOR, "203.0.113.9")],
                "203.0.113.9",
                false,
            ),
            // What stands left of the first untrusted hop is the client's own invention.
            (
                "10.0.0.1",
                false,
                vec![(FOR, "198.51.100.7, 203.0.113.9")],
                "203.0.113.9",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "127.0.0.1, 203.0.113.9, 10.2.2.2")],
                "203.0.113.9",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "198.51.100.7"), (FOR, "203.0.113.9")],
                "203.0.113.9",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "10.3.3.3, 10.2.2.2")],
                "10.3.3.3",
                false,
            ),
            // An unreadable hop: the last one that could be read.
            (
                "10.0.0.1",
                false,
                vec![(FOR, "203.0.113.9, unknown, 10.2.2.2")],
                "10.2.2.2",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "203.0.113.9, , ")],
                "10.0.0.1",
                false,
            ),
            (
                "10.0.0.1",
                false,
                vec![(FOR, "203.0.113.9"), (FOR, "\u{e9}")],
                "10.0.0.1",
                false,
            ),
            (
                "fd00::1",
                false,
                vec![(FOR, "203.0.113.9:4711")],
                "203.0.113.9",
                false,
            ),
            (
                "fd00::1",
                false,
                vec![(FOR, "[2001:db8::7]:4711")],
                "2001:db8::7",
                false,
            ),
            (
                "fd00::1",
                false,
                vec![(FOR, "[2001:db8::7]")],
                "2001:db8::7",
                false,
            ),
            ("fd00::1", false, vec![(FOR, "2001:db8::7")], "2001:db8::7", false),
            ("10.0.0.1", false, vec![(PROTO, "https, http")], "10.0.0.1", false),
            ("10.0.0.1", false, vec![(PROTO, "HTTPS")], "10.0.0.1", true),
        ] {
            assert_eq!(
                seen(peer, tls, &headers),
                (address.to_owned(), https),
                "{peer} {headers:?}"
            );
        }
    }

    #[test]
    fn failures_are_counted_by_ipv4_address_and_ipv6_network() {
        for (address, key) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(throttle_key(address.parse().unwrap()), key);
        }
    }
}
