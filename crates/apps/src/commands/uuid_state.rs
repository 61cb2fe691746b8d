//! What is changed of a call's state from outside.

use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::media::{Gain, Way};
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::Session;

use super::sessions::with_session;
use super::uuid_deflect::nobody;
use super::{NO_CHANNEL, OK, about};
use crate::words::{first_word, words};

/// `uuid_ring_ready`.
pub(super) struct UuidRingReady;

#[async_trait]
impl ApiCommand for UuidRingReady {
    fn about(&self) -> About {
        about(
            "uuid_ring_ready",
            "<uuid> [queued]",
            "Tells a call's caller that it rings (SIP 180), or waits in a queue (182).",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let (uuid, queued) = match words.as_slice() {
            [uuid] => (uuid, false),
            [uuid, word, ..] if word.eq_ignore_ascii_case("queued") => (uuid, true),
            _ => return ApiCall::usage(self.about()),
        };
        let rung = with_session(call.switch, uuid, move |session| {
            // That the call ends of it is seen by what runs on it.
            let _ = if queued { session.ring_queued() } else { session.ring_ready() };
        });
        if rung.await.is_some() { OK } else { "-ERROR\n" }.to_owned()
    }
}

/// `uuid_early_ok`.
pub(super) struct UuidEarlyOk;

#[async_trait]
impl ApiCommand for UuidEarlyOk {
    fn about(&self) -> About {
        about(
            "uuid_early_ok",
            "<uuid>",
            "Has early media of a leg that is dialled count, in spite of `ignore_early_media`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        match with_session(call.switch, call.arguments, Session::accept_early_media).await {
            // It says nothing.
            Some(()) => String::new(),
            None => "-ERROR\n".to_owned(),
        }
    }
}

/// `uuid_outgoing_answer`.
pub(super) struct UuidOutgoingAnswer;

#[async_trait]
impl ApiCommand for UuidOutgoingAnswer {
    fn about(&self) -> About {
        about("uuid_outgoing_answer", "<uuid>", "Takes a leg that was dialled for answered, whatever its far end says.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return ApiCall::usage(self.about());
        }
        match with_session(call.switch, call.arguments, Session::force_answer).await {
            Some(true) => OK,
            Some(false) => "-ERR Not an outbound channel!\n",
            None => "-ERR No Such Channel!\n",
        }
        .to_owned()
    }
}

/// `uuid_pause` and `pause`, by their name.
pub(super) struct Pause(pub(super) &'static str);

#[async_trait]
impl ApiCommand for Pause {
    fn about(&self) -> About {
        about(
            self.0,
            "<uuid> <on|off>",
            "Has a call neither hear nor be heard, or both again; ends what `uuid_audio` began.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, word, ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let gain = if word.eq_ignore_ascii_case("on") { Gain::Mute } else { Gain::Same };
        let paused = with_session(call.switch, uuid, move |session| {
            if let Some(stream) = session.stream() {
                stream.set_gain(Way::Read, gain);
                stream.set_gain(Way::Write, gain);
            }
        });
        // It says nothing when it is done.
        if paused.await.is_some() { String::new() } else { NO_CHANNEL.to_owned() }
    }
}

/// `uuid_loglevel`.
pub(super) struct UuidLoglevel;

#[async_trait]
impl ApiCommand for UuidLoglevel {
    fn about(&self) -> About {
        about("uuid_loglevel", "<uuid> <level>", "Has no more talkative line written about a call than of this level.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, level) = first_word(call.arguments);
        if level.is_empty() {
            return ApiCall::usage(self.about());
        }
        let Some(level) = LogLevel::parse(level) else { return "-ERR Invalid log level!\n".to_owned() };
        let limited = with_session(call.switch, uuid, move |session| {
            session.switch().log().limit_call(&session.channel.uuid, level);
        });
        limited.await.map_or_else(|| nobody(uuid), |()| OK.to_owned())
    }
}

/// `uuid_drop_dtmf`.
pub(super) struct UuidDropDtmf;

#[async_trait]
impl ApiCommand for UuidDropDtmf {
    fn about(&self) -> About {
        about(
            "uuid_drop_dtmf",
            "<uuid> [on | off ] [ mask_digits <digits> | mask_file <file>]",
            "Has no digits sent to a call's far end; other digits instead, or a file is heard.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, action, how, mask, ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let variable = match how.to_ascii_lowercase().as_str() {
            "mask_digits" => Some("drop_dtmf_masking_digits"),
            "mask_file" => Some("drop_dtmf_masking_file"),
            _ => None,
        };
        let (is_on, value) = (action.eq_ignore_ascii_case("on"), mask.clone());
        let dropped = with_session(call.switch, uuid, move |session| {
            let variables = &mut session.channel.variables;
            variables.remove("drop_dtmf_masking_digits");
            variables.remove("drop_dtmf_masking_file");
            if let Some(variable) = variable {
                variables.set(variable, &value);
                variables.set("drop_dtmf", if is_on { "true" } else { "false" });
            }
        });
        match (dropped.await, variable) {
            (None, _) => nobody(uuid),
            (Some(()), None) => ApiCall::usage(self.about()),
            (Some(()), Some(variable)) => {
                let of = |name: &str| if name == variable { mask.as_str() } else { "NONE" };
                let (file, digits) = (of("drop_dtmf_masking_file"), of("drop_dtmf_masking_digits"));
                let does = if is_on { "dropping" } else { "not dropping" };
                format!("+OK {uuid} is {does} DTMF. mask_file: {file} mask_digits: {digits}\n")
            }
        }
    }
}
