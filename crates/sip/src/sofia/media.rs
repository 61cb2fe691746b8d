//! A leg's media: its RTP stream and what was agreed on it (RFC 3264).

use std::sync::Arc;

use strowger_config::{CodecNegotiation, SofiaProfile};
use strowger_core::Switch;
use strowger_core::channel::{Channel, HangupCause};
use strowger_core::indication::Indicated;
use strowger_core::media::{DigitSink, RtpParameters, Stream};
use strowger_media::codec::Codec;
use strowger_media::sdp::{self, Direction, Local, Negotiated, Rule, SdpError, SessionDescription};
use strowger_media::telephone_event::Press;

use super::profile::Profile;

/// RTP and SDP of one leg. No port is taken before media is really opened.
#[derive(Default)]
pub(super) struct LegMedia {
    stream: Option<Stream>,
    /// Who is told of digits, until there is a stream that hears some.
    digits: Option<DigitSink>,
    remote: Option<SessionDescription>,
    negotiated: Option<Negotiated>,
    local_sdp: String,
    /// The codecs that count of the caller's offer; those of the profile when none.
    filter: Option<Vec<Codec>>,
    /// An offer of ours has no answer yet.
    offering: bool,
    /// We hold the far end: it is sent to, and not listened to.
    holding: bool,
    /// The codecs of our next offer within the call, or of the one that has no answer yet; the one agreed on when none.
    next: Vec<Codec>,
    /// Where the far end is to send its media to instead, as another one described it.
    around: Option<String>,
    session_id: u64,
    version: u64,
}

impl LegMedia {
    /// Says who is told of the digits that come.
    pub(super) fn tell_digits(&mut self, sink: DigitSink) {
        self.digits = Some(sink);
    }

    /// Sends digits as RFC 4733 events; `false` when these were not agreed on.
    pub(super) fn press(&self, presses: impl Iterator<Item = Press>) -> bool {
        let agreed = self.negotiated.as_ref().is_some_and(|agreed| agreed.dtmf_pt.is_some());
        match self.stream.as_ref().filter(|_| agreed) {
            Some(stream) => {
                stream.press(presses);
                true
            }
            None => false,
        }
    }

    /// Takes the caller's offer: which codec it will be is known now, the port is opened later.
    pub(super) fn offered(&mut self, channel: &mut Channel, profile: &Profile, body: &str) -> Result<(), HangupCause> {
        let settings = &*profile.settings();
        channel.variables.set_foreign("switch_r_sdp", body);
        let offer = sdp::parse(body).map_err(|error| refuse(channel, &error))?;
        let local = Local::new(settings.rtp_ip, 0, 0, 0);
        let answer = sdp::answer(&offer, &local, &inbound_codecs(settings), rule(settings), settings.rfc2833_pt)
            .map_err(|error| refuse(channel, &error))?;
        set_agreed(channel, &answer.negotiated, settings, &settings.inbound_codec_prefs);
        self.negotiated = Some(answer.negotiated);
        self.remote = Some(offer);
        Ok(())
    }

    /// Opens media towards the offerer; our SDP to send.
    pub(super) fn answer(
        &mut self,
        switch: &Arc<Switch>,
        channel: &mut Channel,
        profile: &Profile,
    ) -> Result<String, HangupCause> {
        if !self.local_sdp.is_empty() {
            return Ok(self.local_sdp.clone());
        }
        let Some(offer) = self.remote.take() else { return self.offer(switch, channel, profile) };
        let local = self.open(switch, profile)?;
        let settings = &*profile.settings();
        let codecs = self.filter.take().unwrap_or_else(|| inbound_codecs(settings));
        let answer = sdp::answer(&offer, &local, &codecs, rule(settings), settings.rfc2833_pt)
            .map_err(|error| refuse(channel, &error))?;
        self.local_sdp = answer.sdp;
        self.remote = Some(offer);
        self.set_local(channel, &local);
        self.connect(channel, answer.negotiated);
        Ok(self.local_sdp.clone())
    }

    /// Has only codecs of a list be agreed on, in its order, as long as nothing was answered yet; what none of them is in
    /// cannot be answered any more.
    pub(super) fn filter(&mut self, channel: &mut Channel, profile: &Profile, list: &str) -> Indicated {
        let settings = &*profile.settings();
        let Some(offer) = self.remote.as_ref().filter(|_| self.local_sdp.is_empty()) else { return Indicated::Failed };
        let codecs = codecs(list.split(','));
        let local = Local::new(settings.rtp_ip, 0, 0, 0);
        match sdp::answer(offer, &local, &codecs, rule(settings), settings.rfc2833_pt) {
            Ok(answer) => {
                set_agreed(channel, &answer.negotiated, settings, &settings.inbound_codec_prefs);
                self.negotiated = Some(answer.negotiated);
            }
            Err(error) => tracing::warn!(uuid = %channel.uuid, "{list}: {error}"),
        }
        self.filter = Some(codecs);
        Indicated::Done
    }

