//! A script's way to the switch.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::log::LogLevel;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

/// The script has had all the time it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the script has had the time that it may take")]
pub struct TimeUp;

/// How long one API command may keep a script.
const COMMAND_PATIENCE: Duration = Duration::from_secs(3600);

/// The switch as a script reaches it, from its own thread.
#[derive(Clone)]
pub struct Host {
    switch: Arc<Switch>,
    runtime: Handle,
    until: Option<Instant>,
    stop: Option<watch::Receiver<bool>>,
}

impl Host {
    /// A way to `switch` for a script that may take so long; any time when `None`. Called within the runtime.
    #[must_use]
    pub fn new(switch: &Arc<Switch>, time: Option<Duration>) -> Self {
        let until = time.and_then(|time| Instant::now().checked_add(time));
        Self { switch: Arc::clone(switch), runtime: Handle::current(), until, stop: None }
    }

    /// The same for a script that is stopped when `stop` says so, whatever it waits for.
    #[must_use]
    pub fn stopped_by(self, stop: watch::Receiver<bool>) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// The switch.
    pub fn switch(&self) -> &Arc<Switch> {
        &self.switch
    }

    /// The runtime that the switch runs on.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Whether the script's time is up.
    pub fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Waits for `future`, but no longer than the script may run.
    ///
    /// # Errors
    /// [`TimeUp`].
    pub fn wait<F: Future>(&self, future: F) -> Result<F::Output, TimeUp> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                outcome = future => Ok(outcome),
                () = self.over() => Err(TimeUp),
            }
        })
    }

    async fn over(&self) {
        let stopped = async {
            match &self.stop {
                // Who could stop it is gone: nobody does.
                Some(stop) if stop.clone().wait_for(|is_stopped| *is_stopped).await.is_ok() => {}
                _ => std::future::pending().await,
            }
        };
        match self.until {
            // Either is the end.
            Some(until) => drop(tokio::time::timeout_at(until, stopped).await),
            None => stopped.await,
        }
    }

    /// Runs an API command, as `API:execute` does: its whole answer, `INVALID COMMAND!` when there is none of that name.
    pub fn execute(&self, command: &str, arguments: &str) -> String {
        if command.is_empty() {
            tracing::error!("No application specified");
            return "-ERR No application specified".to_owned();
        }
        let running = self.switch.execute_api(command, arguments);
        match self.wait(async { tokio::time::timeout(COMMAND_PATIENCE, running).await }) {
            Ok(Ok(Some(answer))) => answer,
            Ok(Ok(None)) => "INVALID COMMAND!\n".to_owned(),
            Ok(Err(_)) | Err(TimeUp) => {
                tracing::warn!("{command}: a script waited too long for it");
                String::new()
            }
        }
    }

    /// As [`Host::execute`], for a whole line: the first blank ends the command's name.
    pub fn execute_string(&self, line: &str) -> String {
        let (command, arguments) = line.split_once(' ').unwrap_or((line, ""));
        self.execute(command, arguments)
    }

    /// Sleeps; less when the script's time is up before.
    pub fn sleep(&self, time: Duration) {
        // What is up is seen by whatever the script does next.
        let _ = self.wait(async { tokio::time::sleep(time).await });
    }

    /// Milliseconds since 1970 (`API:getTime`).
    #[must_use]
    pub fn milliseconds() -> u128 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap_or_default().as_millis()
    }

    /// Sets a global variable, `before` given only if that is its value; whether it was set. An empty value removes it.
    pub fn set_global(&self, name: &str, value: &str, before: Option<&str>) -> bool {
        let globals = self.switch.globals();
        if before.is_some_and(|before| globals.get(name).unwrap_or_default() != before) {
            return false;
        }
        globals.set(name, value);
        true
    }

    /// Writes lines into the log, about the call `uuid` unless that is empty; a level nobody knows is DEBUG.
    pub fn log(&self, level: &str, (file, function, line): (&str, &str, u32), uuid: &str, text: &str) {
        let level = LogLevel::parse(level).unwrap_or(LogLevel::Debug);
        self.switch.log().write(level, file, function, line, uuid, text.trim_end_matches('\n'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strowger_test_support::switch;

    fn outside<R: Send + 'static>(time: Option<Duration>, act: impl FnOnce(&Host) -> R + Send + 'static) -> R {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let host = runtime.block_on(async {
            let switch = switch("<document/>");
            strowger_apps::register(switch.registries());
            Host::new(&switch, time)
        });
        std::thread::spawn(move || act(&host)).join().unwrap()
    }

    #[test]
    fn commands_are_run() {
        let answers = outside(None, |host| {
            [
                host.execute("echo", "a b"),
                host.execute_string("echo c d"),
                host.execute("nosuch", ""),
                host.execute("", ""),
            ]
        });
        assert_eq!(answers, ["a b", "c d", "INVALID COMMAND!\n", "-ERR No application specified"]);
    }

    #[test]
    fn globals_may_be_set_on_a_condition() {
        let seen = outside(None, |host| {
            let set = [host.set_global("a", "1", None), host.set_global("a", "2", Some("0"))];
            let then = host.set_global("a", "3", Some("1"));
            (set, then, host.switch().globals().get("a"))
        });
        assert_eq!(seen, ([true, false], true, Some("3".to_owned())));
    }

    #[test]
    fn a_script_waits_no_longer_than_it_may() {
        let late = outside(Some(Duration::from_millis(20)), |host| {
            host.sleep(Duration::from_secs(3600));
            (host.is_late(), host.wait(std::future::pending::<()>()))
        });
        assert_eq!(late, (true, Err(TimeUp)));
    }
}
