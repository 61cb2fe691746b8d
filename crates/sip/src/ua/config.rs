//! What a user agent is told at its start.

use std::net::{IpAddr, SocketAddr};

/// One user agent: a SIP profile's address and how it presents itself.
#[derive(Clone, Debug)]
pub struct UaConfig {
    /// The profile's name, for logs.
    pub name: String,
    /// The address to listen on.
    pub ip: IpAddr,
    /// The port; 0 lets the system choose one.
    pub port: u16,
    /// Whether to listen on TCP too, on the same port.
    pub tcp: bool,
    /// The host written in Via and Contact instead of `ip` (`ext-sip-ip`); needed when `ip` is unspecified.
    pub advertise: Option<String>,
    /// User-Agent.
    pub user_agent: String,
    /// Allow.
    pub allow: String,
    /// Supported; its items are also the option tags that Require may name.
    pub supported: String,
    /// Allow-Events; empty leaves the header out.
    pub allow_events: String,
    /// The bounds.
    pub limits: Limits,
}

impl UaConfig {
    /// A user agent with FreeSWITCH's Allow, Supported and Allow-Events, TCP on, and the default limits.
    pub fn new(name: impl Into<String>, ip: IpAddr, port: u16) -> UaConfig {
        UaConfig {
            name: name.into(),
            ip,
            port,
            tcp: true,
            advertise: None,
            user_agent: concat!("Strowger/", env!("CARGO_PKG_VERSION")).to_owned(),
            allow: ALLOW.to_owned(),
            supported: "timer, path, replaces".to_owned(),
            allow_events: ALLOW_EVENTS.to_owned(),
            limits: Limits::default(),
        }
    }
}

/// What a user agent holds at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Transactions at one time; a new request over it is answered with 503 and Retry-After (and not remembered).
    pub transactions: usize,
    /// Calls at one time; over it 503 for incoming ones, [`super::Failure::Limit`] for outgoing ones.
    pub calls: usize,
    /// TCP connections at one time; over it a new one is closed at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { transactions: 100_000, calls: 50_000, connections: 4_096 }
    }
}

/// Why a user agent could not start.
#[derive(Debug, thiserror::Error)]
pub enum UaError {
    /// The address cannot be listened on.
    #[error("profile {name}: cannot listen on {transport} {addr}: {}", reason(source))]
    Bind {
        /// The profile.
        name: String,
        /// The address.
        addr: SocketAddr,
        /// `UDP` or `TCP`.
        transport: crate::transport::Transport,
        /// What the system said.
        source: std::io::Error,
    },
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "address in use".to_owned(),
        _ => error.to_string(),
    }
}

const ALLOW: &str =
    "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY, PUBLISH, SUBSCRIBE";
const ALLOW_EVENTS: &str = "talk, hold, conference, presence, as-feature-event, dialog, line-seize, call-info, sla, \
                            include-session-description, presence.winfo, message-summary, refer";
