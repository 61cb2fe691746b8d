use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Action, Interrupted, Session};

use super::about;
use crate::limit::{Limit, Overflow};

/// `limit`, `limit_execute`, and those of the backend `hash`.
pub(super) struct Limited {
    about: About,
    /// What the words do not name.
    backend: Option<&'static str>,
    /// It runs an application, and the call is counted as long as that runs.
    executes: bool,
}

pub(super) const ALL: [Limited; 4] = [
    Limited {
        about: about(
            "limit",
            "<backend> <realm> <id> [<max>[/interval]] [number [dialplan [context]]]",
            "Counts the call; one too many goes to the number (`limit_exceeded`), or ends with a cause (`!USER_BUSY`).",
        ),
        backend: None,
        executes: false,
    },
    Limited {
        about: about("limit_hash", "<realm> <id> [<max>[/interval]] [number [dialplan [context]]]", "As `limit hash`."),
        backend: Some("hash"),
        executes: false,
    },
    Limited {
        about: about(
            "limit_execute",
            "<backend> <realm> <id> [<max>[/interval]] [application] [application arguments]",
            "Runs an application, with the call counted as long as it runs, unless it is one too many.",
        ),
        backend: None,
        executes: true,
    },
    Limited {
        about: about(
            "limit_hash_execute",
            "<realm> <id> [<max>[/interval]] [application] [application arguments]",
            "As `limit_execute hash`.",
        ),
        backend: Some("hash"),
        executes: true,
    },
];

#[async_trait]
impl Application for Limited {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match Limit::parse(self.backend, data) {
            None => {
                tracing::error!(uuid = %session.channel.uuid, "USAGE: {} {}", self.about.name, self.about.syntax);
                Ok(())
            }
            Some((limit, words)) if self.executes => execute(session, &limit, &words).await,
            Some((limit, words)) => {
                limit.enforce(session, &Overflow::parse(&words));
                session.check()
            }
        }
    }
}

async fn execute(session: &mut Session, limit: &Limit, words: &[String]) -> Result<(), Interrupted> {
    let Some((application, arguments)) = words.split_first() else {
        tracing::error!(uuid = %session.channel.uuid, "Missing application");
        return Ok(());
    };
    if !limit.take(session) {
        return Ok(());
    }
    let action = Action { application: application.clone(), data: arguments.join(" ") };
    let outcome = Box::pin(session.execute(&action)).await;
    limit.release(session);
    outcome
}
