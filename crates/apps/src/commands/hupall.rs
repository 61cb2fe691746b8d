use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_all;
use crate::words::words;

/// `hupall`.
pub(super) struct Hupall;

#[async_trait]
impl ApiCommand for Hupall {
    fn about(&self) -> About {
        about(
            "hupall",
            "[<cause>] [<var> <value>] [<var2> <value2>]",
            "Ends all calls, or those whose variables have the values, with a cause: MANAGER_REQUEST unless it is given.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut words = words(call.arguments).into_iter();
        let cause =
            words.next().and_then(|cause| HangupCause::parse(&cause)).filter(|cause| *cause != HangupCause::None);
        let cause = cause.unwrap_or(HangupCause::ManagerRequest);
        let mut conditions = Vec::new();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            conditions.push((name, value));
        }
        let answer = match conditions.as_slice() {
            [] => format!("+OK hangup all channels with cause {cause}\n"),
            some => {
                let list: Vec<_> = some.iter().map(|(name, value)| format!("[{name}]=[{value}]")).collect();
                format!("+OK hangup all channels matching {} with cause: {cause}\n", list.join(" "))
            }
        };
        hang_up_all(call.switch, cause, conditions).await;
        answer
    }
}

/// Ends all calls that have these variables; they are over when this returns, their last events may still come.
pub(super) async fn hang_up_all(switch: &Switch, cause: HangupCause, conditions: Vec<(String, String)>) {
    let ended = with_all(switch, move |session| {
        let channel = &session.channel;
        conditions.iter().all(|(name, value)| channel.variable(name) == Some(value)).then(|| session.hangup(cause))
    });
    ended.await;
}
