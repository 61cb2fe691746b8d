use std::future::pending;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::{about, playback};
use crate::words::words;

/// `hold`.
pub(super) struct Hold;

#[async_trait]
impl Application for Hold {
    fn about(&self) -> About {
        about(
            "hold",
            "[<display message>]",
            "Puts the far end on hold, where its signalling knows that (a re-INVITE); the leg it is bridged with hears the variable `hold_music`. The message is not shown.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.hold(true);
        Ok(())
    }
}

/// `unhold`.
pub(super) struct Unhold;

#[async_trait]
impl Application for Unhold {
    fn about(&self) -> About {
        about("unhold", "", "Takes the far end back from hold.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.unhold();
        Ok(())
    }
}

/// `soft_hold`.
pub(super) struct SoftHold;

#[async_trait]
impl Application for SoftHold {
    fn about(&self) -> About {
        about(
            "soft_hold",
            "<unhold key> [<moh_a>] [<moh_b>]",
            "Has both legs of a bridge hear music (`hold_music` of each, unless given; `silence` for none) until this one sends the key.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let Some(key) = words.first().and_then(|key| key.chars().next()) else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        };
        let Some(partner) = session.partner().cloned() else {
            tracing::warn!(uuid = %session.channel.uuid, "Channel {} is not in a bridge", session.channel.name);
            return Ok(());
        };
        let (own, others) = (words.get(1).cloned(), words.get(2).cloned());
        let begun = partner.ask(move |other| {
            let music = others.or_else(|| other.hold_music());
            music.is_some_and(|music| other.begin_hold_music(&music))
        });
        let begun = session.attend(begun).await? == Ok(true);
        let ended = wait_for(session, key, own).await;
        if begun {
            // A leg that is over hears no music any more.
            let _ = partner.tell(Session::end_hold_music);
        }
        ended
    }
}

/// Plays to this leg until it sends the key, or the music ends; without any, until the key.
async fn wait_for(session: &mut Session, key: char, music: Option<String>) -> Result<(), Interrupted> {
    let music = music.or_else(|| session.hold_music()).filter(|music| !music.eq_ignore_ascii_case("silence"));
    match music {
        Some(music) => playback::play(session, &music, |_, dtmf| dtmf.digit == key).await.map(|_| ()),
        None => {
            let ends = playback::taking(|_, dtmf| dtmf.digit == key);
            session.attend_until(pending::<()>(), ends).await.map(|_| ())
        }
    }
}
