//! What a call does when digits are typed that were bound to something (`bind_digit_action`; `digit_action_callback` in
//! mod_dptools.c).

use std::sync::Arc;
use std::time::Duration;

use strowger_event::EventKind;
use tokio::time::Instant;

use super::digit_machine::{BindError, DigitMachine, LONGEST_ACTION, Outcome};
use super::hooks::Hook;
use super::{Action, Execute, Session};
use crate::bus::Origin;
use crate::channel::leading_number;

/// How long a further digit may take (`bind_digit_digit_timeout`).
const DIGIT_TIMEOUT: Duration = Duration::from_millis(1500);

const DATA: Origin = Origin::new("switch_ivr.c", "switch_ivr_park", 1090);

/// Whose digits are looked at, or who acts on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitTarget {
    /// This leg.
    Own,
    /// The leg it is joined with.
    Peer,
    /// Both.
    Both,
}

impl DigitTarget {
    /// `peer` and `both`; everything else is `self`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("peer") {
            Self::Peer
        } else if text.eq_ignore_ascii_case("both") {
            Self::Both
        } else {
            Self::Own
        }
    }

    const fn sides(self) -> &'static [Side] {
        match self {
            Self::Own => &[Side::Heard],
            Self::Peer => &[Side::Sent],
            Self::Both => &[Side::Sent, Side::Heard],
        }
    }
}

/// Which way a digit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The far end typed it.
    Heard,
    /// It is sent to the far end: the leg that this one is joined with typed it.
    Sent,
}

/// Digits and what they are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigitBinding {
    /// The realm they are bound in.
    pub realm: String,
    /// A sequence, or a pattern behind `~` (`=` in front of either: the first that matches; `~pattern~~replacement`).
    pub digits: String,
    /// What is done.
    pub action: DigitAction,
    /// Whose digits are looked at.
    pub dtmf: DigitTarget,
}

/// What is done when they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigitAction {
    /// `exec:APPLICATION`, `exec[FLAGS]:APPLICATION` (`i`: before anything else; `H`: the other leg hears no music
    /// meanwhile; `P`: without waiting for more digits), `api:COMMAND`, or the name of a header.
    pub string: String,
    /// The application's or command's argument, or the header's value.
    pub value: String,
    /// Who does it.
    pub target: DigitTarget,
}

