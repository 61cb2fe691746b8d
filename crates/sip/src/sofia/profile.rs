//! A running SIP profile: its settings, its user agent and its gateways.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use strowger_config::{Gateway, SofiaProfile};
use strowger_core::channel::{CallerProfile, HangupCause};
use strowger_core::{IncomingCall, Switch};

use super::leg::SofiaLeg;
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

    /// Whether `name` is the profile's, or one of its aliases.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let settings = self.settings.load();
        settings.name == name || settings.aliases.iter().any(|alias| alias == name)
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

    fn request(&self, request: &Arc<Message>, _source: Source) -> Reply {
        match request.method() {
            // There is no registrar, and nobody to message to.
            Some(Method::Register) => Reply::new(403),
            Some(Method::Message | Method::Refer) => Reply::new(405),
            _ => Reply::without_extensions(request),
        }
    }
}

impl ProfileHandler {
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

fn refuse(call: &ua::Call, cause: HangupCause) {
    let response = Response::new(cause.sip_status());
    call.respond(if response.code == 503 { response.with("Retry-After", "5") } else { response });
}
