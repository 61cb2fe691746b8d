use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{Next, join};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::destination::{Destination, Legs, transfer};
use crate::words::first_word;

/// `uuid_transfer`.
pub(super) struct UuidTransfer;

#[async_trait]
impl ApiCommand for UuidTransfer {
    fn about(&self) -> About {
        about(
            "uuid_transfer",
            "<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]",
            "Sends a call to another extension, or the leg it is joined with, or both.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, rest) = first_word(call.arguments);
        let (legs, rest) = Legs::take(rest);
        let Some(destination) = Destination::parse(rest) else { return ApiCall::usage(self.about()) };
        let sent = with_session(call.switch, uuid, move |session| transfer(session, legs, &destination)).await;
        if sent == Some(true) { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}

/// `uuid_bridge`.
pub(super) struct UuidBridge;

#[async_trait]
impl ApiCommand for UuidBridge {
    fn about(&self) -> About {
        about("uuid_bridge", "<uuid> <other_uuid>", "Joins two calls; what they do now ends.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (first, second) = first_word(call.arguments);
        if second.is_empty() {
            return ApiCall::usage(self.about());
        }
        let find = |uuid: &str| call.switch.sessions().get(uuid).filter(|handle| handle.hangup_cause().is_none());
        let (Some(one), Some(two)) = (find(first), find(second)) else { return "-ERR Invalid uuid\n".to_owned() };
        if first == second || join(&one, &two).await.is_err() {
            return "-ERR Invalid uuid\n".to_owned();
        }
        format!("+OK {second}\n")
    }
}

/// `uuid_park`.
pub(super) struct UuidPark;

#[async_trait]
impl ApiCommand for UuidPark {
    fn about(&self) -> About {
        about("uuid_park", "<uuid>", "Parks a call: it leaves what it does and waits to be driven.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return ApiCall::usage(self.about());
        }
        match with_session(call.switch, call.arguments, |session| session.go(Next::Park)).await {
            Some(()) => OK.to_owned(),
            None => NO_CHANNEL.to_owned(),
        }
    }
}
