//! Running a function of a script in a worker, and what is said when it fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use strowger_core::Switch;
use strowger_core::log::LogLevel;
use strowger_event::Event;
use strowger_script::{Call, Host, PathError, Scripts, Threads};

use crate::conversation::Conversation;
use crate::event::Told;
use crate::pool::Pool;
use crate::worker::{Setup, Worker, WorkerError};

/// What scripts are run with.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) threads: Threads,
    pub(crate) pool: Arc<Pool>,
}

/// A function of a script, and what it is given.
pub(crate) struct Job {
    /// `fsapi`, `handler`, `runtime`, `xml_fetch`, `hook`.
    pub(crate) function: &'static str,
    /// The script and its arguments, as they were given.
    pub(crate) line: String,
    pub(crate) event: Option<Event>,
    /// The call that the log's lines are about; none when empty.
    pub(crate) uuid: String,
}

/// A script failed; the log says more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// There is none of that name.
    #[error("no module of the name {0}")]
    Missing(String),
    /// It may not be run.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Its function raised an exception, behind what it had written.
    #[error("{short}")]
    Raised { short: String, written: String },
    /// Its worker is of no use.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// How a function ended.
pub(crate) struct Outcome {
    /// What it returned, or wrote.
    pub(crate) text: Option<String>,
    pub(crate) failure: Option<Failure>,
}

/// An exception.
pub(crate) struct Failure {
    pub(crate) short: String,
    pub(crate) traceback: String,
    pub(crate) is_missing: bool,
}

impl Engine {
    /// The way to the switch for a script that begins now.
    pub(crate) fn host(switch: &Arc<Switch>) -> Host {
        Host::new(switch, switch.config().python.max_time)
    }

    /// Begins a script's `runtime` beside all else (`pyrun`); whether there is a place for it.
    pub(crate) fn begin(&self, switch: &Arc<Switch>, line: &str) -> bool {
        let (host, engine) = (Self::host(switch), self.clone());
        let job = Job { function: "runtime", line: line.to_owned(), event: None, uuid: String::new() };
        // The log says what went wrong.
        let begun = self.threads.run(move || drop(engine.run(&host, &job, None)));
        if let Err(error) = &begun {
            tracing::error!("pyrun: {error}");
        }
        begun.is_ok()
    }

    /// Runs a function on this thread, and has the log tell what went wrong.
    ///
    /// # Errors
    /// [`Failed`].
    pub(crate) fn run(&self, host: &Host, job: &Job, call: Option<Call>) -> Result<Option<String>, Failed> {
        let (name, arguments) = split(&job.line);
        let outcome = self.converse(host, job, (name, arguments), call);
        if let Err(error) = &outcome {
            let text = match error {
                Failed::Raised { .. } | Failed::Missing(_) => return outcome,
                Failed::Worker(WorkerError::Interpreter { .. }) | Failed::Path(_) => error.to_string(),
                Failed::Worker(_) => format!("{error}, in {} of {name}", job.function),
            };
            complain(host, &job.uuid, &text);
        }
        outcome
    }

    fn converse(
        &self,
        host: &Host,
        job: &Job,
        (name, arguments): (&str, &str),
        call: Option<Call>,
    ) -> Result<Option<String>, Failed> {
        let settings = &host.switch().config().python;
        let scripts = Scripts::of(host.switch(), settings.is_restricted);
        let (module, path) = find(&scripts, name, settings.is_restricted)?;
        let setup = Setup {
            interpreter: settings.interpreter.clone(),
            folder: scripts.folder().to_owned(),
            memory: settings.max_memory,
            cpu: settings.max_cpu.unwrap_or(Duration::ZERO),
        };
        let mut worker = self.pool.take(&setup)?;
        worker.works_for(&job.uuid);
        let session = worker.number();
        let begin = json!({
            "module": module,
            "path": path.map(|path| path.display().to_string()),
            "function": job.function,
            "arguments": arguments,
            "event": job.event.as_ref().map(Told::of),
            "session": session,
        });
        // One that died while it waited is replaced.
        if worker.send(&begin).is_err() {
            worker = Worker::start(&setup)?;
            worker.works_for(&job.uuid);
            worker.send(&begin)?;
        }
        let host_of_it = host.clone().stopped_by(worker.gone());
        let mut conversation = Conversation::new(&mut worker, &host_of_it, &job.uuid, settings.linger);
        if let Some(call) = call {
            conversation.hold(session, Call::new(host_of_it.clone(), call.handle().clone()));
        }
        let outcome = conversation.run();
        drop(conversation);
        let outcome = outcome?;
        self.pool.give(worker, settings.idle_workers);
        judged(host, job, name, outcome)
    }
}

fn judged(host: &Host, job: &Job, name: &str, outcome: Outcome) -> Result<Option<String>, Failed> {
    let Some(failure) = outcome.failure else { return Ok(outcome.text) };
    let text = format!("Error in {} of python module {name}\n{}", job.function, failure.traceback);
    complain(host, &job.uuid, &text);
    if failure.is_missing {
        return Err(Failed::Missing(name.to_owned()));
    }
    Err(Failed::Raised { short: failure.short, written: outcome.text.unwrap_or_default() })
}

fn complain(host: &Host, uuid: &str, text: &str) {
    host.switch().log().write(LogLevel::Err, "mod_python3.c", "eval_some_python", 284, uuid, text.trim_end());
}

/// The script, and its arguments.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(char::is_whitespace).map_or((line, ""), |(name, rest)| (name, rest.trim_start()))
}

/// The name of a module, and its file where it is one of the scripts folder or a path; else Python may look for it, unless
/// scripts are restricted to the folder.
fn find(scripts: &Scripts, name: &str, is_restricted: bool) -> Result<(String, Option<PathBuf>), Failed> {
    if name.contains('/') || name.ends_with(".py") {
        let path = scripts.find(name)?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        return Ok((stem.unwrap_or_default().replace('.', "_"), Some(absolute(&path))));
    }
    let place = name.replace('.', "/");
    for file in [format!("{place}.py"), format!("{place}/__init__.py")] {
        match scripts.find(&file) {
            Ok(path) => return Ok((name.to_owned(), Some(absolute(&path)))),
            Err(error @ PathError::Outside(_)) => return Err(error.into()),
            Err(PathError::Missing(_)) => {}
        }
    }
    if is_restricted {
        return Err(PathError::Missing(scripts.folder().join(place + ".py").display().to_string()).into());
    }
    Ok((name.to_owned(), None))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_apart_at_the_first_blank() {
        for (line, expected) in
            [("a", ("a", "")), (" a  b c ", ("a", "b c")), ("pkg.mod x", ("pkg.mod", "x")), ("", ("", ""))]
        {
            assert_eq!(split(line), expected, "{line}");
        }
    }
}
