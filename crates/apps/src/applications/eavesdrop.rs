use std::time::Duration;

use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::media::Ways;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Eavesdrop, Eavesdropped, Interrupted, Session};
use tokio::time::Instant;

use super::about;
use super::playback::play;

/// `eavesdrop`.
pub(super) struct EavesdropOn;

/// How long a `*` is waited for when no call could be listened to, and when there is none.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const WHEN_IDLE: Duration = Duration::from_secs(2);

#[async_trait]
impl Application for EavesdropOn {
    fn about(&self) -> About {
        about(
            "eavesdrop",
            "[all | <uuid>]",
            "Listens in on a call, or on one after the other. Keys: `1` speaks to whoever the call is joined with, `2` to the call itself, `3` to both, `0` only listens, `*` goes to the next. The variables `eavesdrop_…` say what is listened to.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let how = how(session);
        match data.trim() {
            "" => {
                tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
                Ok(())
            }
            all if all.eq_ignore_ascii_case("all") => loop {
                listen_to_all(session, &how).await?;
            },
            uuid => session.eavesdrop(uuid, &how).await.map(|_| ()),
        }
    }
}

/// What the variables say about listening.
fn how(session: &Session) -> Eavesdrop {
    let variable = |name: &str| session.channel.variable(name);
    let is_set = |name: &str| variable(name).is_some_and(is_true);
    let hears = Ways { heard: is_set("eavesdrop_bridge_aleg"), said: is_set("eavesdrop_bridge_bleg") };
    Eavesdrop {
        group: variable("eavesdrop_require_group").filter(|group| !group.is_empty()).map(str::to_owned),
        takes_keys: variable("eavesdrop_enable_dtmf").is_none_or(is_true),
        hears: if hears == Ways::NONE { Ways::BOTH } else { hears },
        speaks: Ways { heard: is_set("eavesdrop_whisper_aleg"), said: is_set("eavesdrop_whisper_bleg") },
    }
}

/// Listens to every call there is now, one after the other; waits for a moment when that was none.
async fn listen_to_all(session: &mut Session, how: &Eavesdrop) -> Result<(), Interrupted> {
    let own = session.handle().number();
    let all: Vec<String> = session
        .switch()
        .sessions()
        .all()
        .iter()
        .filter(|other| other.number() != own)
        .map(|other| other.uuid().to_owned())
        .collect();
    let mut has_listened = false;
    for uuid in all {
        if session.switch().sessions().get(&uuid).is_none() {
            continue;
        }
        if how.group.is_none() {
            tracing::debug!(uuid = %session.channel.uuid, "Spy: {uuid}");
        }
        indicate(session, "new").await?;
        match session.eavesdrop(&uuid, how).await? {
            Eavesdropped::Done => has_listened = true,
            Eavesdropped::Forbidden => {}
            Eavesdropped::Failed => {
                tracing::error!(uuid = %session.channel.uuid, "Spy: {uuid} Failed");
                indicate(session, "failed").await?;
                wait_for_star(session, AFTER_FAILURE).await?;
                has_listened = true;
            }
        }
    }
    if has_listened {
        return Ok(());
    }
    indicate(session, "idle").await?;
    wait_for_star(session, WHEN_IDLE).await
}

/// Plays what `eavesdrop_indicate_…` names.
async fn indicate(session: &mut Session, what: &str) -> Result<(), Interrupted> {
    let Some(file) = session.channel.variable(&format!("eavesdrop_indicate_{what}")).map(str::to_owned) else {
        return Ok(());
    };
    play(session, &file, |_, _| false).await.map(|_| ())
}

async fn wait_for_star(session: &mut Session, limit: Duration) -> Result<(), Interrupted> {
    let over = tokio::time::sleep_until(Instant::now() + limit);
    let star = |session: &mut Session| std::iter::from_fn(|| session.take_digit()).any(|dtmf| dtmf.digit == '*');
    session.attend_until(over, star).await.map(|_| ())
}

/// `three_way`.
pub(super) struct ThreeWay;

#[async_trait]
impl Application for ThreeWay {
    fn about(&self) -> About {
        about("three_way", "<uuid>", "Joins a call that two have already: all hear all.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        }
        let how = Eavesdrop { group: None, takes_keys: false, hears: Ways::BOTH, speaks: Ways::BOTH };
        session.eavesdrop(data.trim(), &how).await.map(|_| ())
    }
}
