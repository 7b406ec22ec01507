//! The address of the client: the peer's, unless the peer is a proxy the operator trusts.

use std::net::IpAddr;
use std::str::FromStr;

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

/// A range of addresses such as `10.0.0.0/8`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text was not a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address or a range such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl Network {
    /// Whether the range contains `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (left, right, width) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(left), IpAddr::V4(right)) => (
                left.to_ipv6_mapped().to_bits(),
                right.to_ipv6_mapped().to_bits(),
                32,
            ),
            (IpAddr::V6(left), IpAddr::V6(right)) => (left.to_bits(), right.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let free_bits = width - u32::from(self.prefix);
        (left ^ right).checked_shr(free_bits).unwrap_or(0) == 0
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refused = || NotANetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_not_one| refused())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_not_one| refused())?,
            None => widest,
        };
        if prefix > widest {
            return Err(refused());
        }
        Ok(Self { address, prefix })
    }
}

/// The client's address, kept in the request's extensions.
#[derive(Clone, Copy, Debug)]
struct ClientAddress(IpAddr);

/// Works out the client's address and keeps it with the request.
pub(crate) fn assign(request: &ServiceRequest, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .collect();
    let address = client(peer, &forwarded.join(","), trusted);
    request.extensions_mut().insert(ClientAddress(address));
    Some(address)
}

/// Walks the list from the right, as long as trusted proxies vouch for it.
fn client(peer: IpAddr, forwarded: &str, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut address = peer;
    for entry in forwarded.rsplit(',') {
        if !is_trusted(address) {
            break;
        }
        let Ok(before) = entry.trim().parse::<IpAddr>() else {
            break;
        };
        address = before.to_canonical();
    }
    address
}

/// The address the request came from, for rate limits and the audit log.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    request
        .extensions()
        .get::<ClientAddress>()
        .map(|address| address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn ranges_contain_what_they_should() {
        let ten: Network = "10.0.0.0/8".parse().unwrap();
        assert!(ten.contains("10.255.1.2".parse().unwrap()));
        assert!(ten.contains("::ffff:10.1.1.1".parse().unwrap()));
        assert!(!ten.contains("11.0.0.1".parse().unwrap()));
        assert!(!ten.contains("::1".parse().unwrap()));
        let everything: Network = "::/0".parse().unwrap();
        assert!(everything.contains("2001:db8::1".parse().unwrap()));
        let one: Network = "192.0.2.7".parse().unwrap();
        assert!(one.contains("192.0.2.7".parse().unwrap()));
        assert!(!one.contains("192.0.2.6".parse().unwrap()));
        for wrong in [
            "",
            "10.0.0.0/33",
            "::/129",
            "ten",
            "10.0.0.0/",
            "10.0.0.0/-1",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let peer = "10.0.0.1".parse().unwrap();
        let trusted = networks(&["10.0.0.0/8"]);
        let found = |forwarded, trusted: &[Network]| client(peer, forwarded, trusted).to_string();
        assert_eq!(found("198.51.100.9", &[]), "10.0.0.1");
        assert_eq!(found("198.51.100.9", &trusted), "198.51.100.9");
        assert_eq!(
            found("1.2.3.4, 198.51.100.9, 10.0.0.2", &trusted),
            "198.51.100.9"
        );
        assert_eq!(found("nonsense", &trusted), "10.0.0.1");
        assert_eq!(found("", &trusted), "10.0.0.1");
    }
}
