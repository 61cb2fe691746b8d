//! Access lists: which addresses may do what.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::acl_auto;
use crate::config::Tree;
use crate::directory::Directory;
use crate::element::Element;
use crate::error::ConfigError;
use crate::value::{bad_value, boolean, required};

/// The lists of `acl.conf` and FreeSWITCH's automatic ones: `loopback.auto`, `localnet.auto`, `nat.auto`,
/// `rfc1918.auto`, `wan.auto`, `wan_v4.auto`, `wan_v6.auto`, `any_v4.auto`, `any_v6.auto`.
#[derive(Debug, Clone, Default)]
pub struct AccessLists {
    lists: HashMap<String, AccessList>,
}

/// One list: the narrowest network that holds an address decides; of two alike, the one written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessList {
    pub(crate) allows_others: bool,
    pub(crate) nodes: Vec<(IpNet, bool)>,
}

impl AccessLists {
    /// Whether a list lets an address pass; none when there is no such list. Instead of a list's name, networks may
    /// stand there (`10.0.0.0/8`, `192.0.2.1`, several with commas): then those pass and nothing else does.
    ///
    /// An IPv4 address that came in through an IPv6 socket (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn check(&self, list: &str, ip: IpAddr) -> Option<bool> {
        let ip = ip.to_canonical();
        match self.lists.get(list) {
            Some(found) => Some(found.allows(ip)),
            None => Some(networks(list)?.iter().any(|network| network.contains(&ip))),
        }
    }

    /// The names of all lists, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.lists.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn read(tree: Tree<'_>, directory: Directory<'_>) -> Result<AccessLists, ConfigError> {
        let v4 = |name| tree.global(name).and_then(|value| value.parse().ok());
        let local_v6 = tree.global("local_ip_v6").and_then(|value| value.parse().ok());
        let mut lists = acl_auto::lists(v4("local_ip_v4"), v4("local_mask_v4"), local_v6);
        let found = tree.configuration("acl.conf").and_then(|configuration| configuration.child("network-lists"));
        for element in found.into_iter().flat_map(|lists| lists.children_named("list")) {
            let name = required(element, "name", "the name of the list")?;
            lists.insert(name.to_owned(), read_list(element, directory)?);
        }
        Ok(AccessLists { lists })
    }
}

impl AccessList {
    fn allows(&self, ip: IpAddr) -> bool {
        let mut best: Option<(u8, bool)> = None;
        for (network, allows) in self.nodes.iter().filter(|(network, _)| network.contains(&ip)) {
            if best.is_none_or(|(length, _)| network.prefix_len() > length) {
                best = Some((network.prefix_len(), *allows));
            }
        }
        best.map_or(self.allows_others, |(_, allows)| allows)
    }
}

fn read_list(element: &Element, directory: Directory<'_>) -> Result<AccessList, ConfigError> {
    // FreeSWITCH allows where no default is written, and a node without a type does what the default does.
    let mut list = AccessList { allows_others: permission(element, "default", true)?, nodes: Vec::new() };
    for node in element.children_named("node") {
        let allows = permission(node, "type", list.allows_others)?;
        let networks = match (node.attr("domain"), node.attr("cidr"), node.attr("host")) {
            (Some(domain), _, _) => domain_networks(directory, domain)?,
            (None, Some(cidr), _) => cidr_attr(node, cidr)?,
            (None, None, Some(host)) => vec![host_and_mask(node, host)?],
            (None, None, None) => {
                required(node, "cidr", "cidr=\"10.0.0.0/8\", host=\"..\" mask=\"..\" or domain=\"..\"")?;
                Vec::new()
            }
        };
        list.nodes.extend(networks.into_iter().map(|network| (network, allows)));
    }
    Ok(list)
}

/// The networks of all users of a domain that have a `cidr`.
fn domain_networks(directory: Directory<'_>, domain: &str) -> Result<Vec<IpNet>, ConfigError> {
    let mut found = Vec::new();
    for user in directory.user_elements(domain) {
        if let Some(cidr) = user.attr("cidr") {
            found.extend(cidr_attr(user, cidr)?);
        }
    }
    Ok(found)
}

fn permission(element: &Element, attribute: &str, missing: bool) -> Result<bool, ConfigError> {
    match element.attr(attribute).unwrap_or_default() {
        "" => Ok(missing),
        value => boolean(value).ok_or_else(|| bad_value(element, attribute, value, "allow or deny")),
    }
}

fn cidr_attr(element: &Element, value: &str) -> Result<Vec<IpNet>, ConfigError> {
    // Empty is what an unset variable leaves.
    if value.trim().is_empty() {
        return Ok(Vec::new());
    }
    networks(value).ok_or_else(|| bad_value(element, "cidr", value, "networks such as 10.0.0.0/8, separated by commas"))
}

