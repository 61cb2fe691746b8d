//! A running SIP profile: its settings, its user agent and its gateways.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use strowger_config::{AccessLists, Gateway, SofiaProfile};
use strowger_core::channel::{CallerProfile, HangupCause};
use strowger_core::{IncomingCall, Switch};

use super::leg::SofiaLeg;
use super::messages;
use super::variables::user_at_host;
use crate::message::{Message, Method};
use crate::transport::Source;
use crate::ua::{self, Reply, Response, UaHandler, UserAgent};

/// One profile of sofia.conf.xml at work.
pub(super) struct Profile {
    settings: ArcSwap<SofiaProfile>,
    ua: OnceLock<UserAgent>,
}

impl Profile {
    pub(super) fn new(settings: SofiaProfile) -> Arc<Self> {
        Arc::new(Self { settings: ArcSwap::from_pointee(settings), ua: OnceLock::new() })
    }

    /// The user agent, once it is bound. Set once, right after the profile is made.
    pub(super) fn bound(&self, ua: UserAgent) {
        // A second bind would be a fault of ours; the first stays.
        let _ = self.ua.set(ua);
    }

    pub(super) fn settings(&self) -> Arc<SofiaProfile> {
        self.settings.load_full()
    }

    /// Takes new settings; address and port stay those that are bound.
    pub(super) fn configure(&self, settings: SofiaProfile) {
        self.settings.store(Arc::new(settings));
    }

    pub(super) fn name(&self) -> String {
        self.settings.load().name.clone()
    }

    pub(super) fn ua(&self) -> Option<&UserAgent> {
        self.ua.get()
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        let settings = self.settings.load();
        self.ua().map_or_else(|| SocketAddr::new(settings.sip_ip, settings.sip_port), UserAgent::local_addr)
    }

    /// `sip:mod_sofia@127.0.0.1:5060`.
    pub(super) fn url(&self) -> String {
        format!("sip:mod_sofia@{}", self.address())
    }

    pub(super) fn gateway(&self, name: &str) -> Option<Gateway> {
        self.settings.load().gateways.iter().find(|gateway| gateway.name == name).cloned()
    }
}

/// Takes what comes in on a profile.
pub(super) struct ProfileHandler {
    switch: Arc<Switch>,
    profile: Arc<Profile>,
}

impl ProfileHandler {
    pub(super) fn new(switch: Arc<Switch>, profile: Arc<Profile>) -> Self {
        Self { switch, profile }
    }
}

impl UaHandler for ProfileHandler {
    fn invite(&self, incoming: ua::IncomingCall) {
        let from = incoming.source.addr;
        if !self.may_call(from.ip()) {
            let settings = self.profile.settings();
            let why = match settings.apply_inbound_acl.is_empty() {
                true => "auth-calls is on, and passwords cannot be asked for yet",
                false => "no list of apply-inbound-acl lets it pass",
            };
            tracing::warn!("SIP profile {}: a call from {from} is refused: {why}", settings.name);
            return incoming.call.respond(Response::new(403));
        }
        let invite = incoming.request;
        let uuid = self.switch.new_uuid();
        let (channel_name, profile) = self.caller(&invite, incoming.source);
        let leg = SofiaLeg::incoming(
            Arc::clone(&self.switch),
            Arc::clone(&self.profile),
            incoming.call.clone(),
            invite,
            incoming.source.addr,
        );
        let call = IncomingCall { uuid, channel_name, profile, leg: Box::new(leg) };
        if let Err(cause) = self.switch.start_incoming(call) {
            refuse(&incoming.call, cause);
        }
    }

    fn request(&self, request: &Arc<Message>, source: Source) -> Reply {
        match request.method() {
            // There is no registrar.
            Some(Method::Register) => Reply::new(403),
            Some(Method::Message) if !self.may_call(source.addr.ip()) => Reply::new(403),
            Some(Method::Message) => {
                messages::received(&self.switch, &self.profile, request);
                Reply::new(202)
            }
            Some(Method::Refer) => Reply::new(405),
            _ => Reply::without_extensions(request),
        }
    }
}

impl ProfileHandler {
    fn may_call(&self, ip: IpAddr) -> bool {
        may_call(&self.profile.settings(), &self.switch.config().acl, ip)
    }

    /// Channel-Name and the parties of a call, as its INVITE has them.
    fn caller(&self, invite: &Message, source: Source) -> (String, CallerProfile) {
        let settings = self.profile.settings();
        let from = invite.from();
        let (user, at, display) = match &from {
            Some(from) => {
                (from.uri.user().unwrap_or_default().to_owned(), user_at_host(&from.uri), from.display.clone())
            }
            None => Default::default(),
        };
        let name = if display.is_empty() { user.clone() } else { display };
        let destination = invite.uri().and_then(|uri| uri.user().map(str::to_owned)).unwrap_or_default();
        let profile = CallerProfile {
            username: user.clone(),
            dialplan: settings.dialplan.clone(),
            caller_id_name: name.clone(),
            caller_id_number: user.clone(),
            orig_caller_id_name: name,
            orig_caller_id_number: user.clone(),
            network_addr: source.addr.ip().to_string(),
            ani: user,
            destination_number: destination,
            source: "mod_sofia".to_owned(),
            context: settings.context.clone(),
            ..CallerProfile::default()
        };
        (format!("sofia/{}/{at}", settings.name), profile)
    }
}

/// Whether a call from there is taken: one of `apply-inbound-acl`'s lists lets it pass; without lists, unless
/// `auth-calls` asks for passwords, because nobody can give one yet.
fn may_call(settings: &SofiaProfile, lists: &AccessLists, ip: IpAddr) -> bool {
    if settings.apply_inbound_acl.is_empty() {
        return !settings.auth_calls;
    }
    settings.apply_inbound_acl.iter().any(|list| lists.check(list, ip).unwrap_or(false))
}

fn refuse(call: &ua::Call, cause: HangupCause) {
    let response = Response::new(cause.sip_status());
    call.respond(match cause {
        // As mod_sofia refuses at a limit, or while the switch is paused.
        HangupCause::SwitchCongestion => {
            Response { reason: "Maximum Calls In Progress".to_owned(), ..response }.with("Retry-After", "300")
        }
        _ if response.code == 503 => response.with("Retry-After", "5"),
        _ => response,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a profile with these params takes a call from the address.
    fn check(params: &str, ip: &str) -> bool {
        let config = strowger_test_support::config(&format!(
            r#"<document type="freeswitch/xml"><section name="configuration"><configuration name="sofia.conf"><profiles>
            <profile name="p"><settings>{params}</settings></profile></profiles></configuration></section></document>"#
        ));
        may_call(&config.sofia[0], &config.acl, ip.parse().unwrap())
    }

    #[test]
    fn access_lists_say_who_may_call() {
        const LISTS: &str = r#"<param name="apply-inbound-acl" value="loopback.auto"/><param name="apply-inbound-acl" value="192.0.2.0/24"/>"#;
        assert!(check(LISTS, "127.0.0.1") && check(LISTS, "192.0.2.9") && !check(LISTS, "198.51.100.1"));
        assert!(!check(r#"<param name="apply-inbound-acl" value="nosuch"/>"#, "127.0.0.1"));
    }

    #[test]
    fn a_password_nobody_can_give_lets_nobody_in() {
        assert!(check("", "198.51.100.1"));
        assert!(!check(r#"<param name="auth-calls" value="true"/>"#, "198.51.100.1"));
    }
}
