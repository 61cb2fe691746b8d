use tokio::sync::watch;

use super::Session;
use crate::channel::HangupCause;

/// How far an outgoing leg is, for whoever had it placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placing {
    /// It rings.
    pub(crate) ringing: bool,
    /// It has sound before the answer.
    pub(crate) early: bool,
    /// Such sound counts, whatever `ignore_early_media` says.
    pub(crate) early_counts: bool,
    /// It is answered.
    pub(crate) answered: bool,
    /// Whoever answered has accepted the call.
    pub(crate) confirmed: bool,
    /// It is over.
    pub(crate) ended: Option<HangupCause>,
}

/// Where a leg tells how far it is.
pub(crate) type PlacingSender = watch::Sender<Placing>;

impl Session {
    /// Has sound before the answer count for whoever had this leg placed, whatever `ignore_early_media` says
    /// (`CF_EARLY_OK`).
    pub fn accept_early_media(&mut self) {
        self.tell_originator(|placing| placing.early_counts = true);
    }

    /// Tells whoever had this leg placed.
    pub(super) fn tell_originator(&self, change: impl FnOnce(&mut Placing)) {
        if let Some(placing) = &self.placing {
            placing.send_modify(change);
        }
    }
}
