//! Placing calls: dial strings to running, answered legs.

mod dial_string;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub use dial_string::{Destination, DialString, DialStringError};

use crate::channel::{CallerProfile, HangupCause, Variables};
use crate::endpoint::OutgoingRequest;
use crate::registry::outbound_profile;
use crate::session::SessionHandle;
use crate::switch::Switch;

/// What `originate` is asked for.
#[derive(Clone, Debug)]
pub struct OriginateRequest {
    /// `{variables}endpoint/address[,…][|…]`.
    pub dial_string: String,
    /// The caller's name; `origination_caller_id_name` wins.
    pub caller_id_name: String,
    /// The caller's number; `origination_caller_id_number` wins.
    pub caller_id_number: String,
    /// How long to wait for an answer; `originate_timeout` wins.
    pub timeout: Duration,
}

/// The number of a caller that gave none.
const NO_NUMBER: &str = "0000000000";

impl Switch {
    /// Dials: the `|`-separated groups one after the other, the legs of a group at once. The first leg that answers
    /// (or sends early media, unless `ignore_early_media`) wins; the others end with LOSE_RACE.
    ///
    /// # Errors
    /// The cause of the last leg that failed.
    pub async fn originate(self: &Arc<Self>, request: &OriginateRequest) -> Result<SessionHandle, HangupCause> {
        let dial_string = DialString::parse(&request.dial_string).map_err(|error| {
            let start: String = request.dial_string.chars().take(200).collect();
            tracing::warn!("dial string {start}: {error}");
            HangupCause::DestinationOutOfOrder
        })?;
        let mut cause = HangupCause::DestinationOutOfOrder;
        for group in &dial_string.groups {
            match self.originate_group(request, group).await {
                Ok(handle) => return Ok(handle),
                Err(failed) => cause = failed,
            }
        }
        Err(cause)
    }

    async fn originate_group(
        self: &Arc<Self>,
        request: &OriginateRequest,
        group: &[Destination],
    ) -> Result<SessionHandle, HangupCause> {
        if let [only] = group {
            return self.originate_leg(request, only).await;
        }
        let mut legs = JoinSet::new();
        for destination in group {
            let (switch, request, destination) = (Arc::clone(self), request.clone(), destination.clone());
            legs.spawn(async move { switch.originate_leg(&request, &destination).await });
        }
        let mut outcome = Err(HangupCause::DestinationOutOfOrder);
        while let Some(ended) = legs.join_next().await {
            match ended {
                Ok(Ok(handle)) => {
                    outcome = Ok(handle);
                    break;
                }
                Ok(Err(cause)) => outcome = Err(cause),
                Err(_) => outcome = Err(HangupCause::NormalTemporaryFailure),
            }
        }
        // Dropping the set drops the others' guards, which end their legs.
        outcome
    }

    async fn originate_leg(
        self: &Arc<Self>,
        request: &OriginateRequest,
        destination: &Destination,
    ) -> Result<SessionHandle, HangupCause> {
        let endpoint = self.registries().endpoints.get(&destination.endpoint).ok_or(HangupCause::ChanNotImplemented)?;
        let variables = &destination.variables;
        let asked = OutgoingRequest { address: &destination.address, profile: caller(request, variables), variables };
        let outgoing = endpoint.outgoing(self, &asked).await?;
        let (sender, placed) = oneshot::channel();
        let handle = self.start_outgoing(outgoing, variables, &destination.endpoint, sender)?;
        let mut guard = LoseRace(Some(handle));
        let outcome = tokio::time::timeout(timeout(request, variables), placed).await;
        let handle = guard.0.take().ok_or(HangupCause::NormalTemporaryFailure)?;
        match outcome {
            Ok(Ok(outcome)) => outcome.map(|()| handle),
            Ok(Err(_)) => Err(HangupCause::NormalTemporaryFailure),
            Err(_) => {
                handle.hangup(HangupCause::NoAnswer);
                Err(HangupCause::NoAnswer)
            }
        }
    }
}

/// Ends a leg whose originator stopped waiting for it.
struct LoseRace(Option<SessionHandle>);

impl Drop for LoseRace {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.hangup(HangupCause::LoseRace);
        }
    }
}

fn caller(request: &OriginateRequest, variables: &Variables) -> CallerProfile {
    let number = variables.get("origination_caller_id_number").unwrap_or(&request.caller_id_number);
    let name = variables.get("origination_caller_id_name").unwrap_or(&request.caller_id_name);
    let number = if number.is_empty() { NO_NUMBER } else { number };
    outbound_profile(number, name, "")
}

fn timeout(request: &OriginateRequest, variables: &Variables) -> Duration {
    let named = ["leg_timeout", "originate_timeout"].into_iter().find_map(|name| variables.get(name)?.parse().ok());
    named.map_or(request.timeout, Duration::from_secs)
}
