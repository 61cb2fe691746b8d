use async_trait::async_trait;
use strowger_core::bus::QueueLimits;
use strowger_core::media::Ways;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Eavesdrop, Interrupted, Session};
use strowger_event::{Event, EventKind, KindSet};

use crate::words::words;

/// `userspy` (mod_spy).
pub(super) struct UserSpy;

#[async_trait]
impl Application for UserSpy {
    fn about(&self) -> About {
        About {
            name: "userspy",
            syntax: "<user@domain> [uuid]",
            help: "Listens in on a user's calls, one after the other, with the keys of `eavesdrop`: first on the call of that uuid, then on whichever the user has next.",
            module: "mod_spy",
        }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let Some(user) = words.first() else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        };
        let how = Eavesdrop { group: None, takes_keys: true, hears: Ways::BOTH, speaks: Ways::NONE };
        // Listened for before anything is done: no call is missed.
        let calls = session.switch().bus().subscribe(QueueLimits::default());
        calls.update(|interest| {
            interest.kinds = KindSet::default();
            interest.kinds.insert(EventKind::ChannelBridge);
        });
        if let Some(uuid) = words.get(1) {
            session.eavesdrop(uuid, &how).await?;
        }
        loop {
            let mut batch = Vec::new();
            session.attend(calls.next_batch(&mut batch)).await?;
            // Only the latest is sure to be going on.
            for one in batch.iter().rev() {
                if let Some(uuid) = spied_leg(session, one.event(), user).await? {
                    session.eavesdrop(&uuid, &how).await?;
                    break;
                }
            }
        }
    }
}

/// The leg of a bridge that is the user's: the one that tells of it, or the other.
async fn spied_leg(session: &mut Session, event: &Event, user: &str) -> Result<Option<String>, Interrupted> {
    if is_of(event, user) {
        return Ok(event.get("Unique-ID").map(str::to_owned));
    }
    let other = event.get("Other-Leg-Unique-ID").and_then(|uuid| session.switch().sessions().get(uuid));
    let Some(other) = other else { return Ok(None) };
    let known = session.attend(other.ask(|other| other.channel.data_event())).await?;
    Ok(known.is_ok_and(|event| is_of(&event, user)).then(|| other.uuid().to_owned()))
}

/// Whether a channel's event is about a call of `user@domain`.
fn is_of(event: &Event, user: &str) -> bool {
    let is = |name: &str, domain: &str| {
        let parts = user.split_once('@');
        parts.is_some_and(|(user, at)| event.get(name) == Some(user) && event.get(domain) == Some(at))
    };
    event.get("Channel-Presence-ID") == Some(user)
        || is("variable_user_name", "variable_domain_name")
        || is("variable_dialed_user", "variable_dialed_domain")
}
