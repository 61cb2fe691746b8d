//! What the network says of this machine: `interface_ip`, `stun`, `nat_map`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use nix::ifaddrs::getifaddrs;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_media::stun;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::about;
use super::plain::Plain;
use crate::words::words;

pub(super) const COMMANDS: [Plain; 3] = [
    Plain {
        about: about(
            "interface_ip",
            "[auto|ipv4|ipv6] <ifname>",
            "The address of a network interface of this machine.",
        ),
        answer: |_, text| {
            let words = words(text);
            let [family, name, ..] = words.as_slice() else { return INTERFACE_USAGE.to_owned() };
            let fits: fn(&IpAddr) -> bool = match family.to_ascii_lowercase().as_str() {
                "auto" => |_| true,
                "ipv4" => IpAddr::is_ipv4,
                "ipv6" => IpAddr::is_ipv6,
                _ => return INTERFACE_USAGE.to_owned(),
            };
            interface_addresses(name).into_iter().find(fits).map(|ip| ip.to_string()).unwrap_or_default()
        },
    },
    Plain {
        about: about(
            "nat_map",
            "[status|republish|reinit] | [add|del] <port> [tcp|udp] [static]",
            "Answers `false`: routers are not asked to map ports.",
        ),
        answer: |_, text| match text {
            "" => NAT_USAGE.to_owned(),
            _ => {
                tracing::error!("nat_map API called while NAT not initialized");
                "false".to_owned()
            }
        },
    },
    Plain {
        about: about("reg_url", "<user>@<realm>", "Where a user has registered: nobody does here."),
        answer: |_, text| match text {
            "" => String::new(),
            _ => "error/user_not_registered".to_owned(),
        },
    },
];

const INTERFACE_USAGE: &str = "USAGE: interface_ip [auto|ipv4|ipv6] <ifname>\n";
const NAT_USAGE: &str =
    "USAGE: nat_map [status|reinit|republish] | [add|del] <port> [tcp|udp] [sticky] | [mapping] <enable|disable>";

/// The addresses of an interface as the system tells them, IPv4 first.
fn interface_addresses(name: &str) -> Vec<IpAddr> {
    let Ok(all) = getifaddrs() else { return Vec::new() };
    let addresses = all.filter(|one| one.interface_name == name).filter_map(|one| {
        let address = one.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    });
    let mut addresses: Vec<IpAddr> = addresses.collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}

/// The names of this machine's interfaces, for completion.
pub(super) fn interface_names() -> Vec<String> {
    let Ok(all) = getifaddrs() else { return Vec::new() };
    let mut names: Vec<String> = all.map(|one| one.interface_name).collect();
    names.sort();
    names.dedup();
    names
}

/// `stun`.
pub(super) struct Stun;

/// Why a STUN server told nothing, in FreeSWITCH's words (switch_stun.c).
#[derive(Debug, thiserror::Error)]
enum StunError {
    #[error("Remote Address Error!")]
    Server,
    #[error("Local Address Error!")]
    Source,
    #[error("Timeout")]
    Timeout,
}

/// How long each request waits for its answer (RFC 5389 §7.2.1, fewer of them).
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

#[async_trait]
impl ApiCommand for Stun {
    fn about(&self) -> About {
        about(
            "stun",
            "<stun_server>[:port] [<source_ip>[:<source_port]]",
            "Asks a STUN server from which address it sees this machine; 3.5 seconds at the most.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut words = call.arguments.split_whitespace();
        let Some(server) = words.next().filter(|server| !server.starts_with(':')) else {
            return "-STUN Failed! NO STUN SERVER\n".to_owned();
        };
        match ask(server, words.next()).await {
            Ok(address) => format!("{}:{}\n", address.ip(), address.port()),
            Err(error) => format!("-STUN Failed! [{error}]\n"),
        }
    }
}

async fn ask(server: &str, source: Option<&str>) -> Result<SocketAddr, StunError> {
    let (host, port) = host_and_port(server, stun::PORT);
    let found = timeout(WAITS[2], tokio::net::lookup_host((host, port))).await;
    let server =
        found.map_err(|_| StunError::Server)?.map_err(|_| StunError::Server)?.next().ok_or(StunError::Server)?;
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let local = match source.map(|source| host_and_port(source, 0)) {
        Some((host, port)) => SocketAddr::new(host.parse().map_err(|_| StunError::Source)?, port),
        None => SocketAddr::new(any, 0),
    };
    let socket = UdpSocket::bind(local).await.map_err(|_| StunError::Source)?;
    socket.connect(server).await.map_err(|_| StunError::Server)?;
    // A new Unique-ID is random enough for a transaction.
    let id = uuid::Uuid::new_v4().into_bytes();
    let id: stun::TransactionId = std::array::from_fn(|place| id.get(place).copied().unwrap_or_default());
    for wait in WAITS {
        // A server that is not there is known by the ICMP message that comes back: the next one may reach it.
        let _ = socket.send(&stun::binding_request(id)).await;
        if let Ok(address) = timeout(wait, answer(&socket, id)).await {
            return address.ok_or(StunError::Server);
        }
    }
    Err(StunError::Timeout)
}

/// The first packet that answers; `None` when the socket is told that nobody is there.
async fn answer(socket: &UdpSocket, id: stun::TransactionId) -> Option<SocketAddr> {
    let mut packet = [0; 1500];
    loop {
        let length = socket.recv(&mut packet).await.ok()?;
        if let Some(address) = stun::mapped_address(packet.get(..length)?, id) {
            return Some(address);
        }
    }
}

/// `host:port`; another port than 1 to 65534 is the default one.
fn host_and_port(text: &str, default: u16) -> (&str, u16) {
    let Some((host, port)) = text.split_once(':') else { return (text, default) };
    (host, port.parse().ok().filter(|port| (1..u16::MAX).contains(port)).unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_tells_where_packets_come_from() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap().to_string();
        let serving = tokio::spawn(async move {
            let mut packet = [0; 100];
            let (_, from) = server.recv_from(&mut packet).await.unwrap();
            let id: stun::TransactionId = packet[8..20].try_into().unwrap();
            assert_eq!(packet[..20], stun::binding_request(id));
            server.send_to(b"nonsense", from).await.unwrap();
            let told = b"\x01\x01\x00\x0c\x21\x12\xa4\x42"
                .iter()
                .chain(&id)
                .chain(b"\x00\x01\x00\x08\x00\x01\x13\x88\xc0\x00\x02\x07");
            server.send_to(&told.copied().collect::<Vec<u8>>(), from).await.unwrap();
        });
        assert_eq!(ask(&address, Some("127.0.0.1")).await.unwrap().to_string(), "192.0.2.7:5000");
        serving.await.unwrap();
        assert_eq!(ask(&address, Some("nobody")).await.unwrap_err().to_string(), "Local Address Error!");
        assert_eq!(ask(&address, None).await.unwrap_err().to_string(), "Remote Address Error!");
    }

    #[test]
    fn interfaces_have_addresses() {
        assert!(interface_names().contains(&"lo".to_owned()));
        assert_eq!(interface_addresses("lo").first(), Some(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(interface_addresses("nosuch").is_empty());
        assert_eq!(host_and_port("a:1", 7), ("a", 1));
        assert_eq!(host_and_port("a:99999", 7), ("a", 7));
    }
}
