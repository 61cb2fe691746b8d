//! What is passed on to the far end of a call, as far as there is something to pass on.

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::words::first_word;

/// `uuid_display`.
pub(super) struct UuidDisplay;

#[async_trait]
impl ApiCommand for UuidDisplay {
    fn about(&self) -> About {
        about(
            "uuid_display",
            "<uuid> [<display>]",
            "Shows the far end of an answered call with whom it is: `name|number`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, display) = first_word(call.arguments);
        if display.is_empty() {
            return ApiCall::usage(self.about());
        }
        let display = display.to_owned();
        let told = with_session(call.switch, uuid, move |session| {
            let (name, number) = display.split_once('|').unwrap_or((&display, ""));
            session.display(name, number)
        });
        success(told.await.filter(|told| *told).map(drop))
    }
}

/// `uuid_simplify`.
pub(super) struct UuidSimplify;

#[async_trait]
impl ApiCommand for UuidSimplify {
    fn about(&self) -> About {
        about(
            "uuid_simplify",
            "<uuid>",
            "Has a call's far end talk with that of the leg it is bridged with, without us (SIP REFER with Replaces).",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, _) = first_word(call.arguments);
        if uuid.is_empty() {
            return ApiCall::usage(self.about());
        }
        success(simplify(call.switch, uuid).await)
    }
}

/// `None` when there is no such call, or it cannot be told.
async fn simplify(switch: &Switch, uuid: &str) -> Option<()> {
    let partner = with_session(switch, uuid, |session| session.partner().cloned()).await?;
    let Some(partner) = partner else { return Some(()) };
    let other = partner.ask(|session| session.as_other_side()).await.ok()?;
    let told = with_session(switch, uuid, move |session| session.indicate(&Indication::Simplify(&other))).await;
    told.filter(|told| *told).map(drop)
}

fn success(done: Option<()>) -> String {
    if done.is_some() { "+OK Success\n" } else { "-ERR Operation failed\n" }.to_owned()
}

/// `uuid_chat`.
pub(super) struct UuidChat;

#[async_trait]
impl ApiCommand for UuidChat {
    fn about(&self) -> About {
        about("uuid_chat", "<uuid> <text>", "Refuses to send a text to a call: no endpoint here takes any.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, text) = first_word(call.arguments);
        if text.is_empty() {
            return ApiCall::usage(self.about());
        }
        match with_session(call.switch, uuid, |_| ()).await {
            Some(()) => "-ERR Send failed\n".to_owned(),
            None => format!("-ERR No such channel {uuid}!\n"),
        }
    }
}