    /// Opens media and offers it.
    pub(super) fn offer(
        &mut self,
        switch: &Arc<Switch>,
        channel: &mut Channel,
        profile: &Profile,
    ) -> Result<String, HangupCause> {
        let local = self.open(switch, profile)?;
        let settings = &*profile.settings();
        channel.variables.set("rtp_use_codec_string", &settings.outbound_codec_prefs.join(","));
        self.local_sdp = sdp::offer(&local, &usual_codecs(settings), settings.rfc2833_pt);
        self.offering = true;
        self.set_local(channel, &local);
        channel.variables.set("audio_media_flow", "sendrecv");
        Ok(self.local_sdp.clone())
    }

    /// Takes the answer to our offer. The same again changes nothing; another one (183 from an announcement, then 200
    /// from the phone) has media go where it says, unless it cannot be used.
    pub(super) fn answered(&mut self, channel: &mut Channel, profile: &Profile, body: &str) -> Result<(), HangupCause> {
        let again = self.negotiated.is_some();
        if again && body.is_empty() {
            return Ok(());
        }
        let settings = &*profile.settings();
        let (answer, negotiated) = match self.accept(body, &usual_codecs(settings)) {
            Ok((answer, _)) if again && self.remote.as_ref() == Some(&answer) => return Ok(()),
            Ok(agreed) => agreed,
            Err(error) => {
                let cause = refuse(channel, &error);
                return if again { Ok(()) } else { Err(cause) };
            }
        };
        self.offering = false;
        channel.variables.set_foreign("switch_r_sdp", body);
        set_agreed(channel, &negotiated, settings, &settings.outbound_codec_prefs);
        self.connect(channel, negotiated);
        self.remote = Some(answer);
        Ok(())
    }

    /// Takes an ACK: it answers an offer that our 200 made, if it made one; whether it did.
    ///
    /// # Errors
    /// The cause the call ends with: it cannot have media.
    pub(super) fn acked(&mut self, channel: &mut Channel, profile: &Profile, body: &str) -> Result<bool, HangupCause> {
        if !std::mem::take(&mut self.offering) {
            return Ok(false);
        }
        self.answered(channel, profile, body).map(|()| true)
    }

    /// A new offer within the call: answered with what is open, the far end's address and direction taken over. The
    /// codec stays if it is among those offered.
    pub(super) fn reoffered(
        &mut self,
        channel: &mut Channel,
        profile: &Profile,
        body: &str,
    ) -> Result<String, HangupCause> {
        let settings = &*profile.settings();
        let offer = sdp::parse(body).map_err(|error| refuse(channel, &error))?;
        let local = self.next_version(settings);
        let answer = |codecs: &[Codec]| sdp::answer(&offer, &local, codecs, rule(settings), settings.rfc2833_pt);
        let same = self.negotiated.as_ref().and_then(|agreed| answer(&[agreed.codec]).ok());
        let answer = match same {
            Some(answer) => answer,
            None => answer(&inbound_codecs(settings)).map_err(|error| refuse(channel, &error))?,
        };
        self.version += 1;
        channel.variables.set_foreign("switch_r_sdp", body);
        set_agreed(channel, &answer.negotiated, settings, &settings.inbound_codec_prefs);
        self.local_sdp = answer.sdp;
        self.remote = Some(offer);
        self.connect(channel, answer.negotiated);
        Ok(self.local_sdp.clone())
    }

    /// The far end asks for an offer within the call; its answer comes with the ACK.
    ///
    /// # Errors
    /// The cause to refuse it with: there is no media yet.
    pub(super) fn reoffer(&mut self, profile: &Profile) -> Result<String, HangupCause> {
        let settings = &*profile.settings();
        let agreed = self.negotiated.as_ref().filter(|_| self.stream.is_some());
        let agreed = agreed.ok_or(HangupCause::IncompatibleDestination)?;
        // Numbers of payload types stay what they were (RFC 3264 §8.3.2).
        let (codec, dtmf_pt) = (agreed.codec, agreed.dtmf_pt.unwrap_or(0));
        let local = self.next_version(settings);
        self.version += 1;
        self.offering = true;
        let codecs = if self.next.is_empty() { &[codec][..] } else { &self.next };
        self.local_sdp = sdp::offer(&local, codecs, dtmf_pt);
        Ok(match &self.around {
            Some(description) => as_ours(description, &self.local_sdp),
            None => self.local_sdp.clone(),
        })
    }

    /// Has these codecs stand in our next offer within the call.
    pub(super) fn offer_next(&mut self, codecs: Vec<Codec>) {
        self.next = codecs;
    }

