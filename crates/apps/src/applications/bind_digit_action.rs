use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{DigitAction, DigitBinding, DigitTarget, Interrupted, Session};

use super::about;
use crate::words::fields;

/// `bind_digit_action`.
pub(super) struct BindDigitAction;

#[async_trait]
impl Application for BindDigitAction {
    fn about(&self) -> About {
        about(
            "bind_digit_action",
            "<realm>,<digits|~regex>,<string>[,<value>][,<dtmf target leg>][,<event target leg>]",
            "Has digits do something from now on, whatever the call does: `exec:APPLICATION` runs it with the value (`exec[i]:` before anything else), `api:COMMAND` runs that, another string is the name of a header of CHANNEL_DATA. Whose digits they are, and who acts, is `self`, `peer` or `both`. The realm is the one looked at from now on.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let fields = fields(data, ',', 6);
        let field = |place: usize| fields.get(place).map(String::as_str).unwrap_or_default();
        let [realm, digits, string] = [0, 1, 2].map(|place| field(place).to_owned());
        if realm.is_empty() || digits.is_empty() || string.is_empty() {
            tracing::warn!(uuid = %session.channel.uuid, "Syntax Error, USAGE {}", self.about().syntax);
            return Ok(());
        }
        let action = DigitAction { string, value: field(3).to_owned(), target: DigitTarget::parse(field(5)) };
        let binding = DigitBinding { realm, digits, action, dtmf: DigitTarget::parse(field(4)) };
        if let Err(error) = session.bind_digits(&binding) {
            tracing::error!(uuid = %session.channel.uuid, "bind_digit_action: {error}");
        }
        Ok(())
    }
}

/// `clear_digit_action`.
pub(super) struct ClearDigitAction;

#[async_trait]
impl Application for ClearDigitAction {
    fn about(&self) -> About {
        about("clear_digit_action", "<realm>|all[,target]", "Forgets what digits do in a realm, or in all.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::warn!(uuid = %session.channel.uuid, "clear_digit_action called with no args");
            return Ok(());
        }
        let (realm, target) = realm_and_target(data);
        let is_all = realm.is_empty() || realm.eq_ignore_ascii_case("all");
        session.clear_digits((!is_all).then_some(realm), target);
        Ok(())
    }
}

/// `digit_action_set_realm`.
pub(super) struct DigitActionSetRealm;

#[async_trait]
impl Application for DigitActionSetRealm {
    fn about(&self) -> About {
        about("digit_action_set_realm", "<realm>[,<target>]", "Has the digits of that realm looked at, and no others.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::warn!(uuid = %session.channel.uuid, "Syntax Error, USAGE {}", self.about().syntax);
            return Ok(());
        }
        let (realm, target) = realm_and_target(data);
        session.set_digit_realm(realm, target);
        Ok(())
    }
}

fn realm_and_target(data: &str) -> (&str, DigitTarget) {
    let (realm, target) = data.split_once(',').unwrap_or((data, ""));
    (realm, DigitTarget::parse(target))
}
