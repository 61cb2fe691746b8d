//! What a user of the directory may do.

use std::collections::HashSet;

use strowger_event::{EventKind, FilterSet, KindSet};

use crate::command::Command;
use crate::scopes::{ChannelScope, CommandScope};

/// What a listener may subscribe to, call and drive: everything, or what a directory user's `esl-allowed-*` params say.
#[derive(Clone, Debug)]
pub struct Permissions {
    events: Option<Events>,
    api: Option<Api>,
    log: bool,
    commands: Option<CommandScope>,
    channels: Option<ChannelScope>,
}

#[derive(Clone, Debug)]
struct Events {
    text: String,
    kinds: KindSet,
    subclasses: HashSet<String>,
}

#[derive(Clone, Debug)]
struct Api {
    text: String,
    /// In lower case: commands match in any.
    commands: HashSet<String>,
}

impl Permissions {
    /// Everything is allowed.
    #[must_use]
    pub const fn all() -> Self {
        Self { events: None, api: None, log: true, commands: None, channels: None }
    }

    /// From a user's params: `esl-allowed-events` and `esl-allowed-api` (separated by commas or spaces) and
    /// `esl-allowed-log`; what is not set is allowed.
    #[must_use]
    pub fn of_params(events: Option<&str>, api: Option<&str>, log: Option<bool>) -> Self {
        Self { events: events.map(Events::parse), api: api.map(Api::parse), log: log.unwrap_or(true), ..Self::all() }
    }

    /// With the further limits of Strowger's own: `esl-allowed-commands`, the event socket's commands (separated by commas
    /// or spaces), and `esl-allowed-channels`, a comma-separated list of `Header=value` with the values of `filter`, one of
    /// which a call must match. A list of channels that cannot be read lets no call pass.
    #[must_use]
    pub fn limited_to(self, commands: Option<&str>, channels: Option<&str>) -> Self {
        Self { commands: commands.map(CommandScope::parse), channels: channels.map(ChannelScope::parse), ..self }
    }

    /// The headers that tell a user of these permissions: FreeSWITCH's three, and those of Strowger's own that are set.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, &str)> {
        let mut headers = vec![
            ("Allowed-Events", self.events.as_ref().map_or("all", |events| &events.text)),
            ("Allowed-API", self.api.as_ref().map_or("all", |api| &api.text)),
            ("Allowed-LOG", if self.log { "true" } else { "false" }),
        ];
        headers.extend(self.commands.iter().map(|commands| ("Allowed-Commands", &*commands.text)));
        headers.extend(self.channels.iter().map(|channels| ("Allowed-Channels", &*channels.text)));
        headers
    }

    /// Whether this command may be given. `exit`, `noevents`, `nixevent` and `nolog` always may.
    #[must_use]
    pub fn allows_command(&self, command: &Command) -> bool {
        self.commands.as_ref().is_none_or(|commands| commands.allows(command))
    }

    /// What the headers of a call must match for the user to see and drive it; none for any call.
    #[must_use]
    pub fn channels(&self) -> Option<&FilterSet> {
        self.channels.as_ref().map(|channels| &channels.filters)
    }

    /// Whether `esl-allowed-channels` is set and cannot be read.
    #[must_use]
    pub fn is_channel_list_broken(&self) -> bool {
        self.channels.as_ref().is_some_and(|channels| channels.is_broken)
    }

    /// Whether events of this kind may be subscribed to.
    #[must_use]
    pub fn allows_kind(&self, kind: EventKind) -> bool {
        self.events.as_ref().is_none_or(|e| e.kinds.contains(kind) || e.kinds.contains(EventKind::All))
    }

    /// Whether events of this subclass may be subscribed to.
    #[must_use]
    pub fn allows_subclass(&self, subclass: &str) -> bool {
        self.subclasses().is_none_or(|allowed| allowed.contains(subclass))
    }

    /// The subclasses that may be subscribed to; `None` for all, also ones born later.
    #[must_use]
    pub fn subclasses(&self) -> Option<&HashSet<String>> {
        let events = self.events.as_ref()?;
        // ALL without a word on CUSTOM covers every subclass.
        (!events.kinds.contains(EventKind::All) || !events.subclasses.is_empty()).then_some(&events.subclasses)
    }

    /// Whether the log may be listened to.
    #[must_use]
    pub const fn allows_log(&self) -> bool {
        self.log
    }

    /// Whether only some API commands are allowed.
    #[must_use]
    pub const fn limits_api(&self) -> bool {
        self.api.is_some()
    }

    /// Whether `line` (a command and its arguments) may be called. A command that calls another one (`bgapi`, `sched_api`,
    /// `eval`, `expand`, `xml_wrap`, `json`) needs both allowed; with `esl-allowed-channels` it may not expand variables, which could
    /// put a call's id together.
    #[must_use]
    pub fn allows_api(&self, line: &str) -> bool {
        self.api.as_ref().is_none_or(|api| api.allows(line, self.channels.is_some()))
    }
}

impl Events {
    fn parse(text: &str) -> Self {
        let (mut kinds, mut subclasses) = (KindSet::new(), HashSet::new());
        for word in words(text) {
            if kinds.contains(EventKind::Custom) {
                subclasses.insert(word.to_string());
            } else if let Some(kind) = EventKind::parse(word) {
                kinds.insert(kind);
            }
        }
        Self { text: text.to_string(), kinds, subclasses }
    }
}

