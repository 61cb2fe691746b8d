use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::destination::{Destination, Legs, transfer};
use crate::words::words;

/// `uuid_dual_transfer`.
pub(super) struct UuidDualTransfer;

#[async_trait]
impl ApiCommand for UuidDualTransfer {
    fn about(&self) -> About {
        about(
            "uuid_dual_transfer",
            "<uuid> <A-dest-exten>[/<A-dialplan>][/<A-context>] <B-dest-exten>[/<B-dialplan>][/<B-context>]",
            "Sends a call to one extension and the leg it is joined with to another.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, own, others] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let (own, others) = (destination(own), destination(others));
        let sent = with_session(call.switch, uuid, move |session| {
            // Without another leg there is nobody to be sent there.
            transfer(session, Legs::Other, &others);
            own.transfer(session);
        });
        if sent.await.is_some() { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}

/// `extension[/dialplan[/context]]`; a list of applications in front of `/inline` may have slashes itself.
fn destination(text: &str) -> Destination {
    if let Some(list) = text.strip_suffix("/inline") {
        return Destination::new(list, Some(&"inline".to_owned()), None);
    }
    let mut parts = text.splitn(3, '/');
    let number = parts.next().unwrap_or_default();
    let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (dialplan, context) = (part(), part());
    Destination::new(number, dialplan.as_ref(), context.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_read() {
        let check = |text: &str, number: &str, dialplan: Option<&str>, context: Option<&str>| {
            let (dialplan, context) = (dialplan.map(str::to_owned), context.map(str::to_owned));
            assert_eq!(destination(text), Destination::new(number, dialplan.as_ref(), context.as_ref()), "{text}");
        };
        check("9901", "9901", None, None);
        check("9901/XML", "9901", Some("XML"), None);
        check("9901/XML/features/x", "9901", Some("XML"), Some("features/x"));
        check("playback:/a/b.wav,park:/inline", "playback:/a/b.wav,park:", Some("inline"), None);
        check("", "", None, None);
    }
}
