use std::time::Duration;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{RecordChange, RecordError, RecordRequest, record};

use super::about;
use super::sessions::with_session;
use crate::recording;

/// `uuid_record`.
pub(super) struct UuidRecord;

/// How long a stop waits for the disk to take the rest.
const LAST_WRITE: Duration = Duration::from_secs(5);

const NO_SESSION: &str = "-ERR Cannot locate session!\n";
const DONE: &str = "+OK Success\n";

#[async_trait]
impl ApiCommand for UuidRecord {
    fn about(&self) -> About {
        about(
            "uuid_record",
            "<uuid> [start|stop|mask|unmask|pause|resume] <path> [<limit>] [<recording_vars>]",
            "Records a call while it goes on, as `record_session` does; `stop` takes `all`; `mask` has silence recorded, `pause` nothing.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (words, variables) = recording::parse_command(call.arguments);
        let [uuid, action, path, rest @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let action = action.to_ascii_lowercase();
        let changed = |change| change_recording(call.switch, uuid, path, change);
        let (done, what) = match action.as_str() {
            "start" => {
                let seconds = rest.first().map_or("", String::as_str);
                let request = recording::request(path, seconds, variables);
                (start(call.switch, uuid, request).await, "record session")
            }
            "stop" => (stop(call.switch, uuid, path).await, "stop record session"),
            "mask" => (changed(RecordChange::Mask(true)).await, "mask recording session"),
            "unmask" => (changed(RecordChange::Mask(false)).await, "unmask recording session"),
            "pause" => (changed(RecordChange::Pause(true)).await, "pause recording session"),
            "resume" => (changed(RecordChange::Pause(false)).await, "resume recording session"),
            _ => return ApiCall::usage(self.about()),
        };
        match done {
            None => NO_SESSION.to_owned(),
            Some(true) => DONE.to_owned(),
            Some(false) => format!("-ERR Cannot {what}!\n"),
        }
    }
}

/// `None`: there is no such call.
async fn start(switch: &Switch, uuid: &str, request: RecordRequest) -> Option<bool> {
    let handle = switch.sessions().get(uuid).filter(|handle| handle.hangup_cause().is_none())?;
    match record(&handle, request).await {
        Ok(()) => Some(true),
        Err(RecordError::Over) => None,
        Err(_) => Some(false),
    }
}

async fn stop(switch: &Switch, uuid: &str, path: &str) -> Option<bool> {
    let path = path.to_owned();
    let stopped = with_session(switch, uuid, move |session| session.stop_recording(&path)).await?;
    let any = !stopped.is_empty();
    let all = async {
        for one in stopped {
            // It is dropped when RECORD_STOP was fired.
            let _ = one.await;
        }
    };
    // A disk that takes longer has the file later: the call is no longer recorded all the same.
    let _ = tokio::time::timeout(LAST_WRITE, all).await;
    Some(any)
}

async fn change_recording(switch: &Switch, uuid: &str, path: &str, change: RecordChange) -> Option<bool> {
    let path = path.to_owned();
    with_session(switch, uuid, move |session| session.change_recording(&path, change)).await
}
