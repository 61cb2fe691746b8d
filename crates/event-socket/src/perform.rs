//! What a connection's commands do.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::log::LogLevel;
use strowger_esl::{Action, Packet, reply};
use strowger_event::{Event, EventKind};

use crate::connection::Connection;
use crate::console_line;
use crate::farewell::Reason;

/// The reply to what a user may not do.
pub(crate) const DENIED: &str = "-ERR permission denied";

const SENDEVENT: Origin = Origin::new("mod_event_socket.c", "parse_command", 2323);
const BACKGROUND: Origin = Origin::new("mod_event_socket.c", "api_exec", 1573);

impl Connection {
    /// Does one command.
    pub(crate) fn perform(&mut self, packet: Packet) {
        self.entry.figures.commands.fetch_add(1, Ordering::Relaxed);
        self.silent_until = None;
        let switch = Arc::clone(&self.switch);
        let id = self.request_id(&packet);
        let action = self.listener.handle(packet, || switch.new_uuid());
        self.stamped(id, |connection| connection.act_on(action));
    }

    pub(crate) fn act_on(&mut self, action: Action) {
        match action {
            Action::Reply(reply) => self.write(&reply),
            Action::Close(reply) => {
                self.write(&reply);
                self.leave(Reason::Exit);
                self.say_goodbye();
            }
            Action::CheckPassword { password } => self.check_password(&password),
            Action::CheckUser { user, domain, password } => self.check_user(&user, &domain, &password),
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
            Action::SendEvent { event, uuid } => self.send_event(*event, uuid),
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

    /// Publishes a client's event. One that tells of a call is for who may drive that call.
    fn send_event(&mut self, event: Event, uuid: String) {
        let scope = self.scope();
        let call = if scope.is_everything() { None } else { event.get("Unique-ID") };
        let Some(call) = call else { return self.publish(event, &uuid) };
        let call = self.switch.sessions().get(call);
        let covered = async move {
            match call {
                Some(call) => scope.covers(&call).await,
                None => false,
            }
        };
        self.when(covered, move |connection, is_covered| {
            if is_covered { connection.publish(event, &uuid) } else { connection.command_reply(DENIED) }
        });
    }

    fn publish(&mut self, event: Event, uuid: &str) {
        self.switch.bus().publish_trailing(event, SENDEVENT);
        self.published = true;
        self.command_reply(&format!("+OK {uuid}"));
    }

    /// Runs an API command, or with `console` a line of them.
    fn api(&mut self, command: String, args: Option<String>, console: bool) {
        let (switch, scope) = (Arc::clone(&self.switch), self.scope());
        self.answer(async move {
            let mut reply = Vec::new();
            if !scope.is_everything() && !scope.covers_all_in(&switch, &joined(&command, args.as_deref())).await {
                reply::command(DENIED, &[], &mut reply);
                return reply;
            }
            let body = if console {
                execute_line(&switch, &joined(&command, args.as_deref()), scope.is_everything()).await
            } else {
                execute(&switch, &command, args.as_deref()).await
            };
            reply::api(if body.is_empty() { "-ERR no reply\n" } else { &body }, &mut reply);
            reply
        });
    }

    fn bgapi(&mut self, command: String, args: Option<String>, job_uuid: String) {
        let scope = self.scope();
        if scope.is_everything() {
            return self.start_job(command, args, job_uuid);
        }
        let (switch, line) = (Arc::clone(&self.switch), joined(&command, args.as_deref()));
        let covered = async move { scope.covers_all_in(&switch, &line).await };
        self.when(covered, |connection, is_covered| {
            if is_covered {
                connection.start_job(command, args, job_uuid);
            } else {
                connection.command_reply(DENIED);
            }
        });
    }

    /// Answers, and starts the job. With too many jobs waiting for their turn the commands behind this one wait as well.
    fn start_job(&mut self, command: String, args: Option<String>, job_uuid: String) {
        reply::job(&job_uuid, self.outbox.reply());
        let (switch, jobs) = (Arc::clone(&self.switch), self.subscriptions.jobs());
        self.answer(async move {
            let size = command.len() + args.as_ref().map_or(0, String::len) + job_uuid.len();
            let place = jobs.place(size).await;
            tokio::spawn(async move {
                let _turn = jobs.turn().await;
                run_job(&switch, &command, args.as_deref(), &job_uuid).await;
                drop(place);
            });
            // The reply is written already; only the room was waited for.
            Vec::new()
        });
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

/// Whoever may not do everything has no aliases: what they stand for was not looked at.
async fn execute_line(switch: &Arc<Switch>, line: &str, has_aliases: bool) -> String {
    let mut body = String::new();
    let expand = |part: &str| {
        let expanded = if has_aliases { switch.console().expand(part) } else { Some(part.to_owned()) };
        if expanded.is_none() {
            tracing::error!("{part}: aliases that stand for one another without an end");
        }
        expanded
    };
    for (command, args) in console_line::commands(line, expand) {
        body.push_str(&execute(switch, &command, args.as_deref()).await);
    }
    body
}

fn joined(command: &str, args: Option<&str>) -> String {
    args.map_or_else(|| command.to_owned(), |args| format!("{command} {args}"))
}
