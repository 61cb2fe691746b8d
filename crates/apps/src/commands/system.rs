//! `system`, `bg_system`, `spawn`, `bg_spawn`, `spawn_stream`.

use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::{OK, about};
use crate::system::{Line, ProgramError, Programs};

/// One of them.
pub(super) struct System {
    about: About,
    how: Line,
    then: Then,
    programs: Programs,
}

/// What it does with a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Waits for its end and answers with its output.
    Answer,
    /// Waits for its end.
    Wait,
    /// Leaves it to itself.
    Leave,
}

/// All of them; they share how many programs may run.
pub(super) fn all() -> [System; 5] {
    let programs = Programs::default();
    let one =
        |name, help, how, then| System { about: about(name, "<command>", help), how, then, programs: programs.clone() };
    [
        one(
            "system",
            "Has a shell run a line, a minute at the most, and answers with what it writes. Off unless switched on.",
            Line::Shell,
            Then::Answer,
        ),
        one(
            "bg_system",
            "Has a shell run a line and does not wait for it. Off unless switched on.",
            Line::Shell,
            Then::Leave,
        ),
        one(
            "spawn",
            "Runs a program with its arguments, a minute at the most. Off unless switched on.",
            Line::Words,
            Then::Wait,
        ),
        one(
            "bg_spawn",
            "Runs a program with its arguments and does not wait for it. Off unless switched on.",
            Line::Words,
            Then::Leave,
        ),
        one(
            "spawn_stream",
            "Runs a program with its arguments and answers with what it writes. Off unless switched on.",
            Line::Words,
            Then::Answer,
        ),
    ]
}

#[async_trait]
impl ApiCommand for System {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let line = call.arguments;
        if line.is_empty() {
            return ApiCall::usage(self.about);
        }
        let note =
            |text: &str| call.switch.log().write(LogLevel::Notice, "mod_commands.c", "system_function", 6300, "", text);
        if self.then != Then::Answer {
            note(&format!("Executing command: {line}"));
        }
        let done = match self.then {
            Then::Leave => self.programs.start(call.switch, self.how, line).map(|()| OK.to_owned()),
            Then::Wait => self.programs.run(call.switch, self.how, line, false).await.map(|_| OK.to_owned()),
            Then::Answer => self.programs.run(call.switch, self.how, line, true).await,
        };
        done.unwrap_or_else(|error| {
            if !matches!(error, ProgramError::Off) {
                note(&format!("Failed to execute command: {line}"));
            }
            format!("-ERR {error}\n")
        })
    }
}
