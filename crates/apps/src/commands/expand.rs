use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::template::{self, Piece};

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

/// How deep references within references are followed.
const DEPTH: u8 = 8;

/// `None` when it names a call that is not there.
async fn expand(switch: &Arc<Switch>, text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix("uuid:") else {
        return Some(Template { switch, uuid: None }.expand(text, DEPTH).await);
    };
    let (uuid, text) = first_word(rest);
    with_session(switch, uuid, |_| ()).await?;
    Some(Template { switch, uuid: Some(uuid) }.expand(text, DEPTH).await)
}

struct Template<'a> {
    switch: &'a Arc<Switch>,
    uuid: Option<&'a str>,
}

impl Template<'_> {
    fn expand<'a>(&'a self, text: &'a str, depth: u8) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move {
            let mut out = String::with_capacity(text.len());
            for piece in template::parse(text) {
                match piece {
                    Piece::Text(text) => out.push_str(&text),
                    Piece::Global(name) => out.push_str(&self.switch.globals().get(&name).unwrap_or_default()),
                    Piece::Variable(reference) => {
                        let name = self.inner(&reference.name, depth).await;
                        out.push_str(&reference.apply(&self.lookup(name).await));
                    }
                    Piece::Command { name, arguments } => {
                        let arguments = self.inner(&arguments, depth).await;
                        out.push_str(&self.switch.execute_api(&name, &arguments).await.unwrap_or_default());
                    }
                }
            }
            out
        })
    }

    async fn inner(&self, text: &str, depth: u8) -> String {
        if depth == 0 || template::is_plain(text) {
            return text.to_owned();
        }
        self.expand(text, depth - 1).await
    }

    async fn lookup(&self, name: String) -> String {
        let global = self.switch.globals().get(&name);
        let Some(uuid) = self.uuid else { return global.unwrap_or_default() };
        let found = with_session(self.switch, uuid, move |session| session.channel.variable(&name).map(str::to_owned));
        found.await.flatten().or(global).unwrap_or_default()
    }
}