/// [`DigitAction::string`], read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act<'a> {
    Execute { application: &'a str, is_inline: bool, holds_partner: bool },
    Ask(&'a str),
    Tell(&'a str),
}

impl<'a> Act<'a> {
    fn of(string: &'a str) -> Self {
        let execute = |flags: &str, application| Self::Execute {
            application,
            is_inline: flags.contains('i'),
            holds_partner: !flags.contains('H'),
        };
        let behind = |prefix: &str| {
            let is_it = string.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
            string.get(prefix.len()..).filter(|_| is_it)
        };
        let rest = behind("exec").unwrap_or_default();
        if let Some(application) = rest.strip_prefix(':') {
            return execute("", application);
        }
        if let Some((flags, application)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            return execute(flags, application);
        }
        behind("api:").map_or(Self::Tell(string), Self::Ask)
    }
}

impl DigitAction {
    fn is_priority(&self) -> bool {
        let flags = self.string.split_once('[').and_then(|(_, rest)| rest.split_once("]:"));
        !matches!(Act::of(&self.string), Act::Tell(_)) && flags.is_some_and(|(flags, _)| flags.contains('P'))
    }
}

/// The machines of a session.
#[derive(Debug, Default)]
pub(crate) struct DigitActions {
    heard: Option<DigitMachine<DigitAction>>,
    sent: Option<DigitMachine<DigitAction>>,
}

impl DigitActions {
    const fn of(&mut self, side: Side) -> &mut Option<DigitMachine<DigitAction>> {
        match side {
            Side::Heard => &mut self.heard,
            Side::Sent => &mut self.sent,
        }
    }

    /// When the first time is up that one of them waits for.
    pub(super) fn due(&mut self) -> Option<Instant> {
        let mut machines = [&mut self.heard, &mut self.sent].into_iter().flatten().peekable();
        machines.peek()?;
        // Few calls have any, and all come by here whenever something is asked of them.
        let now = Instant::now();
        machines.filter_map(|machine| machine.due(now)).min()
    }
}

impl Session {
    /// Has digits do something from now on.
    ///
    /// # Errors
    /// [`BindError`].
    pub fn bind_digits(&mut self, binding: &DigitBinding) -> Result<(), BindError> {
        let bytes = [&binding.realm, &binding.action.string, &binding.action.value].map(String::len);
        if bytes.into_iter().sum::<usize>() > LONGEST_ACTION {
            return Err(BindError::ActionTooLong);
        }
        for side in binding.dtmf.sides() {
            let terminators = self.channel.variable("bda_terminators").map(str::to_owned);
            let [digit, input] = ["bind_digit_digit_timeout", "bind_digit_input_timeout"].map(|name| {
                let value = self.channel.variable(name)?;
                Some(Duration::from_millis(leading_number(value.trim_start()).into()))
            });
            let machine = self
                .digit_actions
                .of(*side)
                .get_or_insert_with(|| DigitMachine::new(digit.unwrap_or(DIGIT_TIMEOUT), input.unwrap_or_default()));
            let DigitBinding { realm, digits, action, .. } = binding;
            if let Err(error) = machine.bind(realm, digits, action.is_priority(), action.clone()) {
                // One that knows nothing would only swallow digits.
                self.digit_actions.of(*side).take_if(|machine| machine.is_empty());
                return Err(error);
            }
            if let Some(terminators) = terminators {
                machine.set_terminators(&terminators);
            }
        }
        Ok(())
    }

    /// Forgets what is bound in a realm, or with `None` in all of them.
    pub fn clear_digits(&mut self, realm: Option<&str>, target: DigitTarget) {
        for side in target.sides() {
            let machine = self.digit_actions.of(*side);
            match (machine.as_mut(), realm) {
                (Some(machine), Some(realm)) => machine.clear_realm(realm),
                (Some(_), None) => {
                    tracing::info!("Digit parser DPTOOLS: Clearing all realms");
                    *machine = None;
                }
                (None, _) => {}
            }
        }
    }

    /// Has the digits of that realm looked at; nothing when none are bound.
    pub fn set_digit_realm(&mut self, realm: &str, target: DigitTarget) {
        let side = if target == DigitTarget::Peer { Side::Sent } else { Side::Heard };
        if let Some(machine) = self.digit_actions.of(side) {
            machine.set_realm(realm);
        }
    }

    /// Whether a machine looks at the digit, and so takes it.
    pub(super) fn feed_digit(&mut self, side: Side, digit: char) -> bool {
        let Some(machine) = self.digit_actions.of(side) else { return false };
        let outcome = machine.feed(digit, Instant::now());
        self.act_on_digits(side, outcome);
        true
    }

    /// Does what is to be done when time is up.
    pub(super) fn expire_digits(&mut self) {
        for side in [Side::Heard, Side::Sent] {
            if let Some(machine) = self.digit_actions.of(side) {
                let outcome = machine.expire(Instant::now());
                self.act_on_digits(side, outcome);
            }
        }
    }

    fn act_on_digits(&mut self, side: Side, outcome: Outcome<DigitAction>) {
        match outcome {
            Outcome::Waits => {}
            Outcome::Matched(action, digits) => {
                let is_joined = self.partner().is_some();
                if is_joined && action.target != DigitTarget::Own {
                    let (action, digits) = (Arc::clone(&action), digits.clone());
                    self.tell_partner(move |other| other.do_digit_action(&action, &digits));
                }
                if !is_joined || action.target != DigitTarget::Peer {
                    self.do_digit_action(&action, &digits);
                }
            }
            Outcome::Unmatched(digits) if side == Side::Sent && self.partner().is_some() => {
                self.tell_partner(move |other| other.hand_back_digits(&digits));
            }
            Outcome::Unmatched(digits) => self.hand_back_digits(&digits),
        }
    }

    fn do_digit_action(&mut self, action: &DigitAction, digits: &str) {
        let DigitAction { string, value, target } = action;
        self.channel.variables.set("last_matching_digits", digits);
        tracing::debug!(uuid = %self.channel.uuid, "{} Digit match binding [{string}][{value}]", self.channel.name);
        match Act::of(string) {
            Act::Execute { application, is_inline: true, .. } => {
                self.fire_digits(&[(application, value), ("digits", digits), ("execute", "blocking")]);
                let (application, data) = (application.to_owned(), value.clone());
                self.hooks.push_back(Hook::Run(Action { application, data }));
            }
            Act::Execute { application, holds_partner, .. } => {
                self.fire_digits(&[(application, value), ("digits", digits), ("execute", "non-blocking")]);
                let holds_partner = holds_partner && *target != DigitTarget::Both;
                self.broadcast(Execute::of_path(&format!("{application}::{value}")), holds_partner);
            }
            Act::Ask(command) => {
                self.fire_digits(&[(command, value), ("digits", digits)]);
                let (command, arguments) = (command.to_owned(), value.clone());
                let answer = Some("bind_digit_action_api_result");
                self.hooks.push_back(Hook::Ask { command, arguments, answer });
            }
            Act::Tell(name) => self.fire_digits(&[(name, value), ("digits", digits)]),
        }
    }

    /// Digits that are bound to nothing are taken in once more, past what is bound.
    fn hand_back_digits(&mut self, digits: &str) {
        self.channel.variables.set("last_non_matching_digits", digits);
        tracing::debug!(uuid = %self.channel.uuid, "{} Digit NOT match binding [{digits}]", self.channel.name);
        self.fire_digits(&[("digits", digits)]);
        self.receive_digits(digits);
    }

    /// Tells of digits (CHANNEL_DATA); in a bridge FreeSWITCH tells nobody.
    fn fire_digits(&self, first: &[(&str, &str)]) {
        if self.bridged.is_none() {
            self.fire_private(EventKind::ChannelData, DATA, first, &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_read() {
        let execute = |application, is_inline, holds_partner| Act::Execute { application, is_inline, holds_partner };
        for (string, expected) in [
            ("exec:set", execute("set", false, true)),
            ("EXEC:set", execute("set", false, true)),
            ("exec[i]:set", execute("set", true, true)),
            ("exec[PH]:set", execute("set", false, false)),
            ("api:status", Act::Ask("status")),
            ("exec[i:set", Act::Tell("exec[i:set")),
            ("executive", Act::Tell("executive")),
            ("pressed", Act::Tell("pressed")),
            ("\u{e9}x", Act::Tell("\u{e9}x")),
        ] {
            assert_eq!(Act::of(string), expected, "{string}");
        }
    }

    #[test]
    fn targets_are_read() {
        assert_eq!(
            ["self", "PEER", "both", ""].map(DigitTarget::parse),
            [DigitTarget::Own, DigitTarget::Peer, DigitTarget::Both, DigitTarget::Own]
        );
    }
}
