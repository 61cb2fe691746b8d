//! The events that tell of a connection's end.

use strowger_core::bus::Origin;
use strowger_event::{Event, EventKind};

use crate::connection::Connection;
use crate::listeners::Kind;

const ORIGIN: Origin = Origin::new("mod_event_socket.c", "listener_run", 2870);

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The client said `exit`.
    Exit,
    /// The client closed the connection.
    Closed,
    /// The connection broke.
    Lost,
    /// The program that `socket` connected to has said nothing.
    Silent,
    /// What came could not be read.
    BadInput,
    /// The client took nothing for too long.
    Stalled,
    /// It lost more events than it may.
    Overrun,
    /// The call it was about is over, and so is its linger time.
    CallEnded,
    /// The switch stops.
    Shutdown,
}

impl Reason {
    /// As `Disconnect-Reason` says it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Silent => "silent",
            Self::BadInput => "bad-input",
            Self::Stalled => "write-timeout",
            Self::Overrun => "events-lost",
            Self::CallEnded => "call-ended",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Connection {
    /// Notes why the connection ends; the first reason is the one that counts.
    pub(crate) fn leave(&mut self, reason: Reason) {
        self.reason.get_or_insert(reason);
    }

    /// Tells everybody that it has ended: CLIENT_DISCONNECTED for a client that was logged in, SERVER_DISCONNECTED for a
    /// program that `socket` was connected to. Nothing when the switch stops: SHUTDOWN is the last event there is.
    pub(crate) fn tell_end(&self) {
        let reason = self.reason.unwrap_or(Reason::Closed);
        if reason == Reason::Shutdown || !self.listener.is_authenticated() {
            return;
        }
        let (address, port) = (self.peer.ip().to_canonical().to_string(), self.peer.port().to_string());
        let mut event = if self.entry.figures.kind == Kind::Outbound {
            let event = Event::new(EventKind::ServerDisconnected);
            event.header("Server-Address", &address).header("Server-Port", &port)
        } else {
            let event = Event::new(EventKind::ClientDisconnected);
            event.header("Client-Address", &address).header("Client-Port", &port)
        };
        let user = self.entry.figures.words.lock().user.clone();
        if !user.is_empty() {
            event = event.header("Client-User", &user);
        }
        if let Some(controlled) = &self.controlled {
            event = event.header("Unique-ID", controlled.call.uuid());
        }
        let lost = self.subscriptions.lost().to_string();
        let event = event.header("Disconnect-Reason", reason.name()).header("Events-Lost", &lost);
        self.switch.bus().publish(event, ORIGIN);
    }
}
