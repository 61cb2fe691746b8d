//! The server's side of one connection.

use std::time::{Duration, Instant};

use strowger_event::{Event, Format, Interest};

use crate::command::{Command, Filtering, log_level};
use crate::wants::Wants;
use crate::{Limits, Packet, Permissions, reply, sendevent};

/// What the shell has to do for a packet. Bytes are whole packets, to be written before anything else.
#[derive(Debug)]
pub enum Action {
    /// Write this.
    Reply(Vec<u8>),
    /// Write this, then the disconnect notice ([`reply::disconnect_notice`]), then close.
    Close(Vec<u8>),
    /// Check the password of `auth` and tell [`Listener::password_checked`].
    CheckPassword {
        /// As given.
        password: String,
    },
    /// Check the directory user's `esl-password` and tell [`Listener::user_checked`]. User and domain are not empty.
    CheckUser {
        /// The user's id.
        user: String,
        /// The domain.
        domain: String,
        /// As given.
        password: String,
    },
    /// Take [`Listener::interest`] over into the subscription, then write the reply.
    Subscribe {
        /// The reply.
        reply: Vec<u8>,
        /// Events that wait to be written are to be dropped (`noevents`).
        flush: bool,
    },
    /// Take [`Listener::log_level`] over, drop the log lines that wait when it is none, then write the reply.
    SetLog {
        /// The reply.
        reply: Vec<u8>,
    },
    /// Run an API command and answer with [`reply::api`].
    Api {
        /// The command; with `console` the whole line.
        command: String,
        /// Its arguments.
        args: Option<String>,
        /// Parse the line as the console does.
        console: bool,
    },
    /// Write [`reply::job`], then run the command and publish its `BACKGROUND_JOB`.
    BgApi {
        /// The command.
        command: String,
        /// Its arguments.
        args: Option<String>,
        /// The client's UUID of the job, or a new one.
        job_uuid: String,
    },
    /// Publish the event with its `Event-Name` and the other headers of the bus behind its own ("trailing"), then answer
    /// `+OK UUID`. With a `Unique-ID` header it belongs into that call's queue too.
    SendEvent {
        /// The event without the headers of the bus.
        event: Box<Event>,
        /// The text of the reply.
        uuid: String,
    },
    /// Hand the message to the call and answer `+OK`, `-ERR invalid session id [x]` or `-ERR memory error`.
    SendMsg {
        /// The call; none means the one this connection controls.
        uuid: Option<String>,
        /// The message: its headers and body.
        packet: Box<Packet>,
    },
    /// Find the call: `-ERR invalid uuid`, or take it over, tell [`Listener::control`] and [`Listener::my_events`].
    MyEvents {
        /// The call; none means the one this connection controls.
        uuid: Option<String>,
        /// The form of the events, if it is to change.
        format: Option<Format>,
    },
    /// Do this with the call the connection controls: connect, getvar, resume, divert_events, linger or nolinger.
    Session(Command),
}

/// What a connection has to say over a call.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// It controls no call.
    #[default]
    None,
    /// It controls one call and has all other commands too: an outbound socket with `full`, or an inbound one after
    /// `myevents`.
    Full,
    /// It controls one call and has only the commands about it: an outbound socket without `full`.
    SingleChannel,
}

/// One connection as the protocol sees it: who it is, what it wants to hear, in which form.
#[derive(Debug)]
pub struct Listener {
    /// When the password has to be there; none once it was.
    deadline: Option<Instant>,
    wrong_commands: u8,
    permissions: Permissions,
    control: Control,
    format: Format,
    wants: Wants,
    /// Whether `event` or `nixevent` was given, and no `noevents` since.
    listening: bool,
    my_events: bool,
    log: Option<u8>,
}

impl Listener {
    /// An inbound connection made at `now` (monotonic): it has to give a password, for which it has 25 s in all.
    #[must_use]
    pub fn inbound(now: Instant) -> Self {
        Self { deadline: Some(now + TIME_TO_AUTHENTICATE), ..Self::outbound(Control::None) }
    }

    /// A connection that `socket` made to an application: it is trusted from the start.
    #[must_use]
    pub fn outbound(control: Control) -> Self {
        Self {
            deadline: None,
            wrong_commands: 0,
            permissions: Permissions::all(),
            control,
            format: Format::Plain,
            wants: Wants::default(),
            listening: false,
            my_events: false,
            log: None,
        }
    }