fn host_and_mask(node: &Element, host: &str) -> Result<IpNet, ConfigError> {
    let mask = node.attr("mask").unwrap_or("255.255.255.255");
    let address: IpAddr = host.parse().map_err(|_| bad_value(node, "host", host, "an IPv4 or IPv6 address"))?;
    let wrong = || bad_value(node, "mask", mask, "a network mask such as 255.255.255.0");
    let mask: IpAddr = if address.is_ipv6() && node.attr("mask").is_none() {
        return Ok(IpNet::from(address));
    } else {
        mask.parse().map_err(|_| wrong())?
    };
    IpNet::with_netmask(address, mask).map(|network| network.trunc()).map_err(|_| wrong())
}

/// One network or more, with commas; an address alone is a network of one. None when any is neither.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let found = parts.map(network).collect::<Option<Vec<IpNet>>>()?;
    (!found.is_empty()).then_some(found)
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)).map(|network| network.trunc())
}

#[cfg(test)]
mod tests {
    use crate::{AccessLists, LoadOptions, MemorySource, load};

    fn lists(inner: &str) -> AccessLists {
        let users = "<section name='directory'><domain name='d'><user id='1' cidr='198.51.100.0/24,203.0.113.9'/><user id='2'/></domain></section>";
        let text = format!(
            "<d><section name='configuration'><configuration name='acl.conf'><network-lists>{inner}</network-lists>\
             </configuration></section>{users}</d>"
        );
        let preset = [("local_ip_v4", "192.168.7.20"), ("local_mask_v4", "255.255.255.0")];
        let preset = preset.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
        load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions { preset, ..LoadOptions::default() })
            .unwrap()
            .acl
    }

    fn check(lists: &AccessLists, list: &str, ip: &str, want: Option<bool>) {
        assert_eq!(lists.check(list, ip.parse().unwrap()), want, "{list} {ip}");
    }

    #[test]
    fn the_narrowest_network_decides() {
        let lists = lists(
            "<list name='l' default='allow'><node type='deny' cidr='10.0.0.0/8'/><node type='allow' cidr='10.1.0.0/16'/>\
             <node type='deny' host='10.1.2.3' mask='255.255.255.255'/><node type='deny' host='2001:db8::1'/>\
             <node type='allow' cidr='10.0.0.0/8'/></list><list name='users' default='deny'><node type='allow' domain='D'/></list>",
        );
        check(&lists, "l", "11.0.0.1", Some(true));
        check(&lists, "l", "10.9.0.1", Some(false));
        check(&lists, "l", "10.1.9.9", Some(true));
        check(&lists, "l", "10.1.2.3", Some(false));
        check(&lists, "l", "::ffff:10.1.2.3", Some(false));
        check(&lists, "l", "2001:db8::1", Some(false));
        check(&lists, "users", "198.51.100.77", Some(true));
        check(&lists, "users", "203.0.113.9", Some(true));
        check(&lists, "users", "203.0.113.10", Some(false));
        check(&lists, "none", "10.0.0.1", None);
    }

    #[test]
    fn without_a_default_a_list_allows() {
        let lists = lists(
            "<list name='l'/><list name='m'><node cidr='10.0.0.0/8'/><node type='deny' cidr='11.0.0.0/8'/></list>",
        );
        check(&lists, "l", "10.0.0.1", Some(true));
        check(&lists, "m", "10.0.0.1", Some(true));
        check(&lists, "m", "11.0.0.1", Some(false));
    }

    #[test]
    fn networks_stand_for_a_list() {
        let lists = lists("");
        check(&lists, "10.0.0.0/8", "10.2.3.4", Some(true));
        check(&lists, "10.0.0.0/8,::1/128", "::1", Some(true));
        check(&lists, "192.0.2.1", "192.0.2.2", Some(false));
        check(&lists, "10.0.0.0/99", "10.2.3.4", None);
        check(&lists, "", "10.2.3.4", None);
    }

    #[test]
    fn automatic_lists_are_there() {
        let lists = lists("");
        for (list, inside, outside) in [
            ("loopback.auto", "127.0.0.9", "10.0.0.1"),
            ("loopback.auto", "::1", "::2"),
            ("localnet.auto", "192.168.7.99", "192.168.8.1"),
            ("rfc1918.auto", "172.31.0.1", "172.32.0.1"),
            ("nat.auto", "192.168.8.1", "192.168.7.99"),
            ("nat.auto", "100.64.0.1", "8.8.8.8"),
            ("wan.auto", "8.8.8.8", "192.168.1.1"),
            ("wan_v4.auto", "8.8.8.8", "2001:4860::1"),
            ("wan_v6.auto", "2001:4860::1", "fe80::1"),
            ("any_v4.auto", "1.2.3.4", "::1"),
            ("any_v6.auto", "::1", "1.2.3.4"),
        ] {
            check(&lists, list, inside, Some(true));
            check(&lists, list, outside, Some(false));
        }
    }
}
