//! Holding: re-INVITEs of ours that hold the far end or take it back, and those of the far end that hold us.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use strowger_config::is_true;
use strowger_core::channel::{Channel, HangupCause};
use strowger_core::session::Session;
use uuid::Uuid;

use super::leg::SofiaLeg;
use crate::message::{Message, Method};
use crate::ua::{Failure, OutgoingRequest};

/// What a re-INVITE of ours is known by among the requests within a call.
pub(super) const REINVITE: u64 = 1;

/// How often a re-INVITE that met one of the far end is sent again.
const TRIES: u8 = 8;

/// A re-INVITE of ours that has no final response yet, or waits to be sent again.
#[derive(Debug, Default)]
pub(super) struct Reinvite {
    under_way: bool,
    tries: u8,
    /// What was asked for meanwhile.
    wanted: Option<bool>,
}

/// What follows from a re-INVITE's final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its answer counts.
    Accepted,
    /// Both sides sent one at a time (RFC 3261 §14.1).
    Glare,
    /// Media stays as it is.
    Refused,
    /// The far end knows nothing of the call any more (RFC 3261 §12.2.1.2).
    Gone(HangupCause),
}

impl Reinvite {
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }
}

impl SofiaLeg {
    /// Offers to hold the far end, or to listen to it again; after the re-INVITE that is under way, if one is.
    pub(super) fn offer_hold(&mut self, channel: &mut Channel, on: bool) {
        if self.reinvite.under_way {
            self.reinvite.wanted = Some(on);
            return;
        }
        let profile = self.profile.clone();
        let Some(call) = self.call.as_ref().filter(|_| self.is_answered()) else { return };
        match self.media.hold(channel, &profile, on) {
            Ok(offer) => {
                let body = Some(("application/sdp".to_owned(), Bytes::from(offer)));
                call.request(OutgoingRequest { id: REINVITE, method: Method::Invite, headers: Vec::new(), body });
                self.reinvite.under_way = true;
            }
            Err(cause) => tracing::warn!(uuid = %channel.uuid, "no re-INVITE: {}", cause.name()),
        }
    }

    /// Takes the outcome of a re-INVITE; when it is to be sent again, if it is.
    fn reinvited(&mut self, channel: &mut Channel, outcome: Outcome, body: &str) -> Option<Duration> {
        self.reinvite.tries += 1;
        if outcome == Outcome::Glare && self.reinvite.tries < TRIES {
            return Some(pause(self.has_call_id(), Uuid::new_v4().as_u64_pair().0));
        }
        self.reinvite.tries = 0;
        self.reinvite.under_way = false;
        if outcome == Outcome::Accepted {
            let profile = self.profile.clone();
            self.media.held(channel, &profile, body);
        } else {
            self.media.refused();
        }
        if let Some(on) = self.reinvite.wanted.take().filter(|on| *on != self.media.is_holding()) {
            self.offer_hold(channel, on);
        }
        None
    }

    fn send_again(&mut self, channel: &mut Channel) {
        self.reinvite.under_way = false;
        let on = self.reinvite.wanted.take().unwrap_or(self.media.is_holding());
        self.offer_hold(channel, on);
    }
}

/// A re-INVITE of ours has its final response, or will have none.
pub(super) fn reinvited(session: &mut Session, response: &Result<Arc<Message>, Failure>) {
    let outcome = outcome(response.as_ref().map(|response| response.code().unwrap_or(500)).map_err(|failure| *failure));
    if outcome == Outcome::Refused {
        tracing::warn!(uuid = %session.channel.uuid, "a re-INVITE was refused: {}", told(response));
    }
    let body = response.as_ref().map(|response| String::from_utf8_lossy(&response.body)).unwrap_or_default();
    let again = session.with_leg::<SofiaLeg, _>(|leg, channel| leg.reinvited(channel, outcome, &body)).flatten();
    if let Some(pause) = again {
        let handle = session.handle().clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            // A call that is over needs none.
            let again = |session: &mut Session| {
                session.with_leg::<SofiaLeg, _>(SofiaLeg::send_again);
            };
            let _ = handle.post(again).await;
        });
    }
    if let Outcome::Gone(cause) = outcome {
        session.hangup(cause);
    }
}

/// Has the session do as the far end's last description says: be held, or talk. `disable-hold` of the profile, or the
/// variable `rtp_disable_hold`, has it go on as if nothing were.
pub(super) fn follow(session: &mut Session) {
    let told = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        let settings = leg.profile.settings();
        let set = |name: &str| channel.variables.get(name).is_some_and(is_true);
        let ignored =
            settings.param("disable-hold").is_some_and(is_true) || set("rtp_disable_hold") || set("sip_disable_hold");
        let music = settings.param("hold-music").filter(|music| !music.is_empty()).map(str::to_owned);
        (leg.media.is_held() && !ignored, music)
    });
    match told {
        Some((true, music)) => session.held_by_far_end(music.as_deref()),
        Some((false, _)) => session.taken_back_by_far_end(),
        None => {}
    }
}

fn outcome(status: Result<u16, Failure>) -> Outcome {
    match status {
        Ok(200..300) => Outcome::Accepted,
        // The user agent sends none while one of the far end waits for its answer.
        Ok(491) | Err(Failure::NoDialog) => Outcome::Glare,
        Ok(status @ (408 | 481)) => Outcome::Gone(HangupCause::from_sip(status)),
        Err(Failure::Timeout) => Outcome::Gone(HangupCause::RecoveryOnTimerExpire),
        Ok(_) | Err(_) => Outcome::Refused,
    }
}

fn told(response: &Result<Arc<Message>, Failure>) -> String {
    match response {
        Ok(response) => format!("{} {}", response.code().unwrap_or(500), response.reason()),
        Err(failure) => failure.to_string(),
    }
}

/// How long to wait after a glare: 2.1 to 4 s for the side that chose the Call-ID, up to 2 s for the other, in steps of
/// 10 ms (RFC 3261 §14.1).
fn pause(has_call_id: bool, random: u64) -> Duration {
    Duration::from_millis(if has_call_id { 2100 + random % 191 * 10 } else { random % 201 * 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_final_response() {
        for (status, expected) in [
            (Ok(200), Outcome::Accepted),
            (Ok(299), Outcome::Accepted),
            (Ok(488), Outcome::Refused),
            (Ok(491), Outcome::Glare),
            (Err(Failure::NoDialog), Outcome::Glare),
            (Ok(408), Outcome::Gone(HangupCause::RecoveryOnTimerExpire)),
            (Ok(481), Outcome::Gone(HangupCause::from_sip(481))),
            (Err(Failure::Timeout), Outcome::Gone(HangupCause::RecoveryOnTimerExpire)),
            (Err(Failure::Transport), Outcome::Refused),
            (Ok(603), Outcome::Refused),
        ] {
            assert_eq!(outcome(status), expected, "{status:?}");
        }
    }

    #[test]
    fn pauses_after_a_glare_differ() {
        let milliseconds = |has_call_id, random| pause(has_call_id, random).as_millis();
        for random in 0..1000 {
            let (ours, theirs) = (milliseconds(true, random), milliseconds(false, random));
            assert!((2100..=4000).contains(&ours) && ours % 10 == 0, "{ours}");
            assert!(theirs <= 2000 && theirs % 10 == 0, "{theirs}");
        }
        assert_eq!((milliseconds(true, 190), milliseconds(false, 200)), (4000, 2000));
    }
}
