//! Who is calling: the client's address, through as many proxies as the operator trusts.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv6Net};

/// The client's address: that of the connection, or what the headers say if the connection is that of a trusted proxy;
/// the headers of anyone else are worth nothing. An IPv4 address that came inside an IPv6 one is shown as IPv4.
///
/// It is the rightmost one in `X-Forwarded-For` that is no trusted proxy: all to the left of it was written by that
/// client.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut address = peer.to_canonical();
    if !is_trusted(address) {
        return address;
    }
    for hop in values(headers, "x-forwarded-for").into_iter().rev() {
        // A hop that cannot be read says nothing about those before it.
        let Some(hop) = parse_hop(hop) else { break };
        address = hop;
        if !is_trusted(hop) {
            break;
        }
    }
    address
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

    fn seen(peer: &str, forwarded_for: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(
                "x-forwarded-for",
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn d12_forwarded_headers_count_only_from_a_trusted_peer() {
        assert_eq!(seen("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
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
            assert_eq!(seen("10.0.0.1", forwarded_for), address, "{forwarded_for:?}");
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
