//! The access lists that are there without being written (`switch_load_network_lists`).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::acl::AccessList;

/// The automatic lists of a machine with these addresses. Without a mask the local network is the machine alone:
/// better too narrow than open to neighbours nobody meant.
pub(crate) fn lists(
    local_v4: Option<Ipv4Addr>,
    mask_v4: Option<Ipv4Addr>,
    local_v6: Option<Ipv6Addr>,
) -> HashMap<String, AccessList> {
    let local: Vec<IpNet> = local_v4.map(|ip| local_network(ip, mask_v4)).into_iter().collect();
    let local_with_v6: Vec<IpNet> = local.iter().copied().chain(local_v6.map(|ip| IpAddr::V6(ip).into())).collect();
    let mut nat = nodes(&parsed(&PRIVATE_V4), true);
    nat.extend(nodes(&parsed(&SHARED_V4), true));
    nat.extend(nodes(&local, false));
    let denied_v4 = nodes(&parsed(&NOT_PUBLIC_V4), false);
    let denied_v6 = nodes(&parsed(&NOT_PUBLIC_V6), false);
    let (every_v4, every_v6) = (parsed(&["0.0.0.0/0"]), parsed(&["::/0"]));
    let wan = [denied_v4.clone(), denied_v6.clone()].concat();
    let wan_v4 = [nodes(&every_v4, true), denied_v4].concat();
    let wan_v6 = [nodes(&every_v6, true), denied_v6].concat();
    HashMap::from([
        named("loopback.auto", false, nodes(&parsed(&["127.0.0.0/8", "::1/128"]), true)),
        named("localnet.auto", false, nodes(&local_with_v6, true)),
        named("nat.auto", false, nat),
        named("rfc1918.auto", false, nodes(&parsed(&PRIVATE_V4), true)),
        named("wan.auto", true, wan),
        named("wan_v4.auto", false, wan_v4),
        named("wan_v6.auto", false, wan_v6),
        named("any_v4.auto", false, nodes(&every_v4, true)),
        named("any_v6.auto", false, nodes(&every_v6, true)),
    ])
}

fn named(name: &str, allows_others: bool, nodes: Vec<(IpNet, bool)>) -> (String, AccessList) {
    (name.to_owned(), AccessList { allows_others, nodes })
}

fn nodes(networks: &[IpNet], allows: bool) -> Vec<(IpNet, bool)> {
    networks.iter().map(|network| (*network, allows)).collect()
}

fn parsed(networks: &[&str]) -> Vec<IpNet> {
    networks.iter().filter_map(|network| network.parse().ok()).collect()
}

fn local_network(ip: Ipv4Addr, mask: Option<Ipv4Addr>) -> IpNet {
    let network = mask.and_then(|mask| IpNet::with_netmask(ip.into(), mask.into()).ok());
    network.unwrap_or_else(|| IpAddr::V4(ip).into()).trunc()
}

/// RFC 1918.
const PRIVATE_V4: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/// RFC 6598, between a provider's NAT and its customers.
const SHARED_V4: [&str; 1] = ["100.64.0.0/10"];
/// "This" network, private, shared, loopback, link-local and multicast (RFC 6890).
const NOT_PUBLIC_V4: [&str; 8] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
];
/// Loopback, unique local, link-local and multicast.
const NOT_PUBLIC_V6: [&str; 4] = ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_written_here_parses() {
        for networks in [&PRIVATE_V4[..], &SHARED_V4, &NOT_PUBLIC_V4, &NOT_PUBLIC_V6] {
            assert_eq!(parsed(networks).len(), networks.len());
        }
        assert_eq!(local_network([10, 1, 2, 3].into(), None).to_string(), "10.1.2.3/32");
    }
}
