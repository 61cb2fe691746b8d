//! What the machine and its network say, and what the switch has.

use std::net::{IpAddr, Ipv4Addr};

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::plain::Plain;
use crate::words::words;

pub(super) const COMMANDS: [Plain; 4] = [
    Plain {
        about: about("acl", "<ip> <list_name>", "Whether an access list, or a network, lets an address pass."),
        answer: |switch, text| match words(text).as_slice() {
            [ip, list, ..] => {
                let passes = ip.parse().is_ok_and(|ip| switch.config().acl.check(list, ip) == Some(true));
                passes.to_string()
            }
            _ => "false".to_owned(),
        },
    },
    Plain {
        about: about("reloadacl", "", "Reads the configuration anew, access lists included."),
        answer: |switch, text| {
            let note = if text.eq_ignore_ascii_case("reloadxml") {
                "This option is deprecated, we now always reloadxml.\n"
            } else {
                ""
            };
            match switch.reload() {
                Ok(_) => format!("{note}+OK acl reloaded\n"),
                Err(error) => format!("{note}-ERR [{error}]\n"),
            }
        },
    },
    Plain {
        about: about("is_lan_addr", "<ip>", "Whether an address is one of a local network."),
        answer: |_, text| text.parse().is_ok_and(is_local).to_string(),
    },
    Plain {
        about: about("getenv", "<name>", "A variable of the program's environment, `_undef_` when it is not set."),
        answer: |_, text| {
            let usable = !text.is_empty() && !text.contains(['=', '\0']);
            usable.then(|| std::env::var(text).ok()).flatten().unwrap_or_else(|| "_undef_".to_owned())
        },
    },
];

/// 10/8, 127/8, 172.16/12, 192.168/16, 169.254/16 and, for IPv6, what is local there (`switch_is_lan_addr`).
fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip == Ipv4Addr::UNSPECIFIED,
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// `file_exists`.
pub(super) struct FileExists;

#[async_trait]
impl ApiCommand for FileExists {
    fn about(&self) -> About {
        about("file_exists", "<file>", "Whether a file is there.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let path = call.arguments.to_owned();
        let there = tokio::task::spawn_blocking(move || std::path::Path::new(&path).is_file());
        there.await.unwrap_or(false).to_string()
    }
}

/// `host_lookup`, and `gethost`, which knows IPv4 only.
pub(super) struct HostLookup {
    about: About,
    /// What it answers without a name, and when there is no such host.
    errors: (&'static str, &'static str),
}

/// `host_lookup`.
pub(super) const HOST_LOOKUP: HostLookup = HostLookup {
    about: about("host_lookup", "<hostname>", "The address of a host, IPv4 where it has one."),
    errors: ("parameter missing\n", "!err!"),
};

/// `gethost`.
pub(super) const GETHOST: HostLookup =
    HostLookup { about: about("gethost", "<hostname>", "The IPv4 address of a host."), errors: ("-ERR", "-ERR") };

#[async_trait]
impl ApiCommand for HostLookup {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return self.errors.0.to_owned();
        }
        let found: Vec<IpAddr> = match tokio::net::lookup_host((call.arguments, 0)).await {
            Ok(found) => found.map(|address| address.ip()).collect(),
            Err(_) => Vec::new(),
        };
        let only_v4 = self.errors.0 == self.errors.1;
        let first = found.iter().find(|ip| ip.is_ipv4()).or(found.first().filter(|_| !only_v4));
        first.map_or_else(|| self.errors.1.to_owned(), IpAddr::to_string)
    }
}
