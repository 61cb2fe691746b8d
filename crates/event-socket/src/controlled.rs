//! The call that a connection is about.

use strowger_core::session::SessionHandle;
use strowger_event::Event;

/// The Channel-State-Number of CS_DESTROY.
const DESTROY: &str = "12";

/// A call that a connection is about, after `myevents` or because `socket` made the connection for it.
pub(crate) struct Controlled {
    pub(crate) call: SessionHandle,
    /// Channel-Name.
    pub(crate) channel_name: String,
    /// Only this call's events are heard.
    pub(crate) my_events: bool,
    /// A synchronous outbound socket: a command's reply waits for its application.
    pub(crate) synchronous: bool,
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
        Self { call, channel_name, my_events: false, synchronous, resume: false, linger: None, life }
    }

    /// Whether `event` tells of the call's destruction. In FreeSWITCH a call is not destroyed before a socket that lingers
    /// has let go of it.
    pub(crate) fn is_destroyed_by(&self, event: &Event) -> bool {
        event.get("Channel-State-Number") == Some(DESTROY) && event.get("Unique-ID") == Some(self.call.uuid())
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
