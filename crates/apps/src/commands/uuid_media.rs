//! Where a call's media goes, and what it is.

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{Session, SessionHandle};

use super::about;
use super::sessions::with_session;
use super::uuid_deflect::nobody;
use crate::words::words;

/// `uuid_media`.
pub(super) struct UuidMedia;

#[async_trait]
impl ApiCommand for UuidMedia {
    fn about(&self) -> About {
        about(
            "uuid_media",
            "[off] <uuid>",
            "With `off` has the far ends of a bridge send their media to one another (re-INVITE); without it to us again.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let done = match words.as_slice() {
            // FreeSWITCH says both.
            [] => return format!("{}{FAILED}", ApiCall::usage(self.about())),
            [off, rest @ ..] if off.eq_ignore_ascii_case("off") => {
                leave_media(call.switch, rest.first().map_or("", String::as_str)).await
            }
            [uuid, ..] => take_media(call.switch, uuid).await,
        };
        if done { "+OK Success\n" } else { FAILED }.to_owned()
    }
}

const FAILED: &str = "-ERR Operation failed\n";

/// Both far ends are told of each other; a call that is in no bridge stays as it is.
async fn leave_media(switch: &Switch, uuid: &str) -> bool {
    let Some((own, partner)) = with_session(switch, uuid, described).await else { return false };
    let Some(partner) = partner else { return true };
    let Ok((other, _)) = partner.ask(described).await else { return true };
    if let (Some(own), Some(other)) = (own, other) {
        // One that is over meanwhile goes nowhere.
        let _ = with_session(switch, uuid, move |session| session.bypass(&other)).await;
        let _ = partner.ask(move |session| session.bypass(&own)).await;
    }
    true
}

async fn take_media(switch: &Switch, uuid: &str) -> bool {
    let taken = with_session(switch, uuid, |session| {
        session.tell_partner(|other| {
            other.end_bypass();
        });
        session.end_bypass()
    });
    taken.await == Some(true)
}

/// What the far end said of its media, and the other leg.
fn described(session: &mut Session) -> (Option<String>, Option<SessionHandle>) {
    (session.channel.variable("switch_r_sdp").map(str::to_owned), session.partner().cloned())
}

/// `uuid_media_reneg`.
pub(super) struct UuidMediaReneg;

#[async_trait]
impl ApiCommand for UuidMediaReneg {
    fn about(&self) -> About {
        about(
            "uuid_media_reneg",
            "<uuid>[ <codec_string>]",
            "Agrees with a call's far end on a codec anew (re-INVITE): one of those named, else of the usual ones.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let Some(uuid) = words.first() else {
            return format!("{}-ERR Operation Failed\n", ApiCall::usage(self.about()));
        };
        let codecs = words.get(1).cloned();
        let uuid = uuid.strip_prefix('+').unwrap_or(uuid);
        let told = with_session(call.switch, uuid, move |session| {
            session.indicate(&Indication::Renegotiate(codecs.as_deref()))
        });
        if told.await == Some(true) { "+OK Success\n" } else { "-ERR Operation Failed\n" }.to_owned()
    }
}

/// `uuid_set_media_stats`.
pub(super) struct UuidSetMediaStats;

#[async_trait]
impl ApiCommand for UuidSetMediaStats {
    fn about(&self) -> About {
        about(
            "uuid_set_media_stats",
            "<uuid>",
            "Sets the variables that tell how a call's media goes (`rtp_audio_…`) as they are now.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        match call.arguments {
            "" => ApiCall::usage(self.about()),
            uuid => match with_session(call.switch, uuid, Session::set_media_statistics).await {
                Some(()) => "+OK:\n".to_owned(),
                None => nobody(uuid),
            },
        }
    }
}
