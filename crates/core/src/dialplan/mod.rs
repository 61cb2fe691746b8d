//! The hunt: which applications a call runs, by the XML dialplan (`mod_dialplan_xml`).
//!
//! Extensions are tried in order. A condition that holds adds its actions (inline ones run at once), one that does not
//! adds its anti-actions; `break` says whether the extension's next condition is looked at. The hunt ends with the
//! first extension that is found and does not `continue`.

mod calendar;
mod captures;
mod hunt;
mod inline;
mod rehearsal;
mod trace;

use async_trait::async_trait;

pub use captures::{Captures, substitute};
pub use hunt::{Planned, Standing};
pub(crate) use inline::actions as inline_actions;
pub use rehearsal::{Assignments, Rehearsal};
pub use trace::{At, Rule, Step, Trace};

use crate::channel::{CallerProfile, Channel};
use crate::session::Session;

use hunt::Caller;
use trace::LogTrace;

impl Session {
    /// The actions for this call; `None` when its context does not exist, or has nothing for it.
    pub(crate) async fn hunt(&mut self) -> Option<Vec<Planned>> {
        self.hunt_for(None).await
    }

    /// As [`Session::hunt`], for another number and context than the call's.
    pub(crate) async fn hunt_for(&mut self, place: Option<(&str, &str)>) -> Option<Vec<Planned>> {
        let Some((number, context)) = place else { return self.hunt_here().await };
        let own = self.channel.profile.clone()?;
        let there = CallerProfile { destination_number: number.to_owned(), context: context.to_owned(), ..own.clone() };
        self.channel.profile = Some(there);
        let actions = self.hunt_here().await;
        // An inline action may have sent the call elsewhere, under a profile of its own.
        if let Some(profile) = self.channel.profile.as_mut().filter(|profile| profile.index == own.index) {
            *profile = own;
        }
        actions
    }

    async fn hunt_here(&mut self) -> Option<Vec<Planned>> {
        let profile = self.channel.profile.as_ref()?;
        let context_name = profile.context.clone();
        let (name, number) = (&profile.caller_id_name, &profile.caller_id_number);
        let destination = &profile.destination_number;
        tracing::info!(uuid = %self.channel.uuid, "Processing {name} <{number}>->{destination} in context {context_name}");
        let found = self.find_dialplan().await.ok()?;
        let Some(context) = found.dialplan().context(&context_name) else {
            tracing::warn!(uuid = %self.channel.uuid, "Context {context_name} not found{}", self.because());
            return None;
        };
        let mut log = LogTrace::new(&self.channel.uuid, &self.channel.name);
        hunt::hunt(self, context, log.as_mut().map(|log| log as &mut dyn Trace)).await
    }
}

#[async_trait]
impl Caller for Session {
    fn channel(&self) -> &Channel {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel {
        &mut self.channel
    }

    async fn inline(&mut self, planned: &Planned) {
        // What interrupts an inline action is found by the hunt's own check.
        let _ = self.execute_planned(planned).await;
    }

    fn is_gone(&self) -> bool {
        self.check().is_err()
    }
}

#[cfg(test)]
mod tests;
