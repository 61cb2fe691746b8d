//! The commands of the event socket.

use strowger_event::Format;

use crate::Packet;

/// A command as a client gave it. Names match without regard to case and by prefix, as FreeSWITCH's do: `exitfoo` is
/// `exit`, `events` is `event`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `auth PASSWORD`
    Auth {
        /// As given, spaces and all.
        password: String,
    },
    /// `userauth user@domain:password` or `userauth user:password@domain`; what is missing is empty.
    UserAuth {
        /// The user's id in the directory.
        user: String,
        /// The directory's domain.
        domain: String,
        /// As given.
        password: String,
    },
    /// `exit` or `...`
    Exit,
    /// `filter …`
    Filter(Filtering),
    /// `resume`
    Resume,
    /// `connect`
    Connect,
    /// `getvar NAME`
    GetVar {
        /// The variable's name.
        name: Option<String>,
    },
    /// `myevents [uuid] [plain|xml|json]`
    MyEvents {
        /// The call; none means the one the socket controls.
        uuid: Option<String>,
        /// The form of the events, if it is to change.
        format: Option<Format>,
    },
    /// `divert_events on|off`; anything but `on` is off.
    DivertEvents {
        /// None when the value is missing.
        on: Option<bool>,
    },
    /// `sendmsg [uuid]`
    SendMsg {
        /// The call, from the command or the header `session-id`.
        uuid: Option<String>,
    },
    /// `sendevent [NAME]`
    SendEvent {
        /// The event's name, which may be none that exists.
        name: Option<String>,
    },
    /// `api COMMAND [ARGS]`
    Api {
        /// The first word; with `console` the whole line.
        command: String,
        /// All behind the first space.
        args: Option<String>,
        /// The header `console_execute` is true: the line is to be parsed as the console does.
        console: bool,
    },
    /// `bgapi COMMAND [ARGS]`
    BgApi {
        /// The first word.
        command: String,
        /// All behind the first space.
        args: Option<String>,
        /// The client's own `Job-UUID`.
        job_uuid: Option<String>,
    },
    /// `log [level]`
    Log {
        /// As given: a number or a name, perhaps empty.
        level: String,
    },
    /// `nolog`
    NoLog,
    /// `linger [seconds]`
    Linger {
        /// How long; none means until the client goes.
        seconds: Option<u32>,
    },
    /// `nolinger`
    NoLinger,
    /// `event [plain|xml|json] NAME… [CUSTOM subclass…]`
    Event {
        /// The form, if it was given.
        format: Option<Format>,
        /// The names and subclasses.
        names: Vec<String>,
    },
    /// `nixevent NAME… [CUSTOM subclass…]`
    NixEvent {
        /// The names and subclasses.
        names: Vec<String>,
    },
    /// `noevents`
    NoEvents,
    /// Anything else.
    Unknown,
}

/// What `filter` is to do. The wire echoes header and value as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filtering {
    /// `filter [add] HEADER VALUE`
    Add {
        /// The header's name.
        header: String,
        /// All behind it.
        value: String,
    },
    /// `filter delete HEADER [VALUE]`; the header `all` stands for every filter.
    Delete {
        /// The header's name.
        header: String,
        /// Only filters with this value.
        value: Option<String>,
    },
    /// A header without a value.
    Invalid,
}

impl Command {
    /// The command of `packet`.
    #[must_use]
    pub fn parse(packet: &Packet) -> Self {
        // A bare CR ends the line too, as for FreeSWITCH: nothing behind it may reach a reply.
        let line = packet.command.split('\r').next().unwrap_or_default();
        FORMS.iter().find_map(|(name, read)| Some(read(strip_name(line, name)?, packet))).unwrap_or(Self::Unknown)
    }

    /// Its name; empty for [`Command::Unknown`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Auth { .. } => "auth",
            Self::UserAuth { .. } => "userauth",
            Self::Exit => "exit",
            Self::Filter(_) => "filter",
            Self::Resume => "resume",
            Self::Connect => "connect",
            Self::GetVar { .. } => "getvar",
            Self::MyEvents { .. } => "myevents",
            Self::DivertEvents { .. } => "divert_events",
            Self::SendMsg { .. } => "sendmsg",
            Self::SendEvent { .. } => "sendevent",
            Self::Api { .. } => "api",
            Self::BgApi { .. } => "bgapi",
            Self::Log { .. } => "log",
            Self::NoLog => "nolog",
            Self::Linger { .. } => "linger",
            Self::NoLinger => "nolinger",
            Self::Event { .. } => "event",
            Self::NixEvent { .. } => "nixevent",
            Self::NoEvents => "noevents",
            Self::Unknown => "",
        }
    }

    fn user_auth(rest: &str) -> Self {
        let (user, behind) = rest.split_once('@').unwrap_or((rest, ""));
        let (domain, late) = behind.split_once(':').unwrap_or((behind, ""));
        let (user, password) = user.split_once(':').unwrap_or((user, late));
        Self::UserAuth { user: user.to_string(), domain: domain.to_string(), password: password.to_string() }
    }

    fn api(rest: &str, packet: &Packet) -> Self {
        let rest = rest.trim_start_matches(' ');
        if packet.headers.get("console_execute").is_some_and(is_true) {
            return Self::Api { command: rest.to_string(), args: None, console: true };
        }
        let (command, args) = first_word(rest);
        Self::Api { command: command.to_string(), args: args.map(str::to_string), console: false }
    }

    fn bgapi(rest: &str, packet: &Packet) -> Self {
        let (command, args) = first_word(rest.trim_start_matches(' '));
        let job_uuid = packet.headers.get("Job-UUID").map(str::to_string);
        Self::BgApi { command: command.to_string(), args: args.map(str::to_string), job_uuid }
    }

    fn my_events(rest: &str) -> Self {
        let (mut uuid, mut format) = (None, None);
        for word in arguments(rest).split_ascii_whitespace() {
            match Format::parse(word) {
                Some(known) => format = Some(known),
                None if uuid.is_none() => uuid = Some(word.to_string()),
                None => {}
            }
        }
        Self::MyEvents { uuid, format }
    }

    fn send_msg(rest: &str, packet: &Packet) -> Self {
        let uuid = given(rest).or_else(|| packet.headers.get("session-id").map(str::to_string));
        Self::SendMsg { uuid }
    }

    fn event(rest: &str) -> Self {
        let mut names = words(rest);
        let format = names.first().and_then(|first| Format::parse(first));
        if format.is_some() {
            names.remove(0);
        }
        Self::Event { format, names }
    }

    /// Whatever stands behind the name is taken for the space (`logs` is `log`).
    fn log(rest: &str) -> Self {
        let mut rest = rest.chars();
        rest.next();
        Self::Log { level: first_word(rest.as_str().trim_start_matches(' ')).0.to_string() }
    }

    fn linger(rest: &str) -> Self {
        let digits = rest.strip_prefix(' ').map(|text| text.split(|c: char| !c.is_ascii_digit()).next());
        Self::Linger { seconds: digits.flatten().and_then(|digits| digits.parse().ok()) }
    }
}