    /// Has our next offers within the call be what another far end described, or our own again.
    pub(super) fn go_around(&mut self, description: Option<&str>) {
        self.around = description.map(str::to_owned);
    }

    /// Our offer was refused: what was agreed on before holds.
    pub(super) fn refused(&mut self) {
        self.next.clear();
        self.around = None;
    }

    /// Holds the far end from the next description on, or listens to it again; that description, for an offer.
    ///
    /// # Errors
    /// The cause not to offer it: there is no media yet.
    pub(super) fn hold(&mut self, channel: &mut Channel, profile: &Profile, on: bool) -> Result<String, HangupCause> {
        self.holding = on;
        let offer = self.reoffer(profile)?;
        // Its answer comes with a response of its own, not with an ACK.
        self.offering = false;
        channel.variables.set("rtp_local_sdp_str", &offer);
        Ok(offer)
    }

    /// Takes the answer to such an offer. What cannot be used leaves media as it is; no variable tells of it.
    pub(super) fn held(&mut self, channel: &mut Channel, profile: &Profile, body: &str) {
        if self.around.is_some() {
            // The other far end is told where it goes.
            return;
        }
        let (Some(stream), Some(agreed)) = (&self.stream, &self.negotiated) else { return };
        let codec = agreed.codec;
        let next = std::mem::take(&mut self.next);
        let offered = if next.is_empty() { &[codec][..] } else { &next };
        match self.accept(body, offered) {
            Ok((answer, negotiated)) => {
                stream.connect(parameters(&negotiated));
                if !next.is_empty() {
                    let settings = &*profile.settings();
                    channel.variables.set_foreign("switch_r_sdp", body);
                    set_agreed(channel, &negotiated, settings, &settings.outbound_codec_prefs);
                }
                (self.remote, self.negotiated) = (Some(answer), Some(negotiated));
            }
            Err(error) => {
                refuse(channel, &error);
            }
        }
    }

    /// Whether the far end holds us: it wants nothing sent (RFC 3264 §8.4).
    pub(super) fn is_held(&self) -> bool {
        self.remote.as_ref().and_then(|remote| remote.audio().ok()).is_some_and(|audio| !audio.direction.receives())
    }

    pub(super) fn is_holding(&self) -> bool {
        self.holding
    }

    /// Reads an answer to an offer of these codecs.
    fn accept(&self, body: &str, offered: &[Codec]) -> Result<(SessionDescription, Negotiated), SdpError> {
        let answer = sdp::parse(body)?;
        let mut negotiated = sdp::accept_answer(&answer, offered)?;
        negotiated.direction = negotiated.direction.within(self.allowed());
        Ok((answer, negotiated))
    }

    fn allowed(&self) -> Direction {
        if self.holding { Direction::SendOnly } else { Direction::SendRecv }
    }

    /// Our side of the next description.
    fn next_version(&self, settings: &SofiaProfile) -> Local {
        let local = Local::new(settings.rtp_ip, self.port(), self.session_id, self.version + 1);
        Local { direction: self.allowed(), ..local }
    }

    fn port(&self) -> u16 {
        self.stream.as_ref().and_then(Stream::local_addr).map_or(0, |local| local.port())
    }

    pub(super) fn is_open(&self) -> bool {
        self.negotiated.is_some() && self.stream.is_some()
    }

    pub(super) fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }

    /// Closes the stream.
    pub(super) fn close(&mut self) -> Option<Stream> {
        self.stream.take()
    }

    fn open(&mut self, switch: &Arc<Switch>, profile: &Profile) -> Result<Local, HangupCause> {
        let ip = profile.settings().rtp_ip;
        if self.stream.is_none() {
            self.stream = Some(switch.media().open_rtp(ip).map_err(|error| {
                tracing::error!("no RTP port on {ip}: {error}");
                HangupCause::NormalTemporaryFailure
            })?);
            if let (Some(stream), Some(sink)) = (&self.stream, self.digits.take()) {
                stream.listen(sink);
            }
            self.session_id = strowger_core::channel::now_micros() / 1_000_000;
            self.version = self.session_id + 1;
        }
        Ok(Local::new(ip, self.port(), self.session_id, self.version))
    }

    fn set_local(&self, channel: &mut Channel, local: &Local) {
        let variables = &mut channel.variables;
        variables.set("rtp_local_sdp_str", &self.local_sdp);
        variables.set("local_media_ip", &local.ip.to_string());
        variables.set("local_media_port", &local.port.to_string());
        variables.set("advertised_media_ip", &local.ip.to_string());
    }

    fn connect(&mut self, channel: &mut Channel, negotiated: Negotiated) {
        let Some(stream) = &self.stream else { return };
        stream.connect(parameters(&negotiated));
        let variables = &mut channel.variables;
        variables.set("rtp_use_timer_name", "soft");
        variables.set("rtp_use_pt", &negotiated.pt.to_string());
        variables.set("rtp_use_ssrc", &stream.ssrc().to_string());
        if let Some(dtmf) = negotiated.dtmf_pt {
            variables.set("rtp_2833_send_payload", &dtmf.to_string());
            variables.set("rtp_2833_recv_payload", &dtmf.to_string());
        }
        variables.set("remote_media_ip", &negotiated.remote.ip().to_string());
        variables.set("remote_media_port", &negotiated.remote.port().to_string());
        self.negotiated = Some(negotiated);
    }
}

