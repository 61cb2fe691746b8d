//! How calls end.

use std::time::Instant;

use super::{
    build::ResponseParts,
    call::{CallEvent, CallNo, Failure, Hangup},
    core::Core,
    outgoing::ClientUser,
    session::{Phase, Side},
};
use crate::table::Id;

impl Core {
    /// The owner wants the call ended.
    pub(crate) fn hangup(&mut self, now: Instant, no: CallNo, hangup: Hangup) {
        let Some(session) = self.calls.get_mut(&no) else { return };
        match (session.phase, &session.side) {
            (Phase::Ending, _) => {}
            (Phase::Pending, Side::Incoming { server, .. }) => {
                let (server, tag) = (*server, session.shared.local_tag.clone());
                self.refuse(now, server, &tag, &hangup);
                self.end(now, no);
            }
            (Phase::Pending, Side::Outgoing { client }) => {
                let client = *client;
                session.phase = Phase::Ending;
                session.hangup = Some(hangup);
                self.cancel_when_possible(now, no, client);
            }
            (Phase::Answered, _) => {
                session.phase = Phase::Ending;
                // RFC 3261 §15: the side that was called must not send BYE before the ACK.
                if session.unacked.is_empty() {
                    self.send_bye(now, no, &hangup, ClientUser::Bye(no));
                } else {
                    session.hangup = Some(hangup);
                }
            }
        }
    }

    /// An ACK came; a hangup may have waited for it.
    pub(crate) fn acked(&mut self, now: Instant, no: CallNo) {
        let Some(session) = self.calls.get_mut(&no).filter(|s| s.unacked.is_empty()) else { return };
        if let Some(hangup) = session.hangup.take() {
            self.send_bye(now, no, &hangup, ClientUser::Bye(no));
        }
    }

    fn refuse(&mut self, now: Instant, server: Id, tag: &str, hangup: &Hangup) {
        let (code, reason) = hangup.refuse.clone().unwrap_or((480, String::new()));
        let headers = reason_header(hangup);
        let parts = ResponseParts {
            code: code.clamp(300, 699),
            reason: &reason,
            to_tag: Some(tag),
            capabilities: true,
            headers: &headers,
            ..ResponseParts::default()
        };
        self.reply(now, server, &parts);
    }

    /// Forgets a call. Its owner has been told, or wanted it so; requests still waiting get 487 (RFC 3261 §15.1.2).
    pub(crate) fn end(&mut self, now: Instant, no: CallNo) {
        let Some(session) = self.calls.remove(&no) else { return };
        let tag = session.shared.local_tag.clone();
        self.tags.remove(&tag);
        for waiting in &session.waiting {
            let parts = ResponseParts { code: 487, to_tag: Some(&tag), ..ResponseParts::default() };
            self.reply(now, waiting.server, &parts);
        }
        session.shared.close(session.kept);
    }

    /// Ends every call, because the user agent stops.
    pub(crate) fn stop(&mut self, now: Instant) {
        let calls: Vec<CallNo> = self.calls.keys().copied().collect();
        for no in calls {
            self.tell(no, CallEvent::Failed(Failure::Shutdown));
            let hangup = Hangup { reason: None, refuse: Some((503, String::new())) };
            self.hangup(now, no, hangup);
        }
    }
}

/// The Reason header of a hangup (RFC 3326).
pub(crate) fn reason_header(hangup: &Hangup) -> Vec<(String, String)> {
    hangup.reason.iter().map(|reason| ("Reason".to_owned(), reason.clone())).collect()
}
