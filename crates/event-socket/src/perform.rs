//! What a connection's commands do.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use strowger_config::is_true;
use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::log::LogLevel;
use strowger_esl::{Action, Packet, Permissions, reply};
use strowger_event::{Event, EventKind};

use crate::connection::{Answer, Connection};

const SENDEVENT: Origin = Origin::new("mod_event_socket.c", "parse_command", 2323);
const BACKGROUND: Origin = Origin::new("mod_event_socket.c", "api_exec", 1573);

impl Connection {
    /// Does one command.
    pub(crate) fn perform(&mut self, packet: Packet) {
        self.entry.figures.commands.fetch_add(1, Ordering::Relaxed);
        let switch = Arc::clone(&self.switch);
        let action = self.listener.handle(packet, || switch.new_uuid());
        self.act_on(action);
    }

    pub(crate) fn act_on(&mut self, action: Action) {
        match action {
            Action::Reply(reply) => self.write(&reply),
            Action::Close(reply) => {
                self.write(&reply);
                self.say_goodbye();
            }
            Action::CheckPassword { password } => {
                let is_right = password == self.switch.config().event_socket.password;
                self.authenticated(is_right);
                let action = self.listener.password_checked(is_right);
                self.act_on(action);
            }
            Action::CheckUser { user, domain, password } => {
                let permissions = permissions(&self.switch, &user, &domain, &password);
                self.authenticated(permissions.is_some());
                let action = self.listener.user_checked(permissions);
                self.act_on(action);
            }
            Action::Subscribe { reply, flush } => {
                self.subscribe(flush);
                self.write(&reply);
            }
            Action::SetLog { reply } => {
                let level = self.listener.log_level().and_then(|level| LogLevel::ALL.get(usize::from(level)).copied());
                self.subscriptions.set_logs(level);
                self.write(&reply);
            }
            Action::Api { command, args, console } => self.api(command, args, console),
            Action::BgApi { command, args, job_uuid } => self.bgapi(command, args, job_uuid),
            Action::SendEvent { event, uuid } => {
                self.switch.bus().publish_trailing(*event, SENDEVENT);
                self.published = true;
                self.command_reply(&format!("+OK {uuid}"));
            }
            Action::SendMsg { uuid, packet } => self.sendmsg(uuid, &packet),
            Action::MyEvents { uuid, format } => self.my_events(uuid.as_deref(), format),
            Action::Session(command) => self.about_the_call(&command),
        }
    }

    pub(crate) fn write(&mut self, reply: &[u8]) {
        self.outbox.reply().extend_from_slice(reply);
    }

    pub(crate) fn command_reply(&mut self, text: &str) {
        reply::command(text, &[], self.outbox.reply());
    }

    fn authenticated(&mut self, is_right: bool) {
        if is_right {
            self.framer.set_limits(strowger_esl::Limits::SERVER);
        } else {
            tracing::warn!("event socket: {} gave a wrong password", self.peer);
        }
    }

    fn subscribe(&mut self, flush: bool) {
        let mut interest = self.listener.interest().clone();
        let mine = self.controlled.as_ref().filter(|controlled| controlled.my_events);
        interest.call = mine.map(|controlled| controlled.call.uuid().to_owned());
        if flush {
            self.subscriptions.flush();
        }
        self.subscriptions.set_events(interest);
        let mut words = self.entry.figures.words.lock();
        words.format = self.listener.format().name();
        words.queue = self.subscriptions.inlet();
    }

    /// Runs an API command.
    fn api(&mut self, command: String, args: Option<String>, console: bool) {
        let (command, args) = if console { split_line(&joined(command, args)) } else { (command, args) };
        let switch = Arc::clone(&self.switch);
        self.answer(Box::pin(async move {
            let body = execute(&switch, &command, args.as_deref()).await;
            let mut reply = Vec::new();
            reply::api(if body.is_empty() { "-ERR no reply\n" } else { &body }, &mut reply);
            reply
        }));
    }

    /// Writes a command's reply once it is there. Most are there at once; one that takes its time holds up the commands
    /// behind it, not the events.
    pub(crate) fn answer(&mut self, mut answer: Answer) {
        let mut context = Context::from_waker(Waker::noop());
        match answer.as_mut().poll(&mut context) {
            Poll::Ready(reply) => self.write(&reply),
            // The connection's own task polls it from now on, and is woken by it.
            Poll::Pending => self.pending = Some(answer),
        }
    }

    /// Answers, and starts the job. With too many jobs waiting for their turn the commands behind this one wait as well.
    fn bgapi(&mut self, command: String, args: Option<String>, job_uuid: String) {
        reply::job(&job_uuid, self.outbox.reply());
        let (switch, jobs) = (Arc::clone(&self.switch), self.subscriptions.jobs());
        self.answer(Box::pin(async move {
            let size = command.len() + args.as_ref().map_or(0, String::len) + job_uuid.len();
            let place = jobs.place(size).await;
            tokio::spawn(async move {
                let _turn = jobs.turn().await;
                run_job(&switch, &command, args.as_deref(), &job_uuid).await;
                drop(place);
            });
            // The reply is written already; only the room was waited for.
            Vec::new()
        }));
    }
}

async fn run_job(switch: &Arc<Switch>, command: &str, args: Option<&str>, job_uuid: &str) {
    let body = execute(switch, command, args).await;
    let mut event = Event::new(EventKind::BackgroundJob).header("Job-UUID", job_uuid).header("Job-Command", command);
    if let Some(args) = args {
        event = event.header("Job-Command-Arg", args);
    }
    switch.bus().publish(event.body(body), BACKGROUND);
}

async fn execute(switch: &Arc<Switch>, command: &str, args: Option<&str>) -> String {
    let answer = switch.execute_api(command, args.unwrap_or_default()).await;
    answer.unwrap_or_else(|| format!("-ERR {command} Command not found!\n"))
}

fn joined(command: String, args: Option<String>) -> String {
    match args {
        Some(args) => format!("{command} {args}"),
        None => command,
    }
}

/// The first word and the rest, as the console reads a line.
fn split_line(line: &str) -> (String, Option<String>) {
    match line.trim().split_once(char::is_whitespace) {
        Some((command, args)) => (command.to_owned(), Some(args.trim_start().to_owned())),
        None => (line.trim().to_owned(), None),
    }
}

/// What a directory user may do; `None` when there is no such user, it has no `esl-password`, or that is another one.
fn permissions(switch: &Switch, user: &str, domain: &str, password: &str) -> Option<Permissions> {
    let config = switch.config();
    let user = config.directory().user(domain, user)?;
    let param = |name: &str| user.params.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let set = param("esl-password").filter(|set| !set.is_empty())?;
    let permissions = Permissions::of_params(
        param("esl-allowed-events"),
        param("esl-allowed-api"),
        param("esl-allowed-log").map(is_true),
    );
    (set == password).then_some(permissions)
}
