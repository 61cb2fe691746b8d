//! A hunt without a call: what would be done, and why.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Local};
use strowger_config::{Config, Dialplan};

use super::hunt::{Caller, Planned, hunt};
use super::trace::Trace;
use crate::channel::{CallerProfile, Channel, Direction};
use crate::template::{Scope, expand};

/// What an application does to variables and nothing else: names and values, a value empty to remove it. `None` for an
/// application that does more, or something else.
pub type Assignments = fn(application: &str, data: &str) -> Option<Vec<(String, String)>>;

/// A caller that is only thought of. Its hunt is that of a call, but inline actions only happen when they set
/// variables, and API commands in texts are not run: they count as empty.
pub struct Rehearsal {
    channel: Channel,
    globals: BTreeMap<String, String>,
    assignments: Assignments,
    now: Option<DateTime<Local>>,
    left_out: Vec<String>,
}

impl Rehearsal {
    /// A call with these parties, to this configuration.
    #[must_use]
    pub fn new(config: &Config, profile: CallerProfile, assignments: Assignments) -> Rehearsal {
        let mut channel = Channel::new(String::new(), profile.channel_name.clone(), Direction::Inbound);
        channel.set_profile(profile);
        let globals = config.globals.iter().cloned().collect();
        Rehearsal { channel, globals, assignments, now: None, left_out: Vec::new() }
    }

    /// With this channel variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.channel.variables.set(name, value);
    }

    /// At this time instead of now.
    pub fn at(&mut self, now: DateTime<Local>) {
        self.now = Some(now);
    }

    /// What the call would do; `None` when there is no such context, or nothing in it for the call.
    pub async fn hunt(&mut self, dialplan: &Dialplan, trace: Option<&mut dyn Trace>) -> Option<Vec<Planned>> {
        let context = dialplan.context(&self.channel.profile.as_ref()?.context)?;
        hunt(self, context, trace).await
    }
}

#[async_trait]
impl Scope for Rehearsal {
    fn global(&self, name: &str) -> String {
        self.globals.get(name).cloned().unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        self.channel.variable(name).map_or_else(|| self.global(name), str::to_owned)
    }

    async fn command(&mut self, name: &str, arguments: &str) -> String {
        self.left_out.push(format!("${{{name}({arguments})}}"));
        String::new()
    }
}

#[async_trait]
impl Caller for Rehearsal {
    fn channel(&self) -> &Channel {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel {
        &mut self.channel
    }

    fn now(&self) -> DateTime<Local> {
        self.now.unwrap_or_else(Local::now)
    }

    async fn inline(&mut self, planned: &Planned) {
        let (application, data) = (&planned.action.application, &planned.action.data);
        let data = expand(self, data).await.into_owned();
        let Some(assignments) = (self.assignments)(application, &data) else {
            self.left_out.push(format!("{application}({data})"));
            return;
        };
        for (name, value) in assignments {
            let value = expand(self, &value).await.into_owned();
            self.channel.variables.set(&name, &value);
        }
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn left_out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.left_out)
    }
}
