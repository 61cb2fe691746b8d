use std::borrow::Cow;

use async_trait::async_trait;

use super::Session;
use crate::template::{self, Scope};

impl Session {
    /// `text` with its `${…}` replaced by this channel's variables, globals, and the answers of API commands.
    pub async fn expand<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        template::expand(self, text).await
    }
}

#[async_trait]
impl Scope for Session {
    fn global(&self, name: &str) -> String {
        self.switch.globals().get(name).unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        self.channel.variable(name).map_or_else(|| self.global(name), str::to_owned)
    }

    /// Runs the command while the session stays reachable: it may ask this very session something.
    async fn command(&mut self, name: &str, arguments: &str) -> String {
        let switch = self.switch.clone();
        if self.channel.is_down() {
            return self.stay_reachable(switch.execute_api(name, arguments)).await.flatten().unwrap_or_default();
        }
        let answer = self.attend(switch.execute_api(name, arguments)).await;
        answer.ok().flatten().unwrap_or_default()
    }
}
