use super::{Next, Session};
use crate::channel::{HangupCause, now_micros};
use crate::dialplan::inline_actions;

/// How often a call may be transferred before it counts as running in circles (`SWITCH_DEFAULT_MAX_FORWARDS`).
const MAX_FORWARDS: u32 = 70;

impl Session {
    /// Sends the call to an extension: a new caller profile with that destination, then the dialplan again
    /// (`switch_ivr_session_transfer`). A call that was transferred too often ends with EXCHANGE_ROUTING_ERROR.
    pub fn transfer(&mut self, number: &str, dialplan: &str, context: &str) {
        let Some(profile) = self.channel.profile.as_ref().filter(|_| !self.channel.is_down()) else { return };
        let mut profile = profile.clone();
        let Some(left) = self.forwards_left() else { return self.hangup(HangupCause::ExchangeRoutingError) };
        let seconds = now_micros() / 1_000_000;
        let source = format!("{seconds}:{}:bl_xfer:{number}/{context}/{dialplan}", self.switch.new_uuid());
        // The inline dialplan takes the number for a list of applications; the number called stays what it was.
        let inline = dialplan.eq_ignore_ascii_case("inline");
        if !inline {
            profile.rdnis = std::mem::replace(&mut profile.destination_number, number.to_owned());
        }
        profile.dialplan = dialplan.to_owned();
        profile.context = context.to_owned();
        profile.transfer_source.clone_from(&source);
        self.channel.set_profile(profile);
        let variables = &mut self.channel.variables;
        variables.set("max_forwards", &left.to_string());
        variables.push("transfer_history", &source);
        variables.set("transfer_source", &source);
        self.go(if inline { Next::Execute(inline_actions(number)) } else { Next::Route });
    }

    /// How many more transfers there may be after this one; `None` when this is one too many.
    fn forwards_left(&self) -> Option<u32> {
        match self.channel.variables.get("max_forwards").and_then(|left| left.parse::<u32>().ok()) {
            None => Some(MAX_FORWARDS),
            Some(left) => left.checked_sub(1).filter(|left| *left > 0),
        }
    }
}
