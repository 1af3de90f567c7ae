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

    /// The client of a plain connection from `peer`, as "address scheme".
    fn seen(peer: &str, forwarded_for: &[&str], forwarded_proto: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(
                "x-forwarded-for",
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        for value in forwarded_proto {
            headers.append(
                "x-forwarded-proto",
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let connection = Client {
            address: peer.parse().unwrap(),
            https: false,
        };
        let client = Client::of(connection, &headers, &trusted);
        format!(
            "{} {}",
            client.address,
            if client.https { "https" } else { "http" }
        )
    }

    #[test]
    fn d12_forwarded_headers_count_only_from_a_trusted_peer() {
        assert_eq!(seen("192.0.2.1", &[], &[]), "192.0.2.1 http");
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"], &["https"]), "192.0.2.1 http");
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.9"], &["https"]),
            "203.0.113.9 https"
        );
        assert_eq!(
            seen("::ffff:10.0.0.1", &["203.0.113.9"], &["https"]),
            "203.0.113.9 https"
        );
        assert_eq!(seen("fd00::1", &["2001:db8::7"], &["https"]), "2001:db8::7 https");
        assert_eq!(seen("10.0.0.1", &[], &[]), "10.0.0.1 http");
    }

    #[test]
    fn the_address_is_the_rightmost_one_that_is_no_proxy() {
        for (forwarded_for, address) in [
            (&["198.51.100.7, 203.0.113.9"][..], "203.0.113.9"),
            (&["127.0.0.1, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
            (&["198.51.100.7", "203.0.113.9"], "203.0.113.9"),
            (&["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8::7]:4711"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            // After a hop that cannot be read, the last one that could be.
            (&["203.0.113.9, unknown, 10.2.2.2"], "10.2.2.2"),
            (&["203.0.113.9, , "], "10.0.0.1"),
            (&["203.0.113.9", "\u{e9}"], "10.0.0.1"),
        ] {
            assert_eq!(
                seen("10.0.0.1", forwarded_for, &[]),
                format!("{address} http"),
                "{forwarded_for:?}"
            );
        }
    }

    #[test]
    fn the_scheme_is_what_the_nearest_trusted_proxy_says() {
        for (proto, scheme) in [
            (&["https"][..], "https"),
            (&["HTTPS"], "https"),
            (&["http"], "http"),
            (&["https, http"], "http"),
            (&["http", "https"], "https"),
            (&["gopher"], "http"),
        ] {
            assert_eq!(
                seen("10.0.0.1", &[], proto),
                format!("10.0.0.1 {scheme}"),
                "{proto:?}"
            );
        }
    }

    #[test]
    fn without_a_proxy_the_connection_tells_the_scheme() {
        let tls = Client {
            address: "192.0.2.1".parse().unwrap(),
            https: true,
        };
        assert_eq!(Client::of(tls, &HeaderMap::new(), &[]), tls);
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
