//! Parses the IP addresses of proxies, sockets and logs into one canonical form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The well-known prefix of RFC 6052. Without it, all IPv4 clients of a translator would
/// share one /64.
const TRANSLATED: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);

/// Mask of the IPv4 address in a translated address.
const V4_BITS: u128 = u32::MAX as u128;

/// Mask of an address without its /64 prefix.
const HOST_BITS: u128 = u64::MAX as u128;

/// Parses an address in any spelling; returns the IPv4 address, or the /64 of the IPv6
/// address.
pub(crate) fn parse(text: &str) -> Option<String> {
    // The canonical form of an IPv6 client, which `invite limits` prints.
    if let Some(network) = text.strip_suffix("/64") {
        return network.parse::<Ipv6Addr>().ok().map(canonical_v6);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return if is_port(port) { parse_v6(host) } else { None };
    }
    if let Some((host, port)) = text.split_once(':')
        && !port.contains(':')
    {
        let address = host.parse::<Ipv4Addr>().ok()?;
        return port.parse::<u16>().ok().map(|_| address.to_string());
    }
    text.parse::<Ipv4Addr>().ok().map(|address| address.to_string()).or_else(|| parse_v6(text))
}

/// Returns true for an empty text and for a port with its colon.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

fn parse_v6(text: &str) -> Option<String> {
    let host = match text.split_once('%') {
        Some((host, zone)) if !zone.is_empty() => host,
        Some(_) => return None,
        None => text,
    };
    host.parse::<Ipv6Addr>().ok().map(canonical_v6)
}

fn canonical_v6(address: Ipv6Addr) -> String {
    if let IpAddr::V4(mapped) = address.to_canonical() {
        return mapped.to_string();
    }
    let bits = address.to_bits();
    if bits & !V4_BITS == TRANSLATED.to_bits() {
        let translated = u32::try_from(bits & V4_BITS).unwrap_or_default();
        return Ipv4Addr::from(translated).to_string();
    }
    format!("{}/64", Ipv6Addr::from(bits & !HOST_BITS))
}

/// Returns true for a text that resembles an address: hexadecimal digits with colons,
/// brackets or a zone, or numbers with dots. As an identifier, each of its spellings would
/// be another client.
pub(crate) fn looks_like_address(text: &str) -> bool {
    let head = text.split('%').next().unwrap_or(text);
    let is_of_v6 = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']' | '/');
    let like_v6 = head.contains([':', '[', ']']) && head.chars().all(is_of_v6);
    let is_number = |part: &str| {
        let digits = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
        let radix = if digits.is_some() { 16 } else { 10 };
        digits.unwrap_or(part).chars().all(|c| c.is_digit(radix))
    };
    let host = head.split([':', '/']).next().unwrap_or(head);
    let like_v4 = host.contains('.') && host.split('.').all(is_number);
    like_v6 || like_v4 || text.contains('%')
}