    /// When the connection is to be closed unless it is authenticated by then.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the password was given.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.deadline.is_none()
    }

    /// How long its packets may be: little before the password. To be set on the [`crate::Framer`] after each packet of a
    /// stranger.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        if self.is_authenticated() { Limits::SERVER } else { Limits::STRANGER }
    }

    /// The form it wants its events in.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What it wants to hear.
    #[must_use]
    pub const fn interest(&self) -> &Interest {
        self.wants.interest()
    }

    /// The highest level of the log it wants, 0 (console) to 7 (debug).
    #[must_use]
    pub const fn log_level(&self) -> Option<u8> {
        self.log
    }

    /// What it may do.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// Whether it has only the commands about its call.
    #[must_use]
    pub const fn is_single_channel(&self) -> bool {
        matches!(self.control, Control::SingleChannel)
    }

    /// Says that it controls a call from now on, or no more.
    pub const fn control(&mut self, control: Control) {
        self.control = control;
    }

    /// What to do for `packet`; `new_uuid` makes the UUID of an event or a job.
    pub fn handle(&mut self, packet: Packet, new_uuid: impl FnOnce() -> String) -> Action {
        let command = Command::parse(&packet);
        if command == Command::Exit {
            return Action::Close(text("+OK bye"));
        }
        if !self.is_authenticated() {
            return self.handle_stranger(command);
        }
        if self.control == Control::SingleChannel && !is_about_the_call(&command) {
            return not_found();
        }
        if !self.permissions.allows_command(&command) {
            return answer(DENIED);
        }
        match command {
            Command::SendMsg { uuid } => Action::SendMsg { uuid, packet: Box::new(packet) },
            Command::SendEvent { name } => {
                let (event, uuid) = sendevent::event(name.as_deref(), packet, new_uuid);
                Action::SendEvent { event: Box::new(event), uuid }
            }
            Command::Api { command, args, console } => self.api(command, args, console),
            Command::BgApi { command, args, job_uuid } => self.bgapi(command, args, job_uuid.unwrap_or_else(new_uuid)),
            Command::Filter(filtering) => self.filter(&filtering),
            Command::Event { format, names } => self.event(format, &names),
            Command::NixEvent { names } => self.nix_event(&names),
            Command::NoEvents => self.no_events(),
            Command::Log { level } => self.log(&level),
            Command::NoLog => self.no_log(),
            Command::MyEvents { uuid, format } => self.find_my_events(uuid, format),
            about_the_call => self.session(about_the_call),
        }
    }

    /// The answer to `auth`, once its password was checked.
    pub fn password_checked(&mut self, is_right: bool) -> Action {
        if !is_right {
            return invalid();
        }
        self.deadline = None;
        answer("+OK accepted")
    }

    /// The answer to `userauth`, once the user was checked: what it may do, or none when user or password are wrong.
    pub fn user_checked(&mut self, permissions: Option<Permissions>) -> Action {
        let Some(permissions) = permissions else { return invalid() };
        self.deadline = None;
        self.permissions = permissions;
        self.wants.set_scope(self.permissions.channels());
        let mut out = Vec::new();
        reply::command("+OK accepted", &self.permissions.headers(), &mut out);
        Action::Reply(out)
    }

    /// The answer to `myevents`, once the call was found: the events of a call are wanted from now on, as far as the user
    /// may hear them.
    pub fn my_events(&mut self, format: Option<Format>) -> Action {
        self.my_events = true;
        self.listening = true;
        self.wants.add_call(&self.permissions);
        self.format = format.unwrap_or(self.format);
        subscribed("+OK Events Enabled")
    }

    fn handle_stranger(&mut self, command: Command) -> Action {
        match command {
            Command::Auth { password } => Action::CheckPassword { password },
            Command::UserAuth { user, domain, .. } if user.is_empty() || domain.is_empty() => invalid(),
            Command::UserAuth { user, domain, password } => Action::CheckUser { user, domain, password },
            _ if self.wrong_commands < MOST_WRONG_COMMANDS => {
                self.wrong_commands += 1;
                not_found()
            }
            _ => Action::Close(text(NOT_FOUND)),
        }
    }

    fn api(&self, command: String, args: Option<String>, console: bool) -> Action {
        if !self.permissions.limits_api() {
            return Action::Api { command, args, console };
        }
        let line = joined(command, args);
        if !self.permissions.allows_api(&line) {
            return answer(DENIED);
        }
        // The console knows aliases and several commands a line: not for a user who may only call some.
        let (command, args) = split(&line);
        Action::Api { command, args, console: false }
    }

    fn bgapi(&self, command: String, args: Option<String>, job_uuid: String) -> Action {
        let allowed =
            !self.permissions.limits_api() || self.permissions.allows_api(&joined(command.clone(), args.clone()));
        if allowed { Action::BgApi { command, args, job_uuid } } else { answer(DENIED) }
    }

    fn filter(&mut self, filtering: &Filtering) -> Action {
        let filters = self.wants.filters();
        match filtering {
            Filtering::Add { header, value } => match filters.add(header, value) {
                Ok(()) => subscribed(&format!("+OK filter added. [{header}]=[{value}]")),
                Err(error) => answer(&format!("-ERR {error}")),
            },
            Filtering::Delete { header, value } => {
                if header.eq_ignore_ascii_case("all") {
                    filters.clear();
                } else {
                    filters.delete(header, value.as_deref());
                }
                subscribed(&format!("+OK filter deleted. [{header}][{}]", value.as_deref().unwrap_or_default()))
            }
            Filtering::Invalid => answer("-ERR invalid syntax"),
        }
    }

    fn event(&mut self, format: Option<Format>, names: &[String]) -> Action {
        if let Err(error) = self.wants.add(names, &self.permissions) {
            return answer(&error.to_string());
        }
        self.listening = true;
        self.format = format.unwrap_or(self.format);
        subscribed(&format!("+OK event listener enabled {}", self.format.name()))
    }

    fn nix_event(&mut self, names: &[String]) -> Action {
        if let Err(error) = self.wants.nix(names) {
            return answer(&error.to_string());
        }
        self.listening = true;
        subscribed("+OK events nixed")
    }

    fn no_events(&mut self) -> Action {
        if !self.listening {
            return answer("-ERR not listening for events");
        }
        self.listening = false;
        self.wants.clear();
        Action::Subscribe { reply: text("+OK no longer listening for events"), flush: true }
    }

    fn log(&mut self, level: &str) -> Action {
        if !self.permissions.allows_log() {
            return answer(DENIED);
        }
        let Some(number) = log_level(level) else { return answer("-ERR invalid log level") };
        self.log = Some(number);
        Action::SetLog { reply: text(&format!("+OK log level {level} [{number}]")) }
    }

    fn no_log(&mut self) -> Action {
        if self.log.take().is_none() {
            // FreeSWITCH's spelling: clients match on it.
            return answer("-ERR not loging");
        }
        Action::SetLog { reply: text("+OK no longer logging") }
    }

    fn find_my_events(&self, uuid: Option<String>, format: Option<Format>) -> Action {
        if self.my_events {
            // FreeSWITCH's spelling: clients match on it.
            return answer("-ERR aready enabled.");
        }
        if self.control == Control::None && uuid.is_none() {
            return not_found();
        }
        if !Wants::may_add_call(&self.permissions) {
            return answer(DENIED);
        }
        Action::MyEvents { uuid, format }
    }

    fn session(&self, command: Command) -> Action {
        match command {
            Command::Auth { .. } | Command::UserAuth { .. } | Command::Unknown => not_found(),
            Command::DivertEvents { on: None } if self.control != Control::None => answer("-ERR missing value."),
            command if self.control != Control::None => Action::Session(command),
            Command::DivertEvents { .. } => answer("-ERR not controlling a session."),
            Command::Linger { .. } | Command::NoLinger => answer("-ERR not controlling a session"),
            _ => not_found(),
        }
    }
}

