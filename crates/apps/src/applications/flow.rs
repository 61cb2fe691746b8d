//! What holds a call up, lets it go on or ends it.

use std::future::pending;

use async_trait::async_trait;
use strowger_core::channel::{Answer, HangupCause};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::{first_word, words};

/// `break`.
pub(super) struct Break;

#[async_trait]
impl Application for Break {
    fn about(&self) -> About {
        about(
            "break",
            "",
            "Has what runs on the call stop, such as a playback that it is queued beside; with an argument other than `all` what is queued is forgotten as well.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        // All but "all" (sic).
        session.interrupt(!data.is_empty() && !data.eq_ignore_ascii_case("all"));
        Ok(())
    }
}

/// `wait_for_answer`.
pub(super) struct WaitForAnswer;

#[async_trait]
impl Application for WaitForAnswer {
    fn about(&self) -> About {
        about("wait_for_answer", "", "Waits until the call is answered.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        tracing::debug!(uuid = %session.channel.uuid, "Waiting for answer");
        let answered = |session: &mut Session| session.channel.answer == Answer::Answered;
        session.attend_until(pending::<()>(), answered).await.map(|_| ())
    }
}

/// `check_acl`.
pub(super) struct CheckAcl;

#[async_trait]
impl Application for CheckAcl {
    fn about(&self) -> About {
        about(
            "check_acl",
            "<ip> <acl | cidr> [<hangup_cause>]",
            "Ends the call unless an access list, or a network, lets the address pass; CALL_REJECTED unless a cause is given.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let [ip, list, rest @ ..] = words(data).as_slice()
            && !ip.parse().is_ok_and(|ip| session.switch().config().acl.check(list, ip) == Some(true))
        {
            let named = rest.first().map(|cause| HangupCause::parse(cause).unwrap_or(HangupCause::NormalClearing));
            tracing::debug!(uuid = %session.channel.uuid, "Call failed acl check for ip {ip} on list {list}");
            session.hangup(named.unwrap_or(HangupCause::CallRejected));
        }
        session.check()
    }
}

/// `transfer_vars`.
pub(super) struct TransferVars;

#[async_trait]
impl Application for TransferVars {
    fn about(&self) -> About {
        about(
            "transfer_vars",
            "<~variable_prefix|variable>",
            "Sets a variable of the call on the leg it is bridged with; with `~` all whose names begin so.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (name, _) = first_word(data);
        if name.is_empty() {
            return Ok(());
        }
        if session.partner().is_none() {
            // FreeSWITCH says this of a call without a partner.
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        }
        let copied = copied(session, name);
        session.tell_partner(move |other| {
            for (name, value) in &copied {
                other.channel.variables.set(name, value);
            }
        });
        Ok(())
    }
}

fn copied(session: &Session, name: &str) -> Vec<(String, String)> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    match name.strip_prefix('~') {
        Some(prefix) => {
            let begins = |name: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
            session.channel.variables.iter().filter(|(name, _)| begins(name)).map(owned).collect()
        }
        None => session.channel.variable(name).map(|value| owned((name, value))).into_iter().collect(),
    }
}
