//! Placing calls: dial strings to running, answered legs.

mod call;
mod caller;
mod crowd;
mod dial_string;
mod engine;
mod leg;
mod settings;
mod start;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use caller::{Callee, Caller, Progress};
pub(crate) use dial_string::scoped_variables;
pub use dial_string::{Call, Destination, DialString, DialStringError};

use crate::channel::{HangupCause, Variables};
use crate::session::SessionHandle;
use crate::switch::Switch;
use engine::Attempt;

/// What `originate` is asked for.
#[derive(Clone, Debug)]
pub struct OriginateRequest {
    /// `{variables}endpoint/address[,…][|…]`.
    pub dial_string: String,
    /// The caller's name; `origination_caller_id_name` wins.
    pub caller_id_name: String,
    /// The caller's number; `origination_caller_id_number` wins.
    pub caller_id_number: String,
    /// How long each group of legs may take to answer; `originate_timeout` wins.
    pub timeout: Duration,
    /// The leg that calls, if one does.
    pub caller: Option<Caller>,
}

/// How long an answer is waited for, unless it is said (`SWITCH_DEFAULT_TIMEOUT`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

impl Default for OriginateRequest {
    fn default() -> Self {
        Self {
            dial_string: String::new(),
            caller_id_name: String::new(),
            caller_id_number: String::new(),
            timeout: DEFAULT_TIMEOUT,
            caller: None,
        }
    }
}

impl Switch {
    /// Dials: calls apart by `:_:` side by side, in each the `|`-separated groups one after the other, the legs of a group
    /// at once. The first leg that answers (or sends early media, unless `ignore_early_media`) wins; the others end with
    /// LOSE_RACE. Dropped before that, all end with ORIGINATOR_CANCEL at once.
    ///
    /// # Errors
    /// Why nobody answered: the cause of the first leg there was in the group tried last.
    pub async fn originate(self: &Arc<Self>, request: &OriginateRequest) -> Result<SessionHandle, HangupCause> {
        self.originate_until(request, &OnceLock::new()).await
    }

    /// As [`Switch::originate`]; dropped, all end with what is in `dropped`, if there is something.
    pub(crate) async fn originate_until(
        self: &Arc<Self>,
        request: &OriginateRequest,
        dropped: &OnceLock<HangupCause>,
    ) -> Result<SessionHandle, HangupCause> {
        let dial_string = DialString::parse_with(&request.dial_string, &request.given()).map_err(|error| {
            let start: String = request.dial_string.chars().take(200).collect();
            tracing::warn!("dial string {start}: {error}");
            HangupCause::DestinationOutOfOrder
        })?;
        let attempt = Attempt::new(self, request, dropped);
        attempt.dial(&dial_string, None, 0).await.map_err(|failure| failure.cause)
    }
}

impl OriginateRequest {
    /// The variables that every leg has before those of the dial string.
    fn given(&self) -> Variables {
        let mut given = self.caller.as_ref().map(|caller| caller.variables.clone()).unwrap_or_default();
        given.set("origination_caller_id_name", &self.caller_id_name);
        given.set("origination_caller_id_number", &self.caller_id_number);
        given
    }
}
