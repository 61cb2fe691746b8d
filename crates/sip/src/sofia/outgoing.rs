//! `sofia/PROFILE/user@host[:port]` and `sofia/gateway/NAME/number`: calls placed over SIP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::Gateway;
use strowger_core::Switch;
use strowger_core::channel::{CallerProfile, HangupCause};
use strowger_core::endpoint::{Endpoint, Outgoing, OutgoingRequest};

use super::Sofia;
use super::leg::SofiaLeg;
use super::profile::Profile;
use crate::message::Uri;
use crate::transport::Transport;
use crate::ua::Invite;

/// The `sofia` endpoint.
pub(super) struct SofiaEndpoint(pub(super) Arc<Sofia>);

#[async_trait]
impl Endpoint for SofiaEndpoint {
    fn name(&self) -> &'static str {
        "sofia"
    }

    fn module(&self) -> &'static str {
        "mod_sofia"
    }

    async fn outgoing(&self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let (first, rest) = request.address.split_once('/').ok_or(HangupCause::InvalidUrl)?;
        let plan = if first == "gateway" { self.by_gateway(rest)? } else { self.by_profile(switch, first, rest)? };
        plan.outgoing(switch, request).await
    }
}

impl SofiaEndpoint {
    fn by_gateway(&self, rest: &str) -> Result<Plan, HangupCause> {
        let (name, number) = rest.split_once('/').ok_or(HangupCause::InvalidUrl)?;
        let (profile, gateway) = self.0.gateway(name).ok_or(HangupCause::InvalidGateway)?;
        let proxy = strip_scheme(&gateway.proxy);
        let (host, transport) = split_transport(proxy);
        let transport = transport.unwrap_or(Transport::Udp);
        Ok(Plan {
            uri: format!("sip:{number}@{host}"),
            number: number.to_owned(),
            profile,
            gateway: Some(gateway),
            transport,
        })
    }

    fn by_profile(&self, switch: &Switch, name: &str, rest: &str) -> Result<Plan, HangupCause> {
        let profile = self.0.profile(switch, name).ok_or(HangupCause::InvalidProfile)?;
        let (address, transport) = split_transport(strip_scheme(rest));
        let (user, _) = address.rsplit_once('@').unwrap_or(("", address));
        let transport = transport.unwrap_or(Transport::Udp);
        Ok(Plan { uri: format!("sip:{address}"), number: user.to_owned(), profile, gateway: None, transport })
    }
}

/// Where a call goes.
struct Plan {
    profile: Arc<Profile>,
    gateway: Option<Gateway>,
    number: String,
    uri: String,
    transport: Transport,
}

impl Plan {
    async fn outgoing(self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let uri = Uri::parse(&self.uri).map_err(|_| HangupCause::InvalidUrl)?;
        let destination = resolve(&uri, self.profile.address().is_ipv4()).await?;
        let name = self.profile.name();
        // A gateway's leg is named by the number alone.
        let at = if self.gateway.is_some() { self.number.clone() } else { strip_scheme(&self.uri).to_owned() };
        let mut profile = request.profile.clone();
        profile.destination_number.clone_from(&self.number);
        profile.callee_id_number.clone_from(&self.number);
        let invite = self.invite(&profile, destination);
        let gateway = self.gateway.map(|gateway| gateway.name);
        let leg = SofiaLeg::outgoing(Arc::clone(switch), self.profile, invite, gateway, destination);
        Ok(Outgoing { channel_name: format!("sofia/{name}/{at}"), profile, leg: Box::new(leg) })
    }

    fn invite(&self, caller: &CallerProfile, destination: SocketAddr) -> Invite {
        let local = self.profile.address();
        let from = match &self.gateway {
            Some(gateway) if !gateway.caller_id_in_from => format!("sip:{}@{}", gateway.from_user, gateway.from_domain),
            _ => format!("sip:{}@{}", caller.caller_id_number, host(local.ip())),
        };
        let mut invite = Invite::new(self.uri.clone(), from);
        invite.from_display.clone_from(&caller.caller_id_name);
        if let Some(gateway) = &self.gateway {
            invite.contact_user = format!("gw+{}", gateway.name);
            invite.contact_params = format!(";transport={};gw={}", self.transport.param(), gateway.name);
        } else if self.transport.is_reliable() {
            invite.contact_params = format!(";transport={}", self.transport.param());
        }
        invite.destination = Some(destination);
        invite.transport = self.transport;
        invite.headers.push(("Remote-Party-ID".to_owned(), remote_party_id(caller, local)));
        invite
    }
}

/// Who calls, for a network that trusts us (mod_sofia's default caller-id type).
fn remote_party_id(caller: &CallerProfile, local: SocketAddr) -> String {
    let (name, number) = (&caller.caller_id_name, &caller.caller_id_number);
    let shown = if name.is_empty() { String::new() } else { format!("\"{}\" ", name.replace(['"', '\\'], "")) };
    format!("{shown}<sip:{number}@{}>;party=calling;screen=yes;privacy=off", host(local.ip()))
}

/// An address as it stands in a URI.
fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn strip_scheme(address: &str) -> &str {
    address.strip_prefix("sip:").or_else(|| address.strip_prefix("sips:")).unwrap_or(address)
}

/// Takes `;transport=tcp` off an address.
fn split_transport(address: &str) -> (&str, Option<Transport>) {
    let Some((before, params)) = address.split_once(';') else { return (address, None) };
    let named = params.split(';').find_map(|param| param.strip_prefix("transport="));
    match named {
        Some(name) if name.eq_ignore_ascii_case("tcp") => (before, Some(Transport::Tcp)),
        Some(_) => (before, Some(Transport::Udp)),
        None => (address, None),
    }
}

/// The first address of the profile's own kind: its socket reaches no other.
async fn resolve(uri: &Uri, ipv4: bool) -> Result<SocketAddr, HangupCause> {
    let port = uri.port().unwrap_or(5060);
    if let Some(ip) = uri.ip() {
        return Ok(SocketAddr::new(ip, port));
    }
    let looked_up = tokio::time::timeout(LOOKUP, tokio::net::lookup_host((uri.host(), port))).await;
    let found = looked_up.map_err(|_| HangupCause::NetworkOutOfOrder)?.map_err(|error| {
        tracing::warn!("cannot resolve {}: {error}", uri.host());
        HangupCause::DestinationOutOfOrder
    })?;
    found.into_iter().find(|address| address.is_ipv4() == ipv4).ok_or(HangupCause::DestinationOutOfOrder)
}

/// How long a name may take to resolve.
const LOOKUP: std::time::Duration = std::time::Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_uris() {
        assert_eq!(host("192.0.2.1".parse().unwrap()), "192.0.2.1");
        assert_eq!(host("2001:db8::1".parse().unwrap()), "[2001:db8::1]");
    }
}
