use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_event::{Event, EventKind};
use tokio::sync::Semaphore;

use super::about;
use crate::words::first_word;

/// `bgapi`, as an API command of its own: `sched_api`, dialplans and the console have no other.
pub(super) struct Bgapi(Arc<Semaphore>);

/// Jobs at the same time.
const JOBS: usize = 256;

impl Default for Bgapi {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(JOBS)))
    }
}

#[async_trait]
impl ApiCommand for Bgapi {
    fn about(&self) -> About {
        about(
            "bgapi",
            "<command>[ <arg>]",
            "Runs a command beside what goes on; its answer comes as a BACKGROUND_JOB event. `uuid:<id>` in front names the job.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let named = call.arguments.split_at_checked(5).filter(|(start, _)| start.eq_ignore_ascii_case("uuid:"));
        let (id, line) = match named {
            Some((_, rest)) => first_word(rest),
            None => ("", call.arguments),
        };
        let (command, arguments) = first_word(line);
        if command.is_empty() {
            return "-ERR Invalid syntax\n".to_owned();
        }
        let Ok(turn) = Arc::clone(&self.0).try_acquire_owned() else {
            return format!("-ERR {JOBS} jobs are running already\n");
        };
        let id = if id.is_empty() { call.switch.new_uuid() } else { id.to_owned() };
        let answer = format!("+OK Job-UUID: {id}\n");
        let (switch, command, arguments) = (Arc::clone(call.switch), command.to_owned(), arguments.to_owned());
        tokio::spawn(async move {
            let body = switch.execute_api(&command, &arguments).await;
            let body = body.unwrap_or_else(|| format!("{command}: Command not found!\n"));
            let mut event =
                Event::new(EventKind::BackgroundJob).header("Job-UUID", &id).header("Job-Command", &command);
            if !arguments.is_empty() {
                event = event.header("Job-Command-Arg", &arguments);
            }
            switch.bus().publish(event.body(body), Origin::new("mod_commands.c", "bgapi_exec", 4549));
            drop(turn);
        });
        answer
    }
}