fn parameters(negotiated: &Negotiated) -> RtpParameters {
    RtpParameters {
        remote: negotiated.remote,
        codec: negotiated.codec,
        payload_type: negotiated.pt,
        dtmf_payload_type: negotiated.dtmf_pt,
        ptime_ms: negotiated.ptime_ms,
        send: negotiated.direction.sends(),
        receive: negotiated.direction.receives(),
    }
}

fn refuse(channel: &Channel, error: &SdpError) -> HangupCause {
    tracing::warn!(uuid = %channel.uuid, "{error}");
    HangupCause::IncompatibleDestination
}

/// What was agreed, as the channel tells of it.
fn set_agreed(channel: &mut Channel, agreed: &Negotiated, settings: &SofiaProfile, preferences: &[String]) {
    let (codec, ptime) = (agreed.codec, agreed.ptime_ms);
    let variables = &mut channel.variables;
    let described = format!("{}@{}h@{ptime}i@{}b", codec.name(), codec.rate(), codec.bit_rate());
    variables.set("ep_codec_string", &format!("CORE_PCM_MODULE.{described}"));
    variables.set("rtp_use_codec_string", &preferences.join(","));
    variables.set("remote_video_media_flow", "inactive");
    variables.set("remote_text_media_flow", "inactive");
    variables.set("remote_audio_media_flow", agreed.direction.reversed().name());
    variables.set("audio_media_flow", agreed.direction.name());
    variables.set("remote_media_ip", &agreed.remote.ip().to_string());
    variables.set("remote_media_port", &agreed.remote.port().to_string());
    variables.set("rtp_audio_recv_pt", &agreed.pt.to_string());
    variables.set("rtp_use_codec_name", codec.name());
    variables.set("rtp_use_codec_rate", &codec.rate().to_string());
    variables.set("rtp_use_codec_ptime", &ptime.to_string());
    variables.set("rtp_use_codec_channels", "1");
    variables.set("rtp_last_audio_codec_string", &format!("{}@{}h@{ptime}i@1c", codec.name(), codec.rate()));
    channel.set_codec(codec);
    let variables = &mut channel.variables;
    variables.set("original_read_codec", codec.name());
    variables.set("original_read_rate", &codec.rate().to_string());
    let dtmf_type = match settings.param("dtmf-type") {
        Some(kind) if kind.eq_ignore_ascii_case("info") => "info",
        _ if agreed.dtmf_pt.is_some() => "rfc2833",
        _ => "none",
    };
    variables.set("dtmf_type", dtmf_type);
}

fn rule(settings: &SofiaProfile) -> Rule {
    match settings.codec_negotiation {
        CodecNegotiation::Generous => Rule::Generous,
        CodecNegotiation::Greedy | CodecNegotiation::Scrooge => Rule::Greedy,
    }
}

fn inbound_codecs(settings: &SofiaProfile) -> Vec<Codec> {
    listed(&settings.inbound_codec_prefs)
}

/// The codecs that the profile offers.
pub(super) fn usual_codecs(settings: &SofiaProfile) -> Vec<Codec> {
    listed(&settings.outbound_codec_prefs)
}

fn listed(preferences: &[String]) -> Vec<Codec> {
    let known = codecs(preferences.iter().map(String::as_str));
    if known.is_empty() { vec![Codec::Pcmu, Codec::Pcma] } else { known }
}

/// The codecs of a preference list that we have, each once; `PCMU@20i` forms name a packet time as well.
pub(super) fn codecs<'a>(preferences: impl Iterator<Item = &'a str>) -> Vec<Codec> {
    let named = preferences.filter_map(|name| Codec::from_name(name.split('@').next().unwrap_or(name).trim()));
    let mut known = Vec::new();
    for codec in named.filter(|codec| *codec != Codec::L16) {
        if !known.contains(&codec) {
            known.push(codec);
        }
    }
    known
}

/// Another far end's description as an offer of ours: it is of our session (RFC 3264 §8).
fn as_ours(description: &str, own: &str) -> String {
    let origin = own.lines().find(|line| line.starts_with("o=")).unwrap_or_default();
    let line = |line: &str| format!("{}\r\n", if line.starts_with("o=") { origin } else { line });
    description.lines().map(line).collect()
}
