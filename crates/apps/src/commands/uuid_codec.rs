//! What codecs are told. None of ours has anything to be told.

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::packet_log::log_packets;
use crate::words::words;

/// `uuid_codec_param`.
pub(super) struct UuidCodecParam;

#[async_trait]
impl ApiCommand for UuidCodecParam {
    fn about(&self) -> About {
        about(
            "uuid_codec_param",
            "<uuid> audio|video read|write <param> <val>",
            "Looks for the call: no codec here has a parameter to be changed.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let failed = "-ERR Operation Failed [NOT SENT]\n";
        let [uuid, _, _, ..] = words.as_slice() else {
            // FreeSWITCH says both.
            return format!("{}{failed}", ApiCall::usage(self.about()));
        };
        match with_session(call.switch, uuid, |_| ()).await {
            Some(()) => "+OK Command sent reply: [NOT SENT]\n".to_owned(),
            None => failed.to_owned(),
        }
    }
}

/// `uuid_codec_debug`.
pub(super) struct UuidCodecDebug;

#[async_trait]
impl ApiCommand for UuidCodecDebug {
    fn about(&self) -> About {
        about("uuid_codec_debug", "<uuid> audio|video <level>", "Looks for the call: no codec here logs anything.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let failed = "-ERR Operation Failed\n";
        let [uuid, _, _, ..] = words.as_slice() else {
            return format!("{}{failed}", ApiCall::usage(self.about()));
        };
        match with_session(call.switch, uuid, |_| ()).await {
            Some(()) => "+OK Success\n".to_owned(),
            None => failed.to_owned(),
        }
    }
}

/// `uuid_debug_media`.
pub(super) struct UuidDebugMedia;

#[async_trait]
impl ApiCommand for UuidDebugMedia {
    fn about(&self) -> About {
        about(
            "uuid_debug_media",
            "<uuid> <read|write|both|vread|vwrite|vboth> <on|off>",
            "Tells in the log of each RTP packet of a call.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, way, switched, ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let (way, switched) = (way.clone(), switched.clone());
        match with_session(call.switch, uuid, move |session| log_packets(session, &way, &switched)).await {
            Some(true) => "+OK Success\n",
            Some(false) | None => "-ERR Operation Failed\n",
        }
        .to_owned()
    }
}
