//! The call that a connection is about.

use strowger_core::session::SessionHandle;

/// A call that a connection is about, after `myevents` or because `socket` made the connection for it.
pub(crate) struct Controlled {
    pub(crate) call: SessionHandle,
    /// Channel-Name.
    pub(crate) channel_name: String,
    /// Only this call's events are heard.
    pub(crate) my_events: bool,
    /// A synchronous outbound socket: a command's reply waits for its application.
    pub(crate) synchronous: bool,
    /// `connect` was answered.
    pub(crate) connected: bool,
    /// The dialplan goes on when the connection ends.
    pub(crate) resume: bool,
    /// The connection stays when the call is over: for so many seconds, or until the client leaves.
    pub(crate) linger: Option<Option<u32>>,
    /// How far the connection has followed the call's life.
    pub(crate) life: CallLife,
}

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallLife {
    /// It goes on.
    Up,
    /// It was hung up; its last events are still to come.
    Down,
    /// Its session has ended.
    Gone,
}

impl Controlled {
    pub(crate) fn new(call: SessionHandle, channel_name: String, synchronous: bool) -> Self {
        let life = CallLife::Up;
        Self { call, channel_name, my_events: false, synchronous, connected: false, resume: false, linger: None, life }
    }

    /// Waits for the next turn in the call's life.
    pub(crate) async fn turn(&self) -> CallLife {
        match self.life {
            CallLife::Up => {
                self.call.down().await;
                CallLife::Down
            }
            CallLife::Down => {
                self.call.gone().await;
                CallLife::Gone
            }
            CallLife::Gone => std::future::pending().await,
        }
    }
}
