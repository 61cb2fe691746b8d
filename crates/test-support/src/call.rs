//! Calls that a test makes, and a look at them.

use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::originate::OriginateRequest;
use strowger_core::session::{Action, Next, SessionHandle};

use crate::PATIENCE;

/// Calls it, `null/one` for instance, and waits for its answer for [`PATIENCE`] at the most.
///
/// # Errors
/// Why it was not answered.
pub async fn originate(switch: &Arc<Switch>, dial_string: &str) -> Result<SessionHandle, HangupCause> {
    originate_within(switch, dial_string, PATIENCE).await
}

/// As [`originate`], but waits no longer than this.
///
/// # Errors
/// Why it was not answered.
pub async fn originate_within(
    switch: &Arc<Switch>,
    dial_string: &str,
    timeout: Duration,
) -> Result<SessionHandle, HangupCause> {
    let request = OriginateRequest { dial_string: dial_string.into(), timeout, ..OriginateRequest::default() };
    switch.originate(&request).await
}

/// Sends a call on to these applications, each with its data; behind the last one it ends.
///
/// # Panics
/// When the call is gone.
pub fn execute(handle: &SessionHandle, actions: &[(&str, &str)]) {
    let action =
        |(application, data): &(&str, &str)| Action { application: (*application).into(), data: (*data).into() };
    let actions = actions.iter().map(action).collect();
    handle.tell(move |session| session.send_on(Next::Execute(actions))).unwrap();
}

/// A variable of the call; empty when it has none of that name.
///
/// # Panics
/// When the call is gone.
pub async fn variable(handle: &SessionHandle, name: &str) -> String {
    let name = name.to_owned();
    handle.ask(move |session| session.channel.variable(&name).unwrap_or_default().to_owned()).await.unwrap()
}

/// Waits until a variable of the call has this value.
///
/// # Panics
/// When the call is gone before, or [`PATIENCE`] is at its end.
pub async fn becomes(handle: &SessionHandle, name: &str, value: &str) {
    let wait = async {
        while variable(handle, name).await != value {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the variable to have that value");
}
