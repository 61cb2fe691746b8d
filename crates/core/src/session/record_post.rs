//! What a call has done with a recording once it has ended.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Action, Execute, Session};
use crate::channel::{CallerProfile, Variables};
use crate::switch::Switch;
use crate::template::{self, Scope};

impl Session {
    /// Runs `record_post_process_exec_app` (`application:data`) and `record_post_process_exec_api` (`command:arguments`).
    /// A call that is over runs no application any more.
    pub fn process_recorded(&mut self) {
        if let Some((application, data)) = self.post_process("record_post_process_exec_app")
            && !self.channel.is_down()
        {
            let action = Action { application, data };
            let execute = Execute::once(action);
            if let Err(error) = self.queue(execute) {
                tracing::warn!(uuid = %self.channel.uuid, "record_post_process_exec_app: {error}");
            }
        }
        if let Some((command, arguments)) = self.post_process("record_post_process_exec_api") {
            let switch = Arc::clone(&self.switch);
            let (variables, profile) = (self.channel.variables.clone(), self.channel.profile.clone());
            let mut after = After { switch: Arc::clone(&switch), variables, profile };
            tokio::spawn(async move {
                let arguments = template::expand(&mut after, &arguments).await;
                switch.execute_api(&command, &arguments).await;
            });
        }
    }

    fn post_process(&self, name: &str) -> Option<(String, String)> {
        let value = self.channel.variable(name)?;
        let (name, argument) = value.split_once(':').unwrap_or((value, ""));
        Some((name.to_owned(), argument.to_owned()))
    }
}

/// A call as it was when the recording ended: it may be gone before the command is.
struct After {
    switch: Arc<Switch>,
    variables: Variables,
    profile: Option<CallerProfile>,
}

#[async_trait]
impl Scope for After {
    fn global(&self, name: &str) -> String {
        self.switch.globals().get(name).unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        let field = || self.profile.as_ref().and_then(|profile| profile.field(name));
        self.variables.get(name).or_else(field).map_or_else(|| self.global(name), str::to_owned)
    }

    async fn command(&mut self, name: &str, arguments: &str) -> String {
        self.switch.execute_api(name, arguments).await.unwrap_or_default()
    }
}
