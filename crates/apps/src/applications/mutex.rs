use std::collections::HashMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::Mutex as Lock;
use strowger_config::is_true;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use tokio::sync::Mutex as Turn;

use super::about;
use super::waiting::wait_with_music;
use crate::words::words;

/// `mutex`.
#[derive(Default)]
pub(super) struct Mutex {
    turns: Lock<HashMap<String, Weak<Turn<()>>>>,
}

#[async_trait]
impl Application for Mutex {
    fn about(&self) -> About {
        about(
            "mutex",
            "<keyname>[ on|off]",
            "Goes on when no other call has the key: until it ends or says `off` others wait their turn, and hear `mutex_feedback` meanwhile.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let (key, is_on) = match words.as_slice() {
            [key] => (key, true),
            [key, word] => (key, is_true(word)),
            _ => {
                tracing::warn!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
                return Ok(());
            }
        };
        let kept = format!("mutex {key}");
        if !is_on {
            if !session.disown(&kept) {
                tracing::warn!(uuid = %session.channel.uuid, "mutex {key}: the call does not have it");
            }
            return Ok(());
        }
        if session.owns(&kept) {
            return Ok(());
        }
        let turn = self.turn(key).lock_owned();
        let feedback = session.channel.variable("mutex_feedback").map(str::to_owned);
        let taken = wait_with_music(session, feedback.as_deref(), turn, |_| false).await?;
        if taken.is_none_or(|taken| !session.own(&kept, Box::new(taken))) {
            tracing::error!(uuid = %session.channel.uuid, "mutex {key}: the call has too many already");
        }
        Ok(())
    }
}

impl Mutex {
    /// Whose turn it is with a key; those that nobody waits for are forgotten.
    fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock();
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::new(()));
        turns.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }
}
