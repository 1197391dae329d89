//! Which client a request is counted for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use restflow_views::Request;

use crate::{ThrottleSettings, settings::ForwardedFor};

/// The client of a request by its address, for a client that has no account.
///
/// It is the address of the peer, or behind as many proxies as [`ThrottleSettings::num_proxies`]
/// tells what they wrote in `X-Forwarded-For`. A host with IPv6 has a whole
/// network (/64) of addresses to choose from, so that the network is what counts. Requests that
/// did not come over the network (a Unix socket without a proxy that says more) are one client.
///
/// DRF: `BaseThrottle.get_ident`, which believes the whole header unless it is told otherwise; here
/// that is [`ThrottleSettings::trust_forwarded_for`].
#[must_use]
pub fn get_ident(request: &Request) -> String {
    let settings = ThrottleSettings::of(&request.route().view.settings);
    let believed = settings.map_or_else(ForwardedFor::default, |settings| settings.forwarded_for);
    let forwarded: Vec<_> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    forwarded_ident(&forwarded.join(","), believed)
        .or_else(|| Some(client(request.remote_addr()?.ip())))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The longest address that is believed, in bytes: five times that of IPv6. A longer one would
/// fill the store at the client's wish.
const MAX_IDENT: usize = 256;

/// What the header `X-Forwarded-For` says; `None` where it says nothing that is to be believed.
fn forwarded_ident(forwarded: &str, believed: ForwardedFor) -> Option<String> {
    let text = match believed {
        ForwardedFor::Whole => forwarded.split_whitespace().collect(),
        ForwardedFor::Proxies(0) => return None,
        ForwardedFor::Proxies(proxies) => {
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
    use super::ForwardedFor::{Proxies, Whole};
    use super::*;

    #[test]
    fn num_proxies_says_which_address_is_believed() {
        let check = |forwarded: &str, believed, expected: Option<&str>| {
            assert_eq!(
                forwarded_ident(forwarded, believed).as_deref(),
                expected,
                "{forwarded:?} {believed:?}"
            );
        };
        check("", Whole, None);
        check("10.0.0.1", Whole, Some("10.0.0.1"));
        check("forged, 10.0.0.1 ", Whole, Some("forged,10.0.0.1"));
        check("forged, 10.0.0.1", Proxies(0), None);
        check("forged, 10.0.0.1", Proxies(1), Some("10.0.0.1"));
        check("forged, 10.0.0.1, 10.0.0.2", Proxies(2), Some("10.0.0.1"));
        check("10.0.0.1", Proxies(2), Some("10.0.0.1"));
        check("", Proxies(1), None);
        check("10.0.0.1, ", Proxies(1), None);
        check("10.0.0.1:4711", Proxies(1), Some("10.0.0.1"));
        check("[2001:db8::1]:4711", Proxies(1), Some("2001:db8::/64"));
        check(&"1".repeat(257), Whole, None);
        check(
            &format!("{}, ::1", "1".repeat(257)),
            Proxies(1),
            Some("::/64"),
        );
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
