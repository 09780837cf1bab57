//! Which addresses a name may lead to.
//!
//! A granted name says nothing about where it points: whoever controls its zone can answer with `127.0.0.1` or with the
//! address of a cloud's metadata service, at the first look-up or at a later one (DNS rebinding). So every address is
//! judged after the look-up, and the connection goes to the judged address and not to a second look-up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are no destination on the public internet: first address and length of the prefix. From the
/// IANA IPv4 Special-Purpose Address Registry and RFC 5771 (multicast).
const CLOSED_V4: &[(Ipv4Addr, u32)] = &[
    // "This network"; 0.0.0.0 reaches the machine itself on some systems.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT; also the metadata service of one cloud, 100.100.100.200.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; the metadata services of most clouds, 169.254.169.254.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Private.
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    // Protocol assignments.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // Deprecated 6to4 relays.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Private.
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Documentation.
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // A platform service of one cloud, reached from its virtual machines only, at an address that looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// The one block of IPv6 from which addresses of the public internet are given out (RFC 4291, IANA).
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks inside it that are no destination: IANA IPv6 Special-Purpose Address Registry.
const CLOSED_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments, with Teredo (2001::/32), which carries an IPv4 address in disguise.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The address may be dialled: it belongs to the public internet, in whatever spelling it comes.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_public_v4(v4),
            None => inside_v6(v6, PUBLIC_V6) && !CLOSED_V6.iter().any(|block| inside_v6(v6, *block)),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !CLOSED_V4.iter().any(|(first, length)| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        address.to_bits() & mask == first.to_bits()
    })
}

fn inside_v6(address: Ipv6Addr, (first, length): (Ipv6Addr, u32)) -> bool {
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    address.to_bits() & mask == first.to_bits()
}

/// The IPv4 address that an IPv6 address carries and to which a gateway or the system itself would lead.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let last = || v4(high, low);
    match [a, b, c, d, e, f] {
        // `::` and `::1` are addresses of their own, and closed.
        [0, 0, 0, 0, 0, 0] if high == 0 && low <= 1 => None,
        // IPv4-compatible `::a.b.c.d`, IPv4-mapped `::ffff:a.b.c.d`, IPv4-translated `::ffff:0:a.b.c.d`.
        [0, 0, 0, 0, 0, 0] | [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] => Some(last()),
        // NAT64 with the well-known prefix (RFC 6052). The prefix for local use (RFC 8215) lies outside the public block.
        [0x64, 0xff9b, 0, 0, 0, 0] => Some(last()),
        // 6to4 (RFC 3056) carries it right after the prefix.
        [0x2002, ..] => Some(v4(b, c)),
        _ => None,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_judged_in_every_spelling() {
        #[rustfmt::skip]
        let cases = [
            ("8.8.8.8", true), ("93.184.216.34", true), ("1.1.1.1", true), ("172.15.255.255", true),
            ("172.32.0.0", true), ("100.63.255.255", true), ("100.128.0.0", true), ("198.17.255.255", true),
            ("198.20.0.0", true), ("223.255.255.255", true), ("192.0.1.1", true), ("168.63.129.17", true),
            ("0.0.0.0", false), ("0.1.2.3", false), ("10.0.0.1", false), ("10.255.255.255", false),
            ("100.64.0.1", false), ("100.127.255.255", false), ("100.100.100.200", false), ("127.0.0.1", false),
            ("127.255.255.254", false), ("169.254.169.254", false), ("169.254.0.1", false), ("172.16.0.1", false),
            ("172.31.255.255", false), ("192.0.0.8", false), ("192.0.2.1", false), ("192.88.99.1", false),
            ("192.168.0.1", false), ("198.18.0.1", false), ("198.19.255.255", false), ("198.51.100.7", false),
            ("203.0.113.9", false), ("224.0.0.1", false), ("239.255.255.255", false), ("240.0.0.1", false),
            ("255.255.255.255", false), ("168.63.129.16", false),
            ("2606:4700:4700::1111", true), ("2a00:1450:4001::200e", true), ("2620:1ec::10", true),
            ("::", false), ("::1", false), ("::2", false), ("fe80::1", false), ("febf::1", false), ("fc00::1", false),
            ("fd00:ec2::254", false), ("fdff::1", false), ("ff02::1", false), ("2001::1", false),
            ("2001:10::1", false), ("2001:db8::1", false), ("3fff:fff::1", false), ("100::1", false),
            ("4000::1", false), ("fec0::1", false),
            ("::ffff:8.8.8.8", true), ("::ffff:127.0.0.1", false), ("::ffff:169.254.169.254", false),
            ("::ffff:10.1.2.3", false), ("::8.8.8.8", true), ("::127.0.0.1", false), ("::10.0.0.1", false),
            ("::ffff:0:127.0.0.1", false), ("64:ff9b::8.8.8.8", true), ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::169.254.169.254", false), ("64:ff9b:1::127.0.0.1", false), ("64:ff9b:1::8.8.8.8", false),
            ("2002:808:808::1", true), ("2002:7f00:1::1", false), ("2002:a9fe:a9fe::1", false),
            ("2002:c0a8:1::1", false),
        ];
        for (address, public) in cases {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_judged_as_the_address_it_carries(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(is_public(IpAddr::V6(v4.to_ipv6_mapped())), is_public(IpAddr::V4(v4)));
        }

        #[test]
        fn nothing_that_the_standard_library_calls_local_is_public(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
            prop_assert!(!local || !is_public(IpAddr::V4(v4)));
        }
    }
}