/// Whether an outbound socket without `full` has this command.
fn is_about_the_call(command: &Command) -> bool {
    matches!(
        command,
        Command::Filter(_)
            | Command::Resume
            | Command::Connect
            | Command::GetVar { .. }
            | Command::MyEvents { .. }
            | Command::DivertEvents { .. }
            | Command::SendMsg { .. }
    )
}

fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    reply::command(text, &[], &mut out);
    out
}

fn answer(reply: &str) -> Action {
    Action::Reply(text(reply))
}

fn subscribed(reply: &str) -> Action {
    Action::Subscribe { reply: text(reply), flush: false }
}

fn not_found() -> Action {
    answer(NOT_FOUND)
}

fn invalid() -> Action {
    Action::Close(text("-ERR invalid"))
}

fn joined(mut command: String, args: Option<String>) -> String {
    args.into_iter().for_each(|args| {
        command.push(' ');
        command.push_str(&args);
    });
    command
}

fn split(line: &str) -> (String, Option<String>) {
    let (command, args) = line.split_once(' ').map_or((line, None), |(command, args)| (command, Some(args)));
    (command.to_string(), args.map(str::to_string))
}

const NOT_FOUND: &str = "-ERR command not found";
const DENIED: &str = "-ERR permission denied";
const TIME_TO_AUTHENTICATE: Duration = Duration::from_secs(25);
const MOST_WRONG_COMMANDS: u8 = 3;

#[cfg(test)]
mod tests;
