use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::scheduler::{NewTask, SchedulerFull, When};

use super::{OK, about};
use crate::schedule::when;
use crate::words::first_word;
use crate::words::leading_integer;

/// `sched_api`.
pub(super) struct SchedApi;

#[async_trait]
impl ApiCommand for SchedApi {
    fn about(&self) -> About {
        about(
            "sched_api",
            "[+@]<time> <group_name> <command_string>[&]",
            "Runs a command later: `+5` in five seconds, `@5` every five seconds, else at a time in seconds since 1970. Commands run one after the other; with a `&` at its end one runs beside the others.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (time, rest) = first_word(call.arguments);
        let (group, command) = first_word(rest);
        if command.is_empty() {
            return format!("-ERR Invalid syntax. USAGE: {}\n", self.about().syntax);
        }
        match schedule(call.switch, time, group, command) {
            Ok(id) => format!("+OK Added: {id}\n"),
            Err(full) => format!("-ERR {full}\n"),
        }
    }
}

fn schedule(switch: &Arc<Switch>, time: &str, group: &str, command: &str) -> Result<u32, SchedulerFull> {
    let repeat =
        time.strip_prefix('@').map(|seconds| u32::try_from(leading_integer(seconds).max(0)).unwrap_or(u32::MAX));
    let (command, beside) = command.strip_suffix('&').map_or((command, false), |command| (command, true));
    let size = command.len();
    let command: Arc<str> = Arc::from(command);
    switch.schedule(NewTask {
        description: "sched_api_function",
        group: group.to_owned(),
        when: repeat.map_or_else(|| when(time), When::In),
        repeat: repeat.unwrap_or(0),
        beside,
        kept: false,
        size,
        work: Arc::new(move |switch| {
            let command = Arc::clone(&command);
            Box::pin(async move {
                execute(&switch, &command).await;
                None
            })
        }),
    })
}

async fn execute(switch: &Arc<Switch>, command: &str) {
    let (name, arguments) = first_word(command);
    let answer = switch.execute_api(name, arguments).await;
    tracing::debug!("Command {name}({arguments}):\n{}", answer.as_deref().unwrap_or_default());
}

/// `sched_del`.
pub(super) struct SchedDel;

#[async_trait]
impl ApiCommand for SchedDel {
    fn about(&self) -> About {
        about("sched_del", "<task_id>|<group_id>", "Deletes a scheduled task, or all of a group.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let what = call.arguments;
        if what.is_empty() {
            return "-ERR Invalid syntax\n".to_owned();
        }
        format!("+OK Deleted: {}\n", delete(call.switch, what))
    }
}

/// Deletes the task of that number, or the tasks of that group; how many that were.
pub(crate) fn delete(switch: &Switch, what: &str) -> usize {
    let scheduler = switch.scheduler();
    if what.bytes().all(|byte| byte.is_ascii_digit()) {
        return what.parse().map_or(0, |id| scheduler.delete(id));
    }
    scheduler.delete_group(what)
}

/// `unsched_api`.
pub(super) struct UnschedApi;

#[async_trait]
impl ApiCommand for UnschedApi {
    fn about(&self) -> About {
        about("unsched_api", "<task_id>", "Deletes a scheduled task.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return format!("-ERR Invalid syntax. USAGE: {}\n", self.about().syntax);
        }
        match u32::try_from(leading_integer(call.arguments)) {
            Ok(id) if id > 0 && call.switch.scheduler().delete(id) > 0 => OK.to_owned(),
            _ => "-ERR No such id\n".to_owned(),
        }
    }
}