impl Filtering {
    fn parse(rest: &str) -> Self {
        let (first, behind) = first_word(rest.trim_start_matches(' '));
        let Some(behind) = behind else { return Self::Invalid };
        if first.eq_ignore_ascii_case("delete") {
            let (header, value) = first_word(behind);
            return Self::Delete { header: header.to_string(), value: value.map(str::to_string) };
        }
        let (header, value) =
            if first.eq_ignore_ascii_case("add") { first_word(behind) } else { (first, Some(behind)) };
        value.map_or(Self::Invalid, |value| Self::Add { header: header.to_string(), value: value.to_string() })
    }
}

/// The number of a log level given by number or name (`console` 0 … `debug` 7; numbers above are 7); an empty one is 7.
#[must_use]
pub fn log_level(text: &str) -> Option<u8> {
    if text.is_empty() {
        return Some(7);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse::<u8>().unwrap_or(7).min(7));
    }
    LEVELS.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|level| level as u8)
}

/// The name of the command that `word` calls, by prefix as in [`Command::parse`].
pub(crate) fn known_name(word: &str) -> Option<&'static str> {
    let mut names = FORMS.iter().map(|(name, _)| name.trim_end());
    names.find(|name| strip_name(word, name).is_some())
}

fn strip_name<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (start, rest) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(rest)
}

fn first_word(text: &str) -> (&str, Option<&str>) {
    text.split_once(' ').map_or((text, None), |(word, rest)| (word, Some(rest)))
}

/// What stands behind the first space of what follows a command's name (`s plain ALL` of `events plain ALL`).
fn arguments(rest: &str) -> &str {
    first_word(rest).1.unwrap_or_default()
}

fn words(rest: &str) -> Vec<String> {
    arguments(rest).split_ascii_whitespace().map(str::to_string).collect()
}

fn given(rest: &str) -> Option<String> {
    let text = rest.trim_matches([' ', '\t']);
    (!text.is_empty()).then(|| text.to_string())
}

/// FreeSWITCH's idea of truth (`switch_true`).
fn is_true(value: &str) -> bool {
    ["yes", "on", "true", "t", "enabled", "active", "allow"].iter().any(|word| word.eq_ignore_ascii_case(value))
        || value.parse::<i64>().is_ok_and(|number| number != 0)
}

const LEVELS: [&str; 8] = ["console", "alert", "crit", "err", "warning", "notice", "info", "debug"];

type Read = fn(&str, &Packet) -> Command;

/// The names in the order they are tried, and how the rest of the line is read.
const FORMS: [(&str, Read); 21] = [
    ("exit", |_, _| Command::Exit),
    ("...", |_, _| Command::Exit),
    ("auth ", |rest, _| Command::Auth { password: rest.to_string() }),
    ("userauth ", |rest, _| Command::user_auth(rest)),
    ("filter ", |rest, _| Command::Filter(Filtering::parse(rest))),
    ("resume", |_, _| Command::Resume),
    ("connect", |_, _| Command::Connect),
    ("getvar", |rest, _| Command::GetVar { name: given(arguments(rest)) }),
    ("myevents", |rest, _| Command::my_events(rest)),
    ("divert_events", |rest, _| Command::DivertEvents { on: given(rest).map(|word| word.eq_ignore_ascii_case("on")) }),
    ("sendmsg", Command::send_msg),
    ("sendevent", |rest, _| Command::SendEvent { name: given(rest) }),
    ("api ", Command::api),
    ("bgapi ", Command::bgapi),
    ("log", |rest, _| Command::log(rest)),
    ("linger", |rest, _| Command::linger(rest)),
    ("nolinger", |_, _| Command::NoLinger),
    ("nolog", |_, _| Command::NoLog),
    ("event", |rest, _| Command::event(rest)),
    ("nixevent", |rest, _| Command::NixEvent { names: words(rest) }),
    ("noevents", |_, _| Command::NoEvents),
];

#[cfg(test)]
mod tests;
