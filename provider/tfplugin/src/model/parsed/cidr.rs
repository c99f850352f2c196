//! Networks as `10.0.0.0/8` writes them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// A network: an address and how many of its bits all addresses in it share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// An address in the network, usually its first.
    pub address: IpAddr,
    /// The number of shared bits.
    pub bits: u8,
}

/// A text is no network.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an address, a slash and a number of bits")]
pub struct NoNetwork;

impl Cidr {
    /// Whether an address belongs to the network. An address of the other family never does.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shared = |left: u128, right: u128, width: u32| {
            let free = width.saturating_sub(u32::from(self.bits));
            // In a network of everything all bits are free, and a shift by the whole width has no result.
            (left ^ right).checked_shr(free).unwrap_or(0) == 0
        };
        match (self.address, address) {
            (IpAddr::V4(left), IpAddr::V4(right)) => shared(left.to_bits().into(), right.to_bits().into(), 32),
            (IpAddr::V6(left), IpAddr::V6(right)) => shared(left.to_bits(), right.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = text.split_once('/').ok_or(NoNetwork)?;
        let padded = bits.len() > 1 && bits.starts_with('0');
        if padded || !bits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(NoNetwork);
        }
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let bits: u8 = bits.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if bits <= most { Ok(Cidr { address, bits }) } else { Err(NoNetwork) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let contains =
            |network: &str, address: &str| network.parse::<Cidr>().unwrap().contains(address.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("0.0.0.0/0", "1.2.3.4") && contains("::/0", "::1") && !contains("::/0", "1.2.3.4"));
        assert!(contains("1.2.3.4/32", "1.2.3.4") && !contains("1.2.3.4/32", "1.2.3.5"));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/08", "::/129", "x/8", "1.2.3/8"]
        {
            assert_eq!(wrong.parse::<Cidr>(), Err(NoNetwork), "{wrong}");
        }
        assert_eq!("fd00::/8".parse::<Cidr>().unwrap().to_string(), "fd00::/8");
    }
}
