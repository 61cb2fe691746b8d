//! Running applications, one by one.

use strowger_event::EventKind;

use super::{Action, Session};
use crate::bus::Origin;
use crate::channel::{ChannelState, HangupCause};
use crate::dialplan::Planned;
use crate::originate::scoped_variables;
use crate::session::Interrupted;

const EXECUTE: Origin = Origin::new("switch_core_session.c", "switch_core_session_exec", 2914);
const COMPLETE: Origin = Origin::new("switch_core_session.c", "switch_core_session_exec", 2945);

/// Applications that run within one another, as a phrase does that a phrase executes; one more is not run.
const MAX_NESTED_APPLICATIONS: u8 = 48;

impl Session {
    /// Runs `actions` in CS_EXECUTE; a call that comes to their end is hung up.
    pub(super) async fn execute_all(&mut self, actions: Vec<Action>) {
        self.begin_actions();
        self.standing = None;
        for action in actions {
            if self.execute(&action).await.is_err() || self.check().is_err() {
                return;
            }
        }
        self.hangup(HangupCause::NormalClearing);
    }

    /// As [`Session::execute_all`], for what the dialplan has.
    pub(super) async fn follow_route(&mut self, actions: Vec<Planned>) {
        self.begin_actions();
        if self.run_planned(actions).await.is_ok() {
            self.hangup(HangupCause::NormalClearing);
        }
    }

    /// Runs actions one by one, until the call ends or is sent elsewhere.
    pub(super) async fn run_planned(&mut self, actions: Vec<Planned>) -> Result<(), Interrupted> {
        for planned in actions {
            self.execute_planned(&planned).await?;
            self.check()?;
        }
        self.check()
    }

    /// Runs an action of the dialplan; what goes wrong with it is said with where it stands.
    pub(crate) async fn execute_planned(&mut self, planned: &Planned) -> Result<(), Interrupted> {
        self.standing = Some(planned.standing.clone());
        self.execute(&planned.action).await
    }

    /// ` (extension "NAME" at FILE:LINE)`, where the dialplan has the call do what it does; else nothing.
    pub(crate) fn because(&self) -> String {
        self.standing.as_ref().map(|standing| format!(" ({standing})")).unwrap_or_default()
    }

    fn begin_actions(&mut self) {
        self.become_caller();
        self.channel.state = ChannelState::Execute;
        self.enter(ChannelState::Execute);
    }

    /// Runs one application: CHANNEL_EXECUTE, the work, CHANNEL_EXECUTE_COMPLETE.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere meanwhile.
    pub async fn execute(&mut self, action: &Action) -> Result<(), Interrupted> {
        self.execute_as(action, (None, None)).await
    }

    /// As [`Session::execute`], with the Application-UUID and Application-UUID-Name that its events carry.
    pub(super) async fn execute_as(
        &mut self,
        action: &Action,
        (uuid, uuid_name): (Option<String>, Option<&str>),
    ) -> Result<(), Interrupted> {
        let Some(application) = self.switch.registries().applications.get(&action.application) else {
            tracing::error!(uuid = %self.channel.uuid, "Invalid application {}{}", action.application, self.because());
            self.hangup(HangupCause::DestinationOutOfOrder);
            return Err(Interrupted::Hangup);
        };
        if self.nested_applications >= MAX_NESTED_APPLICATIONS {
            tracing::error!(uuid = %self.channel.uuid, "Too many applications within one another: {} is not run", action.application);
            return Ok(());
        }
        let expanded = self.expand(&action.data).await;
        let scoped = scoped_variables(&expanded);
        let (scope, data) = scoped.map_or((None, expanded.as_ref()), |(variables, data)| (Some(variables), data));
        let has_scope = scope.is_some();
        if let Some(variables) = scope {
            self.channel.variables.open_scope(variables);
        }
        let name = application.about().name;
        let uuid = uuid.unwrap_or_else(|| self.application_uuid());
        self.begin_application(name, data);
        let ids = (uuid.as_str(), uuid_name);
        self.fire_execute(EventKind::ChannelExecute, EXECUTE, (name, data), ids);
        self.nested_applications += 1;
        let outcome = application.run(self, data).await;
        self.nested_applications -= 1;
        self.run_hooks().await;
        self.fire_execute(EventKind::ChannelExecuteComplete, COMPLETE, (name, data), ids);
        if has_scope {
            self.channel.variables.close_scope();
        }
        outcome
    }

    /// Application-UUID: what the variable `app_uuid` says, once, else a new one.
    fn application_uuid(&mut self) -> String {
        let given = self.channel.variables.get("app_uuid").map(str::to_owned);
        if given.is_some() {
            self.channel.variables.remove("app_uuid");
        }
        given.unwrap_or_else(|| self.switch.new_uuid())
    }

    fn begin_application(&mut self, name: &str, data: &str) {
        // What was to stop has ended.
        self.broken = false;
        self.channel.variables.remove("current_application_response");
        self.channel.variables.set("current_application_data", data);
        self.channel.variables.set("current_application", name);
        self.channel.last_application = Some((name.to_owned(), data.to_owned()));
    }

    fn fire_execute(&self, kind: EventKind, origin: Origin, (name, data): (&str, &str), ids: (&str, Option<&str>)) {
        let response = self.channel.variables.get("current_application_response").unwrap_or("_none_");
        let mut last = [("", ""); 5];
        let mut count = 0;
        let mut push = |header, value| {
            if let Some(place) = last.get_mut(count) {
                *place = (header, value);
                count += 1;
            }
        };
        push("Application", name);
        if !data.is_empty() {
            push("Application-Data", data);
        }
        if kind == EventKind::ChannelExecuteComplete {
            push("Application-Response", response);
        }
        push("Application-UUID", ids.0);
        if let Some(uuid_name) = ids.1 {
            push("Application-UUID-Name", uuid_name);
        }
        self.fire(kind, origin, &[], last.get(..count).unwrap_or_default());
    }
}
