use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::template::{self, Scope};

use super::sessions::with_session;
use super::{NO_CHANNEL, about};
use crate::words::first_word;

/// `eval`.
pub(super) struct Eval;

#[async_trait]
impl ApiCommand for Eval {
    fn about(&self) -> About {
        about(
            "eval",
            "[uuid:<uuid> ]<expression>",
            "Answers with the expression, its `${…}` replaced: by a call's variables, globals, and answers of commands.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        expand(call.switch, call.arguments).await.unwrap_or_else(|| NO_CHANNEL.to_owned())
    }
}

/// `expand`.
pub(super) struct Expand;

#[async_trait]
impl ApiCommand for Expand {
    fn about(&self) -> About {
        about(
            "expand",
            "[uuid:<uuid> ]<cmd> <args>",
            "Runs a command after the `${…}` of its line were replaced, and answers what it answers.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Some(line) = expand(call.switch, call.arguments).await else { return NO_CHANNEL.to_owned() };
        let (name, arguments) = first_word(&line);
        if name.is_empty() {
            return ApiCall::usage(self.about());
        }
        let answer = Box::pin(call.switch.execute_api(name, arguments)).await;
        answer.unwrap_or_else(|| "-ERR Cannot execute command\n".to_owned())
    }
}

/// `None` when it names a call that is not there.
async fn expand(switch: &Arc<Switch>, text: &str) -> Option<String> {
    let (uuid, text) = match text.strip_prefix("uuid:") {
        Some(rest) => {
            let (uuid, text) = first_word(rest);
            with_session(switch, uuid, |_| ()).await?;
            (Some(uuid), text)
        }
        None => (None, text),
    };
    Some(template::expand(&mut Outside { switch, uuid }, text).await.into_owned())
}

/// A template outside of a call's own task: its variables, if it is about one, are asked for.
struct Outside<'a> {
    switch: &'a Arc<Switch>,
    uuid: Option<&'a str>,
}

#[async_trait]
impl Scope for Outside<'_> {
    fn global(&self, name: &str) -> String {
        self.switch.globals().get(name).unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        let Some(uuid) = self.uuid else { return self.global(name) };
        let owned = name.to_owned();
        let found = with_session(self.switch, uuid, move |session| session.channel.variable(&owned).map(str::to_owned));
        found.await.flatten().unwrap_or_else(|| self.global(name))
    }

    async fn command(&mut self, name: &str, arguments: &str) -> String {
        self.switch.execute_api(name, arguments).await.unwrap_or_default()
    }
}
