use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{OK, about};
use crate::words::first_word;

/// `uuid_recv_dtmf`.
pub(super) struct UuidRecvDtmf;

#[async_trait]
impl ApiCommand for UuidRecvDtmf {
    fn about(&self) -> About {
        about(
            "uuid_recv_dtmf",
            "<uuid> <dtmf_data>",
            "Has a call take digits as if the far end had sent them: `12#@150` lasts 150 ms each, `+` joins groups; with `~` in front what is bound to digits sees them.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, digits) = first_word(call.arguments);
        if digits.is_empty() {
            return ApiCall::usage(self.about());
        }
        let text = digits.to_owned();
        match with_session(call.switch, uuid, move |session| session.receive_digits(&text)).await {
            Some(()) => format!("+OK {uuid} received DTMF {digits}.\n"),
            None => NO_SESSION.to_owned(),
        }
    }
}

/// `uuid_send_dtmf`.
pub(super) struct UuidSendDtmf;

#[async_trait]
impl ApiCommand for UuidSendDtmf {
    fn about(&self) -> About {
        about(
            "uuid_send_dtmf",
            "<uuid> <dtmf_data>",
            "Sends digits to a call's far end: `1w2@150`, as the application `send_dtmf`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, digits) = first_word(call.arguments);
        if digits.is_empty() {
            return ApiCall::usage(self.about());
        }
        let text = digits.to_owned();
        match with_session(call.switch, uuid, move |session| session.send_digits(&text)).await {
            Some(()) => format!("+OK {uuid} sent DTMF {digits}.\n"),
            None => NO_SESSION.to_owned(),
        }
    }
}

/// `uuid_flush_dtmf`.
pub(super) struct UuidFlushDtmf;

#[async_trait]
impl ApiCommand for UuidFlushDtmf {
    fn about(&self) -> About {
        about("uuid_flush_dtmf", "<uuid>", "Forgets the digits that came to a call and were not taken.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        match with_session(call.switch, call.arguments, |session| session.flush_digits()).await {
            Some(()) => OK.to_owned(),
            None => "-ERR no such session\n".to_owned(),
        }
    }
}

const NO_SESSION: &str = "-ERR Cannot locate session!\n";
