//! Which client a request is counted for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use restflow_views::Request;

use crate::ThrottleSettings;

/// The client of a request by its address, for a client that has no account.
///
/// It is the address of the peer, or behind proxies what `X-Forwarded-For` says, see
/// [`ThrottleSettings::num_proxies`], which tells whom to believe. A host with IPv6 has a whole
/// network (/64) of addresses to choose from, so that the network is what counts. Requests that
/// did not come over the network (a Unix socket without a proxy that says more) are one client.
///
/// DRF: `BaseThrottle.get_ident`.
#[must_use]
pub fn get_ident(request: &Request) -> String {
    let settings = ThrottleSettings::of(&request.route().view.settings);
    let num_proxies = settings.and_then(|settings| settings.num_proxies);
    let forwarded: Vec<_> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    forwarded_ident(&forwarded.join(","), num_proxies)
        .or_else(|| Some(client(request.remote_addr()?.ip())))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The longest address that is believed, in bytes: five times that of IPv6. A longer one would
/// fill the store at the client's wish.
const MAX_IDENT: usize = 256;

/// What the header `X-Forwarded-For` says; `None` where it says nothing that is to be believed.
fn forwarded_ident(forwarded: &str, num_proxies: Option<usize>) -> Option<String> {
    let text = match num_proxies {
        None => forwarded.split_whitespace().collect(),
        Some(0) => return None,
        Some(proxies) => {
            let addresses: Vec<_> = forwarded.split(',').collect();
            let index = addresses.len().saturating_sub(proxies);
            addresses[index].trim().to_owned()
        }
    };
    if text.is_empty() || text.len() > MAX_IDENT {
        return None;
    }
    // Some proxies write the port, which is another one for each connection.
    let address = text.parse().ok();
    let address = address.or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()));
    Some(address.map_or(text, client))
}

/// The address, or the network of an IPv6 address.
fn client(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn num_proxies_says_which_address_is_believed() {
        let check = |forwarded: &str, num_proxies, expected: Option<&str>| {
            assert_eq!(
                forwarded_ident(forwarded, num_proxies).as_deref(),
                expected,
                "{forwarded:?} {num_proxies:?}"
            );
        };
        check("", None, None);
        check("10.0.0.1", None, Some("10.0.0.1"));
        check("forged, 10.0.0.1 ", None, Some("forged,10.0.0.1"));
        check("forged, 10.0.0.1", Some(0), None);
        check("forged, 10.0.0.1", Some(1), Some("10.0.0.1"));
        check("forged, 10.0.0.1, 10.0.0.2", Some(2), Some("10.0.0.1"));
        check("10.0.0.1", Some(2), Some("10.0.0.1"));
        check("", Some(1), None);
        check("10.0.0.1, ", Some(1), None);
        check("10.0.0.1:4711", Some(1), Some("10.0.0.1"));
        check("[2001:db8::1]:4711", Some(1), Some("2001:db8::/64"));
        check(&"1".repeat(257), None, None);
        check(&format!("{}, ::1", "1".repeat(257)), Some(1), Some("::/64"));
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(client(address), expected);
        }
    }
}
