//! What a call's variables have it run at its turns: `execute_on_answer`, `api_on_ring`, `api_hangup_hook` and their kin
//! (`switch_channel_execute_on`, `switch_channel_api_on`).
//!
//! A turn only notes what is to be run, so it may be taken in the midst of anything; it is run before the session does
//! anything else, and what follows on the turn (the call state's change) comes behind it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use strowger_event::array_items;

use super::{Action, Execute, Session};
use crate::channel::CallState;
use crate::globals::starts_with;

/// How long the command of a hook may keep a call that is over.
const HOOK_PATIENCE: Duration = Duration::from_secs(60);

/// How many hooks one turn runs at the most.
const MAX_HOOKS: usize = 64;

/// A turn of a call that variables may tie something to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It rings.
    Ring,
    /// It has sound before the answer.
    PreAnswer,
    /// It is answered; whether it had no sound before.
    Answer {
        /// Its media begins with it.
        is_media_new: bool,
    },
    /// It was made by `originate` or `bridge`, and is about to be dialled.
    Originate,
    /// It is about to be joined with another.
    PreBridge,
    /// It was joined with another and is alone again.
    PostBridge,
    /// A tone was heard on it.
    ToneDetect,
}

/// One thing to be done at a turn.
#[derive(Debug)]
pub(crate) enum Hook {
    Run(Action),
    /// Run when the call waits for something, not now.
    Queue(Action),
    Ask {
        command: String,
        arguments: String,
        /// The variable that gets the answer.
        answer: Option<&'static str>,
    },
    Reach(CallState),
}

impl Turn {
    /// The beginnings of the variables' names, in the order they are looked at; those of commands begin with `api_`.
    const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Ring => &["execute_on_ring", "api_on_ring"],
            Self::PreAnswer => &["execute_on_pre_answer", "execute_on_media", "api_on_pre_answer", "api_on_media"],
            Self::Answer { is_media_new: true } => {
                &["execute_on_answer", "execute_on_media", "api_on_media", "api_on_answer"]
            }
            Self::Answer { is_media_new: false } => &["execute_on_answer", "api_on_answer"],
            Self::Originate => &["execute_on_originate", "api_on_originate"],
            Self::PreBridge => &["execute_on_pre_bridge"],
            Self::PostBridge => &["execute_on_post_bridge"],
            Self::ToneDetect => &["execute_on_tone_detect"],
        }
    }
}

impl Session {
    /// Takes a turn: what the call's variables, and for applications the switch's, tie to it is run next.
    pub(super) fn take_turn(&mut self, turn: Turn) {
        if matches!(turn, Turn::PreAnswer | Turn::Answer { is_media_new: true }) {
            self.begin_jitter_buffer();
        }
        for prefix in turn.prefixes() {
            let is_command = prefix.starts_with("api_");
            let globals = if is_command { Vec::new() } else { self.switch.globals().starting_with(prefix) };
            let own = self.channel.variables.iter().filter(|(name, _)| starts_with(name, prefix));
            let values = globals.iter().map(|(_, value)| value.as_str()).chain(own.map(|(_, value)| value));
            let hooks =
                values.flat_map(items).map(|value| if is_command { command(value) } else { application(value) });
            let hooks: Vec<Hook> = hooks.take(MAX_HOOKS.saturating_sub(self.hooks.len())).collect();
            self.hooks.extend(hooks);
        }
    }

    /// As [`Session::take_turn`], and runs it here.
    pub(super) async fn turn(&mut self, turn: Turn) {
        self.take_turn(turn);
        self.run_hooks().await;
    }

    /// Changes the call state behind the hooks that wait; at once when there are none.
    pub(super) fn reach(&mut self, state: CallState) {
        if self.hooks.is_empty() {
            self.set_call_state(state);
        } else {
            self.hooks.push_back(Hook::Reach(state));
        }
    }

    /// Runs what the turns have noted, if there is something.
    pub(super) async fn run_hooks(&mut self) {
        if !self.hooks.is_empty() {
            self.run_each_hook().await;
        }
    }