impl Api {
    fn parse(text: &str) -> Self {
        Self { text: text.to_string(), commands: words(text).map(str::to_ascii_lowercase).collect() }
    }

    fn allows(&self, line: &str, limited_to_channels: bool) -> bool {
        let mut rest = line.trim_start();
        loop {
            let (command, args) = split_word(rest);
            let command = command.to_ascii_lowercase();
            if !self.commands.contains(&command) {
                return false;
            }
            rest = match command.as_str() {
                "bgapi" | "xml_wrap" => args,
                "eval" | "expand" if calls_in_braces(args) => return false,
                "eval" | "expand" if limited_to_channels && args.contains("${") => return false,
                "eval" | "expand" => args,
                // What is escaped could be anything; `fsapi` calls any command.
                "json" => return !args.contains('\\') && !args.contains("fsapi"),
                "sched_api" => match scheduled(args) {
                    Some(command) => command,
                    None => return false,
                },
                _ => return true,
            };
            if rest.is_empty() {
                return true;
            }
        }
    }
}

/// The command of `TIME GROUP COMMAND`; `None` when the first two could be read as other words than these: quoted, say.
fn scheduled(args: &str) -> Option<&str> {
    let (time, rest) = split_word(args);
    let (group, command) = split_word(rest);
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\'' | b'"' | b'\\');
    (time.bytes().all(plain) && group.bytes().all(plain)).then_some(command)
}

/// Whether an expansion in `text` could be more than a variable's: `${api args}` and `${api(args)}` call commands.
fn calls_in_braces(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    // A brace that does not close before the next opens one has another expansion in it.
    text.split("${").skip(1).any(|behind| !behind.split_once('}').is_some_and(|(name, _)| name.bytes().all(plain)))
}

fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_params_everything_is_allowed() {
        for free in [Permissions::all(), Permissions::of_params(None, None, None)] {
            assert_eq!(free.headers().iter().map(|(_, value)| *value).collect::<Vec<_>>(), ["all", "all", "true"]);
            assert!(free.allows_kind(EventKind::All) && free.allows_subclass("a::b") && free.allows_log());
            assert!(free.allows_api("eval ${reloadxml()}") && !free.limits_api());
        }
    }

    #[test]
    fn events_are_allowed_by_name_and_subclass() {
        let some = Permissions::of_params(Some("CHANNEL_CREATE,dtmf,CUSTOM,a::b"), None, Some(false));
        assert!(some.allows_kind(EventKind::Dtmf) && some.allows_kind(EventKind::Custom));
        assert!(!some.allows_kind(EventKind::Api) && !some.allows_kind(EventKind::All) && !some.allows_log());
        assert!(some.allows_subclass("a::b") && !some.allows_subclass("A::b"));
        let all = Permissions::of_params(Some("ALL"), None, None);
        assert!(all.allows_kind(EventKind::Api) && all.allows_subclass("a::b"));
    }

    #[test]
    fn commands_within_commands_are_looked_at() {
        let some = Permissions::of_params(None, Some("status echo bgapi sched_api expand xml_wrap json"), None);
        let check = |line: &str, allowed| assert_eq!(some.allows_api(line), allowed, "{line}");
        check("status", true);
        check("STATUS brief", true);
        check("reloadxml", false);
        check("echo ${reloadxml()}", true);
        check("bgapi", true);
        check("bgapi status", true);
        check("bgapi  reloadxml", false);
        check("bgapi xml_wrap bgapi reloadxml", false);
        check("sched_api +5 none status", true);
        check("sched_api +5 none reloadxml", false);
        check("sched_api '+5 x' status reloadxml", false);
        check("sched_api +5\tnone reloadxml status", false);
        check("json {\"command\":\"status\"}", true);
        check("json {\"command\":\"fsapi\",\"data\":{\"cmd\":\"reloadxml\"}}", false);
        check("json {\"command\":\"\\u0066sapi\",\"data\":{\"cmd\":\"reloadxml\"}}", false);
        check("expand xml_wrap sched_api +5 none bgapi status", true);
        check("expand xml_wrap sched_api +5 none bgapi reloadxml", false);
        check("expand echo ${name}", true);
        check("expand echo ${reloadxml()}", false);
        check("expand echo ${reloadxml }", false);
        check("expand echo ${a${b}}", false);
        check("eval x", false);
        check("", false);
        let limited = some.limited_to(None, Some("a=b"));
        assert!(limited.allows_api("expand echo x") && !limited.allows_api("bgapi expand echo ${name}"));
    }

    #[test]
    fn further_limits_are_told_where_they_are_set() {
        let limited = Permissions::all().limited_to(Some("api event"), Some("a=b"));
        let headers = limited.headers();
        assert_eq!(headers.get(3..), Some(&[("Allowed-Commands", "api event"), ("Allowed-Channels", "a=b")][..]));
        assert!(limited.channels().is_some() && !limited.is_channel_list_broken());
        assert!(!limited.allows_command(&Command::Resume) && Permissions::all().allows_command(&Command::Resume));
        assert!(Permissions::all().limited_to(None, Some("acme")).is_channel_list_broken());
    }
}
