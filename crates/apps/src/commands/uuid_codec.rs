//! What codecs are told. None of ours has anything to be told.

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
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
