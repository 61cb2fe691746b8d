//! The sofia leg: a SIP dialog and its media, as a session uses them.

use std::net::SocketAddr;
use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::channel::{Channel, Dtmf, HangupCause};
use strowger_core::endpoint::{Leg, Placed};
use strowger_core::indication::{Indicated, Indication};
use strowger_core::media::Stream;
use strowger_core::session::SessionHandle;
use strowger_media::telephone_event::Press;

use super::hold::Reinvite;
use super::indicate::FarEnd;
use super::info;
use super::media::LegMedia;
use super::profile::Profile;
use super::signals::LegSink;
use super::{statistics, variables};
use crate::message::{Message, reason_of};
use crate::ua::{Call, Invite, Response};

/// One leg of a SIP call.
pub(super) struct SofiaLeg {
    switch: Arc<Switch>,
    pub(super) profile: Arc<Profile>,
    pub(super) call: Option<Call>,
    pub(super) media: LegMedia,
    origin: LegOrigin,
    handle: Option<SessionHandle>,
    /// The far end ended it: there is nothing left to send.
    pub(super) ended_by_peer: bool,
    answered: bool,
    pub(super) reinvite: Reinvite,
    pub(super) far_end: FarEnd,
    /// The other of the far end's calls is looked for.
    pub(super) is_transferring: bool,
    /// The REFER whose outcome the far end waits for.
    pub(super) refer: Option<u32>,
}

enum LegOrigin {
    Incoming { invite: Arc<Message>, source: SocketAddr },
    Outgoing { invite: Box<Invite>, gateway: Option<String>, destination: SocketAddr },
}

impl SofiaLeg {
    pub(super) fn incoming(
        switch: Arc<Switch>,
        profile: Arc<Profile>,
        call: Call,
        invite: Arc<Message>,
        source: SocketAddr,
    ) -> Self {
        let mut far_end = FarEnd::default();
        far_end.note(&invite);
        let leg = Self::new(switch, profile, Some(call), LegOrigin::Incoming { invite, source });
        Self { far_end, ..leg }
    }

    pub(super) fn outgoing(
        switch: Arc<Switch>,
        profile: Arc<Profile>,
        invite: Invite,
        gateway: Option<String>,
        destination: SocketAddr,
    ) -> Self {
        Self::new(switch, profile, None, LegOrigin::Outgoing { invite: Box::new(invite), gateway, destination })
    }

    fn new(switch: Arc<Switch>, profile: Arc<Profile>, call: Option<Call>, origin: LegOrigin) -> Self {
        Self {
            switch,
            profile,
            call,
            media: LegMedia::default(),
            origin,
            handle: None,
            ended_by_peer: false,
            answered: false,
            reinvite: Reinvite::default(),
            far_end: FarEnd::default(),
            is_transferring: false,
            refer: None,
        }
    }

    /// Where the other side is.
    pub(super) fn peer(&self) -> SocketAddr {
        match &self.origin {
            LegOrigin::Incoming { source, .. } => *source,
            LegOrigin::Outgoing { destination, .. } => *destination,
        }
    }

    pub(super) fn answered_by_peer(&mut self) {
        self.answered = true;
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answered
    }

    /// The far end of a call that we placed asks for something: who asks has changed.
    pub(super) fn note_reinvite(&self, channel: &mut Channel) {
        if self.has_call_id() {
            channel.variables.set("dlg_req_swap_direction", "true");
        }
    }

    /// Whether this side chose the Call-ID: it called.
    pub(super) fn has_call_id(&self) -> bool {
        matches!(self.origin, LegOrigin::Outgoing { .. })
    }

    fn place(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let sdp = self.media.offer(&self.switch, channel, &self.profile)?;
        let LegOrigin::Outgoing { invite, .. } = &mut self.origin else {
            return Err(HangupCause::NormalTemporaryFailure);
        };
        let handle = self.handle.clone().ok_or(HangupCause::NormalTemporaryFailure)?;
        let variables = &mut channel.variables;
        variables::of_outgoing(variables, invite, &self.profile);
        invite.sdp = Some(sdp);
        let ua = self.profile.ua().ok_or(HangupCause::NormalTemporaryFailure)?;
        self.call = Some(ua.call((**invite).clone(), Arc::new(LegSink::new(handle))));
        Ok(())
    }

    fn ring(&self, channel: &mut Channel, code: u16) -> Result<(), HangupCause> {
        if let Some(call) = &self.call {
            channel.variables.set("sip_to_tag", call.local_tag());
        }
        self.send(code, reason_of(code), None);
        Ok(())
    }

    fn send(&self, code: u16, reason: &str, sdp: Option<String>) {
        if let Some(call) = &self.call {
            call.respond(Response { reason: reason.to_owned(), sdp, ..Response::new(code) });
        }
    }
}

impl Leg for SofiaLeg {
    fn attach(&mut self, handle: &SessionHandle) {
        self.handle = Some(handle.clone());
        self.media.tell_digits(handle.digit_sink());
        if let (LegOrigin::Incoming { .. }, Some(call)) = (&self.origin, &self.call) {
            call.attach(Arc::new(LegSink::new(handle.clone())));
        }
    }