    /// Boxed: a hook waits, and every wait runs hooks.
    fn run_each_hook(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // What a hook itself brings about is run within it.
            for hook in std::mem::take(&mut self.hooks) {
                self.run_hook(hook).await;
            }
        })
    }

    async fn run_hook(&mut self, hook: Hook) {
        match hook {
            Hook::Reach(state) if self.channel.is_down() => tracing::debug!("{} comes too late", state.name()),
            Hook::Reach(state) => self.set_call_state(state),
            Hook::Run(_) | Hook::Queue(_) if self.channel.is_down() => {}
            // An interruption is seen by what runs around this.
            Hook::Run(action) => drop(self.execute(&action).await),
            Hook::Queue(action) => {
                let uuid = &self.channel.uuid;
                tracing::debug!(%uuid, "{} waits for its time", action.application);
                if let Err(full) = self.queue(Execute::once(action)) {
                    tracing::warn!(uuid = %self.channel.uuid, "hook dropped: {full}");
                }
            }
            Hook::Ask { command, arguments, answer } => {
                let said = self.ask_switch(&command, &arguments).await;
                if let (Some(name), Some(said)) = (answer, said) {
                    self.channel.variables.set_foreign(name, &said);
                }
            }
        }
    }

    /// Runs the command that a variable of this name holds, for a call that is over (`api_hangup_hook`): `command
    /// arguments` or `command::arguments`, the arguments expanded.
    pub(super) async fn run_last_hook(&mut self, variable: &str) {
        let Some(text) = self.channel.variables.get(variable).map(str::to_owned) else { return };
        let (command, arguments) = text.split_once("::").or_else(|| text.split_once(' ')).unwrap_or((&text, ""));
        let arguments = self.expand(arguments).await.into_owned();
        let _ = self.ask_switch(command, &arguments).await;
    }

    /// Runs an API command, and gives its answer; the call stays reachable meanwhile, it may be asked about itself.
    async fn ask_switch(&mut self, command: &str, arguments: &str) -> Option<String> {
        let switch = self.switch.clone();
        let uuid = self.channel.uuid.clone();
        let answer = self.stay_reachable(switch.execute_api(command, arguments)).await;
        match &answer {
            Some(Some(answer)) => tracing::debug!(%uuid, "hook {command}({arguments}): {}", answer.trim_end()),
            Some(None) => tracing::warn!(%uuid, "hook {command}({arguments}): there is no such command"),
            None => {
                tracing::warn!(%uuid, "hook {command}({arguments}) takes longer than {HOOK_PATIENCE:?}: left alone");
            }
        }
        answer.flatten()
    }

    /// Waits for `future` and does what others ask meanwhile, whether the call is over or not. `None` when it takes too
    /// long.
    pub(super) async fn stay_reachable<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(tokio::time::timeout(HOOK_PATIENCE, future));
        loop {
            tokio::select! {
                biased;
                output = &mut future => return output.ok(),
                Some(request) = self.mailbox.recv() => request(self),
            }
        }
    }
}

/// The values of a variable that may be an array.
fn items(value: &str) -> Vec<&str> {
    array_items(value).map_or_else(|| vec![value], Iterator::collect)
}

/// `command arguments`.
fn command(value: &str) -> Hook {
    let (command, arguments) = value.split_once(' ').unwrap_or((value, ""));
    Hook::Ask { command: command.to_owned(), arguments: arguments.to_owned(), answer: None }
}

/// `application argument`, `application:argument`; `application::argument` is not waited for.
fn application(value: &str) -> Hook {
    let at = value.find([' ', ':']).unwrap_or(value.len());
    let (application, rest) = value.split_at(at);
    let action = |data: &str| Action { application: application.to_owned(), data: data.to_owned() };
    match rest.strip_prefix("::") {
        Some(data) => Hook::Queue(action(data)),
        None => Hook::Run(action(rest.get(1..).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &str) -> (bool, String, String) {
        match application(value) {
            Hook::Run(action) => (true, action.application, action.data),
            Hook::Queue(action) => (false, action.application, action.data),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_application_stands_before_a_blank_or_colons() {
        for (value, expected) in [
            ("set a=b:c", (true, "set", "a=b:c")),
            ("record_session:/tmp/x.wav", (true, "record_session", "/tmp/x.wav")),
            ("playback::/tmp/a b.wav", (false, "playback", "/tmp/a b.wav")),
            ("park", (true, "park", "")),
        ] {
            let (runs, application, data) = parts(value);
            assert_eq!((runs, application.as_str(), data.as_str()), expected, "{value}");
        }
    }

    #[test]
    fn an_array_is_several_hooks() {
        assert_eq!(items("ARRAY::set a=1|:set b=2"), ["set a=1", "set b=2"]);
        assert_eq!(items("set a=1"), ["set a=1"]);
        assert!(
            starts_with("EXECUTE_ON_ANSWER_2", "execute_on_answer") && !starts_with("execute", "execute_on_answer")
        );
    }
}
