//! What is sent to a call's far end within the call.

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::indication::{Content, Indication};
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::words::fields;

/// `uuid_send_info`.
pub(super) struct UuidSendInfo;

#[async_trait]
impl ApiCommand for UuidSendInfo {
    fn about(&self) -> About {
        about(
            "uuid_send_info",
            "<uuid> [<mime_type> <mime_subtype>] <message>",
            "Sends a call's far end a text of that media type (SIP INFO), if it says that it takes such, or `fs_send_unsupported_info` is true.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut words = fields(call.arguments, ' ', 4).into_iter();
        let (uuid, second, third, fourth) = (words.next(), words.next(), words.next(), words.next());
        let (uuid, media_type, body) = match (uuid, second, third, fourth) {
            (Some(uuid), Some(kind), Some(subtype), Some(body)) => (uuid, Some((kind, subtype)), body),
            (Some(uuid), body, None, _) => (uuid, None, body.unwrap_or_default()),
            // FreeSWITCH says both.
            _ => return format!("{}{FAILED}", ApiCall::usage(self.about())),
        };
        let sent = tell(call.switch, &uuid, move |told| {
            let media_type = media_type.as_ref().map(|(kind, subtype)| (kind.as_str(), subtype.as_str()));
            told(&Indication::Info(Content { media_type, body: &body }))
        });
        done(sent.await)
    }
}

/// `uuid_send_message`.
pub(super) struct UuidSendMessage;

#[async_trait]
impl ApiCommand for UuidSendMessage {
    fn about(&self) -> About {
        about(
            "uuid_send_message",
            "<uuid> <message>",
            "Sends a call's far end a text to be read (SIP MESSAGE), if it says that it takes such, or `fs_send_unsupported_message` is true.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = fields(call.arguments, ' ', 2);
        let [uuid, body] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let body = body.clone();
        let sent =
            tell(call.switch, uuid, move |told| told(&Indication::Message(Content { media_type: None, body: &body })));
        match sent.await {
            None => "-ERR Unable to find session for UUID\n".to_owned(),
            sent => done(sent),
        }
    }
}

/// `uuid_phone_event`.
pub(super) struct UuidPhoneEvent;

#[async_trait]
impl ApiCommand for UuidPhoneEvent {
    fn about(&self) -> About {
        about(
            "uuid_phone_event",
            "<uuid>",
            "Has a call's phone do something (SIP NOTIFY): `talk`, which is usual, or `hold`, behind the Unique-ID.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut words = fields(call.arguments, ' ', 2).into_iter();
        let Some(uuid) = words.next() else {
            return format!("{}-ERR Operation failed\n", ApiCall::usage(self.about()));
        };
        let event = words.next().unwrap_or_default();
        let sent = tell(call.switch, &uuid, move |told| told(&Indication::PhoneEvent(&event)));
        if sent.await == Some(true) { SUCCESS } else { "-ERR Operation failed\n" }.to_owned()
    }
}

/// Has a call tell its far end something; `None` when there is no such call.
async fn tell(
    switch: &Switch,
    uuid: &str,
    what: impl FnOnce(&mut dyn FnMut(&Indication<'_>) -> bool) -> bool + Send + 'static,
) -> Option<bool> {
    with_session(switch, uuid, move |session| what(&mut |indication| session.indicate(indication))).await
}

fn done(sent: Option<bool>) -> String {
    if sent == Some(true) { SUCCESS } else { FAILED }.to_owned()
}

const SUCCESS: &str = "+OK Success\n";
const FAILED: &str = "-ERR Operation Failed\n";