    fn describe(&self, channel: &mut Channel) {
        match &self.origin {
            LegOrigin::Incoming { invite, source } => {
                variables::of_invite(&mut channel.variables, invite, *source, &self.profile);
                if let Some(from) = invite.from() {
                    let presence = format!("{}@{}", from.uri.user().unwrap_or_default(), from.uri.host());
                    channel.variables.set("presence_id", &presence);
                    channel.presence_id = Some(presence);
                }
            }
            LegOrigin::Outgoing { invite, gateway, .. } => {
                let variables = &mut channel.variables;
                if let Some(gateway) = gateway {
                    variables.set("sip_gateway_name", gateway);
                }
                variables.set("sip_local_network_addr", &self.profile.address().ip().to_string());
                let profile_name = if gateway.is_some() { "gateway".to_owned() } else { self.profile.name() };
                variables.set("sip_profile_name", &profile_name);
                variables.set("video_media_flow", "disabled");
                variables.set("text_media_flow", "disabled");
                variables.set("sip_destination_url", &invite.request_uri);
            }
        }
    }

    fn start(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let LegOrigin::Incoming { invite, .. } = &self.origin else { return self.place(channel) };
        let body = String::from_utf8_lossy(&invite.body).into_owned();
        if !body.is_empty() {
            self.media.offered(channel, &self.profile, &body)?;
        }
        channel.variables.set("endpoint_disposition", "RECEIVED");
        Ok(())
    }

    fn placed(&mut self, _channel: &mut Channel) -> Placed {
        Placed::Waiting
    }

    fn ring_ready(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        self.ring(channel, 180)
    }

    fn queued(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        self.ring(channel, 182)
    }

    fn indicate(&mut self, channel: &mut Channel, indication: &Indication<'_>) -> Indicated {
        self.tell(channel, indication)
    }

    fn tell_statistics(&mut self, channel: &mut Channel) {
        if let Some(stream) = self.media.stream() {
            statistics::set(&mut channel.variables, &stream.statistics());
        }
    }

    fn pre_answer(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let sdp = self.media.answer(&self.switch, channel, &self.profile)?;
        self.send(183, reason_of(183), Some(sdp));
        Ok(())
    }

    fn answer(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let sdp = self.media.answer(&self.switch, channel, &self.profile)?;
        self.answered = true;
        self.send(200, reason_of(200), Some(sdp));
        if let (LegOrigin::Incoming { invite, .. }, Some(call)) = (&self.origin, &self.call) {
            let cseq = invite.cseq().map(|cseq| cseq.seq.to_string()).unwrap_or_default();
            channel.variables.set("sip_to_tag", call.local_tag());
            channel.variables.set("sip_cseq", &cseq);
        }
        Ok(())
    }

    /// As RFC 4733 events where both sides have them, else, or where `dtmf_type` says so, as SIP INFO.
    fn send_dtmf(&mut self, channel: &mut Channel, digits: &[Dtmf]) {
        let by_info = channel.variables.get("dtmf_type").is_some_and(|kind| kind.eq_ignore_ascii_case("info"));
        if by_info {
            let keys = digits.iter().filter(|dtmf| !matches!(dtmf.digit, 'w' | 'W' | 'F' | 'f'));
            if let Some(call) = &self.call {
                keys.for_each(|dtmf| call.request(info::sending(dtmf)));
            }
        } else if !self.media.press(digits.iter().filter_map(|dtmf| Press::new(dtmf.digit, dtmf.duration))) {
            let uuid = &channel.uuid;
            tracing::warn!(%uuid, "no way to send digits was agreed on: neither telephone-event nor dtmf-type info");
        }
    }

    /// By re-INVITE, once the call is answered.
    fn hold(&mut self, channel: &mut Channel, on: bool) -> bool {
        self.offer_hold(channel, on);
        true
    }

    fn respond(&mut self, channel: &mut Channel, status: u16, reason: &str) -> HangupCause {
        let reason = if reason.is_empty() { reason_of(status) } else { reason };
        self.send(status, reason, None);
        if status >= 300 {
            self.ended_by_peer = true;
            channel.variables.set("sip_hangup_disposition", "send_refuse");
        }
        HangupCause::from_sip(status)
    }

    fn hangup(&mut self, channel: &mut Channel, cause: HangupCause) {
        if let Some(stream) = self.media.stream() {
            stream.idle();
        }
        let Some(call) = self.call.take().filter(|_| !self.ended_by_peer) else { return };
        let reason = reason(cause);
        let incoming = matches!(self.origin, LegOrigin::Incoming { .. });
        let disposition = match (incoming, self.answered) {
            (_, true) => "send_bye",
            (true, false) => "send_refuse",
            (false, false) => "send_cancel",
        };
        channel.variables.set("sip_hangup_disposition", disposition);
        let status = cause.sip_status();
        call.hangup(Some(reason), Some((status, reason_of(status).to_owned())));
    }

    fn report(&mut self, channel: &mut Channel) {
        if let Some(stream) = self.media.close() {
            statistics::set(&mut channel.variables, &stream.statistics());
        }
    }

    /// Sound can be heard once media is agreed on. A call that came without an offer is answered a little before that:
    /// what is done with its stream till the ACK comes holds from then on.
    fn stream(&mut self) -> Option<&Stream> {
        if self.media.is_open() || self.answered { self.media.stream() } else { None }
    }
}

/// The Reason header of a hangup (RFC 3326). A phone that was not quick enough must not show a missed call.
fn reason(cause: HangupCause) -> String {
    match cause {
        HangupCause::LoseRace | HangupCause::PickedOff => "SIP;cause=200;text=\"Call completed elsewhere\"".to_owned(),
        _ => format!("Q.850;cause={};text=\"{}\"", cause.q850(), cause.name()),
    }
}
