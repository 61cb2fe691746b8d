//! Digits: how they come to a session, are taken by what runs on it, and are sent.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_event::EventKind;
use strowger_media::telephone_event::Digit;
use tokio::time::Instant;

use super::digit_actions::Side;
use super::{Execute, Session, SessionHandle};
use crate::bus::Origin;
use crate::channel::{Dtmf, DtmfSource, Secrecy, is_key, is_sendable, parse_digits};
use crate::media::DigitSink;

const ORIGIN: Origin = Origin::new("switch_channel.c", "switch_channel_dequeue_dtmf", 770);

/// Digits of the media that may wait until the session looks; what comes beyond is lost.
const MAX_UNSEEN: usize = 64;

impl Session {
    /// Takes a digit in (`switch_channel_queue_dtmf`), unless it is bound to something. Its event is fired when what runs
    /// on the call takes it.
    pub fn receive_dtmf(&mut self, dtmf: Dtmf) {
        let is_heard = is_key(dtmf.digit) && !self.channel.is_down() && self.repeats.counts(&dtmf, Instant::now());
        if !is_heard || self.is_bound(Side::Heard, &dtmf) {
            return;
        }
        let sensitive = self.is_set("sensitive_dtmf");
        if !sensitive {
            tracing::debug!(uuid = %self.channel.uuid, "RECV DTMF {}:{}", dtmf.digit, dtmf.duration);
        }
        let secrecy = if sensitive { Secrecy::Sensitive } else { Secrecy::Open };
        self.channel.digits.push(self.within_limits(dtmf), secrecy);
    }

    /// Whether a digit goes no further: none does, it is made sound, a machine looks at it, or it is a meta key.
    fn is_bound(&mut self, side: Side, dtmf: &Dtmf) -> bool {
        if self.is_turned(side, dtmf) {
            return true;
        }
        if dtmf.skips_bindings {
            return false;
        }
        // A digit heard is shown to both, one that is sent to the machine only when it is no meta key.
        match side {
            Side::Heard => self.feed_digit(side, dtmf.digit) | self.is_meta_key(side, dtmf.digit),
            Side::Sent => self.is_meta_key(side, dtmf.digit) || self.feed_digit(side, dtmf.digit),
        }
    }

    fn within_limits(&self, dtmf: Dtmf) -> Dtmf {
        let duration = self.switch.limits().figures().dtmf_duration(dtmf.duration);
        Dtmf { duration: Dtmf::new(dtmf.digit, duration, dtmf.source).duration, ..dtmf }
    }

    /// Takes digits in as they are written: `12#@150`, `+` between groups (`switch_channel_queue_dtmf_string`). With a
    /// `~` in front what is bound to keys sees them.
    pub fn receive_digits(&mut self, text: &str) {
        let usual = self.switch.limits().figures().default_dtmf_duration;
        for dtmf in parse_digits(text, is_key, usual) {
            self.receive_dtmf(dtmf);
        }
    }

    /// Sends digits as they are written: as [`Session::receive_digits`], and `w` and `W` are pauses of 500 and
    /// 1000 ms, `F` a hook flash (`switch_core_session_send_dtmf_string`). The leg paces them.
    pub fn send_digits(&mut self, text: &str) {
        let usual = self.switch.limits().figures().default_dtmf_duration;
        self.send_each(parse_digits(text, is_sendable, usual));
    }

    /// Sends digits, but for those that are bound to something (`switch_core_session_send_dtmf`).
    pub(super) fn send_each(&mut self, mut digits: Vec<Dtmf>) {
        if self.channel.is_down() {
            return;
        }
        digits.iter_mut().for_each(|dtmf| *dtmf = self.within_limits(*dtmf));
        digits.retain(|dtmf| !self.is_bound(Side::Sent, dtmf));
        if !digits.is_empty() && self.is_set("drop_dtmf") {
            digits = self.masked();
        }
        if !digits.is_empty() {
            self.leg.send_dtmf(&mut self.channel, &digits);
        }
    }

    /// What is sent instead of digits that are dropped (`uuid_drop_dtmf`): other digits, or none; a file may be heard.
    fn masked(&mut self) -> Vec<Dtmf> {
        let variable = |name| self.channel.variable(name).map(str::to_owned);
        let mask = variable("drop_dtmf_masking_digits").unwrap_or_default();
        if let Some(file) = variable("drop_dtmf_masking_file") {
            // One that finds no room is not heard.
            let _ = self.queue(Execute::broadcast("playback", &file, None));
        }
        let usual = self.switch.limits().figures().default_dtmf_duration;
        parse_digits(&mask, is_sendable, usual)
    }

    /// Forgets the digits that wait; no event tells of them.
    pub fn flush_digits(&mut self) {
        self.channel.digits.clear();
    }

    /// The next digit that waits, with its event: what runs on the call calls this, nobody else.
    pub fn take_digit(&mut self) -> Option<Dtmf> {
        let (dtmf, secrecy) = self.channel.digits.pop()?;
        if secrecy == Secrecy::Open {
            self.fire_digit(&dtmf);
        }
        Some(dtmf)
    }

    /// Takes every digit that waits and does nothing with it.
    pub fn discard_digits(&mut self) {
        while self.take_digit().is_some() {}
    }

    /// The one place a DTMF event comes from.
    fn fire_digit(&self, dtmf: &Dtmf) {
        let duration = dtmf.duration.to_string();
        let mut buffer = [0; 4];
        let last = [
            ("DTMF-Digit", &*dtmf.digit.encode_utf8(&mut buffer)),
            ("DTMF-Duration", duration.as_str()),
            ("DTMF-Source", dtmf.source.name()),
        ];
        self.fire_input(EventKind::Dtmf, ORIGIN, &last);
    }
}

impl SessionHandle {
    /// Where the leg's media brings the digits it hears. Never blocks, and holds one place of the session's mailbox at
    /// the most, however fast digits come; those that find no room are lost.
    #[must_use]
    pub fn digit_sink(&self) -> DigitSink {
        self.digit_sink_of(DtmfSource::Rtp)
    }

    /// As [`SessionHandle::digit_sink`], for digits that come from there.
    pub(super) fn digit_sink_of(&self, source: DtmfSource) -> DigitSink {
        let unseen: Arc<Mutex<VecDeque<Digit>>> = Arc::default();
        let handle = self.clone();
        Box::new(move |digit| {
            let mut waiting = unseen.lock();
            let told = !waiting.is_empty();
            if waiting.len() < MAX_UNSEEN {
                waiting.push_back(digit);
            }
            if told {
                return;
            }
            let unseen = Arc::clone(&unseen);
            let tell = handle.tell(move |session| {
                let digits = std::mem::take(&mut *unseen.lock());
                digits.into_iter().for_each(|digit| session.receive_dtmf(of_media(digit, source)));
            });
            if tell.is_err() {
                waiting.clear();
            }
        })
    }
}

fn of_media(digit: Digit, source: DtmfSource) -> Dtmf {
    let samples = u32::try_from(digit.duration.as_micros() * 8 / 1000).unwrap_or(u32::MAX);
    // What was heard lasted some time, if only a sample.
    Dtmf::new(digit.digit, samples.max(1), source)
}
