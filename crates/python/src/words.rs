//! The application `python`, and the commands `python` and `pyrun`.

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand, Application, Registries};
use strowger_core::session::{Interrupted, Session};
use strowger_event::{Event, EventKind};
use strowger_script::serve;

use crate::engine::{Engine, Failed, Job};

/// Adds them.
pub(crate) fn register(registries: &Registries, engine: &Engine) {
    registries.application(PythonApplication(engine.clone()));
    registries.command(PythonCommand(engine.clone()));
    registries.command(PyRun(engine.clone()));
}

const fn about(name: &'static str, help: &'static str) -> About {
    About { name, syntax: "<script> [<arguments>]", help, module: "mod_python3" }
}

/// `python`, on a call.
struct PythonApplication(Engine);

#[async_trait]
impl Application for PythonApplication {
    fn about(&self) -> About {
        about("python", "Runs `handler(session, args)` of a Python script.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No module name specified!");
            return Ok(());
        }
        let (host, engine) = (Engine::host(session.switch()), self.0.clone());
        let uuid = session.channel.uuid.to_string();
        let job = Job { function: "handler", line: data.to_owned(), event: None, uuid };
        // The log says what went wrong; the call goes on.
        let script = move |call: strowger_script::Call| drop(engine.run(&host, &job, Some(call)));
        serve(session, &self.0.threads, Engine::host(session.switch()), script).await.map(drop)
    }
}

/// `python`, as a command.
struct PythonCommand(Engine);

#[async_trait]
impl ApiCommand for PythonCommand {
    fn about(&self) -> About {
        about("python", "Runs `fsapi(session, stream, env, args)` of a Python script; what it writes is the answer.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return String::new();
        }
        let (host, engine, line) = (Engine::host(call.switch), self.0.clone(), call.arguments.to_owned());
        let env = Event::new(EventKind::Api).header("API-Command", "python").header("API-Command-Argument", &line);
        let job = Job { function: "fsapi", line, event: Some(env), uuid: String::new() };
        match self.0.threads.run(move || engine.run(&host, &job, None)) {
            Ok(answer) => answer.await.map_or_else(|_| "-ERR the script has failed\n".to_owned(), answered),
            Err(error) => format!("-ERR {error}\n"),
        }
    }
}

fn answered(outcome: Result<Option<String>, Failed>) -> String {
    match outcome {
        Ok(written) => written.unwrap_or_default(),
        // FreeSWITCH says nothing then, and nothing else is expected.
        Err(Failed::Missing(_)) => String::new(),
        Err(Failed::Raised { short, written }) => format!("{written}-ERR {short}\n"),
        Err(error @ (Failed::Path(_) | Failed::Worker(_))) => format!("-ERR {error}\n"),
    }
}

/// `pyrun`.
struct PyRun(Engine);

#[async_trait]
impl ApiCommand for PyRun {
    fn about(&self) -> About {
        about("pyrun", "Runs `runtime(args)` of a Python script beside what goes on, and answers at once.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return format!("USAGE: {}\n", self.about().syntax);
        }
        match self.0.begin(call.switch, call.arguments) {
            true => "OK\n".to_owned(),
            false => "-ERR too many scripts run already\n".to_owned(),
        }
    }
}
