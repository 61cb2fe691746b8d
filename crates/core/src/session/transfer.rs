use super::{Interrupted, Next, Session, SessionHandle, join};
use crate::channel::{CallerProfile, Direction, HangupCause, now_micros};
use crate::dialplan::inline_actions;
use crate::indication::Indication;

/// How often a call may be transferred before it counts as running in circles (`SWITCH_DEFAULT_MAX_FORWARDS`).
const MAX_FORWARDS: u32 = 70;

/// How many extensions may run within one another.
const MAX_NESTED_EXTENSIONS: u8 = 16;

impl Session {
    /// Sends the call to an extension: a new caller profile with that destination, then the dialplan again
    /// (`switch_ivr_session_transfer`). A call that was transferred too often ends with EXCHANGE_ROUTING_ERROR.
    pub fn transfer(&mut self, number: &str, dialplan: &str, context: &str) {
        let Some(profile) = self.channel.profile.as_ref().filter(|_| !self.channel.is_down()) else { return };
        let mut profile = profile.clone();
        let Some(left) = self.forwards_left() else {
            let because = self.because();
            tracing::error!(uuid = %self.channel.uuid, "Transferred too often, the last time to {number} {dialplan} {context}{because}");
            return self.hangup(HangupCause::ExchangeRoutingError);
        };
        // The inline dialplan takes the number for a list of applications; the number called stays what it was.
        let inline = dialplan.eq_ignore_ascii_case("inline");
        if !inline {
            profile.rdnis = std::mem::replace(&mut profile.destination_number, number.to_owned());
        }
        profile.dialplan = dialplan.to_owned();
        profile.context = context.to_owned();
        let how = format!("bl_xfer:{number}/{context}/{dialplan}");
        self.channel.variables.set("max_forwards", &left.to_string());
        self.set_transferred(profile, &how);
        // A leg that was dialled enters its first extension as the one who is called.
        if self.channel.hit_dialplan {
            self.channel.logical_direction = Direction::Inbound;
        }
        self.go(if inline { Next::Execute(inline_actions(number)) } else { Next::Route });
    }

    /// Gives the call the profile it goes on with, and notes when and how it came to it (`bl_xfer:…`, `uuid_br:…`).
    pub(super) fn set_transferred(&mut self, mut profile: CallerProfile, how: &str) {
        if std::mem::take(&mut self.reuses_profile) {
            return self.channel.change_profile(profile);
        }
        let seconds = now_micros() / 1_000_000;
        let source = format!("{seconds}:{}:{how}", self.switch.new_uuid());
        let variables = &mut self.channel.variables;
        variables.push("transfer_history", &source);
        variables.set("transfer_source", &source);
        profile.transfer_source = source;
        self.channel.set_profile(profile);
    }

    /// Has the next transfer change the caller profile the call has, instead of giving it a new one: nothing tells then
    /// where it was before (`CF_REUSE_CALLER_PROFILE`).
    pub fn reuse_profile(&mut self) {
        self.reuses_profile = true;
    }

    /// Notes who transferred the call and is to hear how it went ([`Session::acknowledge_transfer`]).
    pub fn confirm_transfer(&mut self, transferor: SessionHandle) {
        self.channel.variables.set("blind_transfer_uuid", transferor.uuid());
        self.transferor = Some(transferor);
    }

    /// Tells who transferred the call how it went, once; whether somebody waited for that. After a failure both talk
    /// again, unless the call is over (`switch_ivr_blind_transfer_ack`).
    pub fn acknowledge_transfer(&mut self, is_done: bool) -> bool {
        let Some(transferor) = self.transferor.take() else { return false };
        let comes_back = (!is_done && !self.channel.is_down()).then(|| self.handle.clone());
        tokio::spawn(async move {
            // Who is gone is told nothing.
            let told = transferor.post(move |session| {
                session.indicate(&Indication::Transferred(is_done));
            });
            if told.await.is_ok()
                && let Some(own) = comes_back
                && join(&own, &transferor).await.is_err()
            {
                own.hangup(HangupCause::NormalTemporaryFailure);
            }
        });
        true
    }

    /// Runs what another extension has, and comes back (`execute_extension`). The call's parties stay as they are.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere meanwhile.
    pub async fn execute_extension(&mut self, number: &str, dialplan: &str, context: &str) -> Result<(), Interrupted> {
        if self.nested_extensions >= MAX_NESTED_EXTENSIONS {
            let because = self.because();
            tracing::error!(uuid = %self.channel.uuid, "execute_extension {number}: {MAX_NESTED_EXTENSIONS} run within one another already{because}");
            return Ok(());
        }
        self.nested_extensions += 1;
        let outcome = self.run_extension(number, dialplan, context).await;
        self.nested_extensions -= 1;
        outcome
    }

    async fn run_extension(&mut self, number: &str, dialplan: &str, context: &str) -> Result<(), Interrupted> {
        // Boxed: an extension may execute another one.
        if dialplan.eq_ignore_ascii_case("inline") {
            for action in inline_actions(number) {
                Box::pin(self.execute(&action)).await?;
                self.check()?;
            }
            return self.check();
        }
        let caller = self.standing.clone();
        match self.hunt_for(Some((number, context))).await {
            Some(actions) => Box::pin(self.run_planned(actions)).await?,
            None => {
                let because = self.because();
                tracing::warn!(uuid = %self.channel.uuid, "No extension {number} in context {context}{because}");
            }
        }
        self.standing = caller;
        self.check()
    }

    /// How many more transfers there may be after this one; `None` when this is one too many.
    fn forwards_left(&self) -> Option<u32> {
        match self.channel.variables.get("max_forwards").and_then(|left| left.parse::<u32>().ok()) {
            None => Some(MAX_FORWARDS),
            Some(left) => left.checked_sub(1).filter(|left| *left > 0),
        }
    }
}
