//! `sendmsg`: what a client has a call do.

use strowger_config::is_true;
use strowger_core::channel::HangupCause;
use strowger_core::session::{Action, Execute, SessionHandle};
use strowger_esl::Packet;
use tokio::sync::oneshot;

/// A message to a call, read.
pub(crate) enum Message {
    /// `call-command: execute`.
    Execute(Execute),
    /// `call-command: hangup`.
    Hangup(HangupCause),
    /// A command FreeSWITCH takes and does nothing for.
    Nothing,
}

impl Message {
    /// Reads a `sendmsg`; headers match in any case.
    pub(crate) fn read(packet: &Packet) -> Self {
        let header = |name: &str| packet.headers.get(name).filter(|value| !value.is_empty());
        match header("call-command").unwrap_or_default() {
            command if command.eq_ignore_ascii_case("execute") => {
                read_execute(packet).map_or(Self::Nothing, Self::Execute)
            }
            command if command.eq_ignore_ascii_case("hangup") => {
                let cause = header("hangup-cause").and_then(HangupCause::parse);
                Self::Hangup(cause.unwrap_or(HangupCause::NormalClearing))
            }
            _ => Self::Nothing,
        }
    }

    /// Hands it to the call; `until_done` waits for the application's end, as a synchronous socket does.
    ///
    /// # Errors
    /// The reply: the call took no more (`-ERR memory error`), as FreeSWITCH says when its queue is full.
    pub(crate) async fn deliver(self, handle: &SessionHandle, until_done: bool) -> Result<(), &'static str> {
        let delivered = match self {
            Self::Execute(mut execute) => {
                let (sender, done) = oneshot::channel();
                execute.done = until_done.then_some(sender);
                let queued = handle.ask(move |session| session.queue(execute).is_ok()).await;
                if until_done && queued == Ok(true) {
                    // Ended or dropped with its call: either way it is done.
                    let _ = done.await;
                }
                queued
            }
            Self::Hangup(cause) => handle.ask(move |session| session.hangup(cause)).await.map(|()| true),
            Self::Nothing => Ok(true),
        };
        if delivered == Ok(true) { Ok(()) } else { Err("-ERR memory error") }
    }
}

fn read_execute(packet: &Packet) -> Option<Execute> {
    let header = |name: &str| packet.headers.get(name).filter(|value| !value.is_empty());
    let application = header("execute-app-name")?.to_owned();
    // A body is the argument when there is no header for it.
    let data = header("execute-app-arg").or(packet.body.as_deref()).unwrap_or_default().to_owned();
    Some(Execute {
        action: Action { application, data },
        loops: header("loops").and_then(|loops| loops.trim().parse().ok()).unwrap_or(1),
        uuid: header("event-uuid").map(str::to_owned),
        uuid_name: header("event-uuid-name").map(str::to_owned),
        lock: header("event-lock").is_some_and(is_true),
        done: None,
    })
}
