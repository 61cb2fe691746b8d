//! What a connection hears: events and log lines, once it asked for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use strowger_core::Switch;
use strowger_core::bus::{Inlet, Published, QueueLimits, Subscription};
use strowger_core::log::{LogLevel, LogRecord, LogSubscription};
use strowger_event::Interest;

use crate::jobs::Jobs;

/// A connection's places on the bus and the log. A connection that asked for nothing takes none.
pub(crate) struct Subscriptions {
    switch: Arc<Switch>,
    limits: QueueLimits,
    events: Option<Subscription>,
    logs: Option<LogSubscription>,
    /// Events are wanted; else those of a diverted call wait until some are.
    listening: bool,
    /// A call's input comes here.
    diverting: bool,
    jobs: Option<Arc<Jobs>>,
    /// Lost events that the log knows of, and since when.
    told: (u64, Option<Instant>),
}

/// How often the log says that a listener loses events.
const COMPLAINT: Duration = Duration::from_secs(10);

impl Subscriptions {
    pub(crate) fn new(switch: &Arc<Switch>, limits: QueueLimits) -> Self {
        Self {
            switch: Arc::clone(switch),
            limits,
            events: None,
            logs: None,
            listening: false,
            diverting: false,
            jobs: None,
            told: (0, None),
        }
    }

    /// Hears what `interest` wants from now on; nothing at all when it wants nothing.
    pub(crate) fn set_events(&mut self, interest: Interest) {
        self.listening = !interest.kinds.is_empty();
        if !self.listening && !self.diverting {
            self.events = None;
            self.told.0 = 0;
            return;
        }
        self.place().update(|now| *now = interest);
    }

    /// Takes a call's input in, or no more; gives the way in.
    pub(crate) fn divert(&mut self, on: bool) -> Option<Inlet> {
        self.diverting = on;
        if on {
            return Some(self.place().inlet());
        }
        if !self.listening {
            self.events = None;
            self.told.0 = 0;
        }
        None
    }

    fn place(&mut self) -> &Subscription {
        self.events.get_or_insert_with(|| self.switch.bus().subscribe(self.limits))
    }

    /// Hears log lines up to `level`, or none.
    pub(crate) fn set_logs(&mut self, level: Option<LogLevel>) {
        match (level, &self.logs) {
            (None, _) => self.logs = None,
            (Some(level), Some(logs)) => logs.set_level(level),
            (Some(level), None) => self.logs = Some(self.switch.log().subscribe(level)),
        }
    }

    /// Waits for events; for ever when none are wanted.
    pub(crate) async fn next_events(&self, batch: &mut Vec<Arc<Published>>) {
        match &self.events {
            Some(events) if self.listening => events.next_batch(batch).await,
            _ => std::future::pending().await,
        }
    }

    /// Waits for log lines; for ever when none are wanted.
    pub(crate) async fn next_logs(&self, batch: &mut Vec<Arc<LogRecord>>) {
        match &self.logs {
            Some(logs) => logs.next_batch(batch).await,
            None => std::future::pending().await,
        }
    }

    /// How many events were lost that the log does not know of yet; 0 when it was told only a moment ago.
    pub(crate) fn newly_lost(&mut self) -> u64 {
        let lost = self.lost();
        let (told, at) = self.told;
        if lost == told || at.is_some_and(|at| at.elapsed() < COMPLAINT) {
            return 0;
        }
        self.told = (lost, Some(Instant::now()));
        lost - told
    }

    /// How many events were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.events.as_ref().map_or(0, Subscription::lost)
    }

    /// Waits until more were lost than the listener may lose.
    pub(crate) async fn overrun(&self) {
        match &self.events {
            Some(events) => events.overrun().await,
            None => std::future::pending().await,
        }
    }

    /// A way into the event queue, where there is one.
    pub(crate) fn inlet(&self) -> Option<Inlet> {
        self.events.as_ref().map(Subscription::inlet)
    }

    /// The events queued now; none while none are wanted.
    pub(crate) fn take_now(&self, batch: &mut Vec<Arc<Published>>) {
        if let Some(events) = self.events.as_ref().filter(|_| self.listening) {
            events.take_now(batch);
        }
    }

    /// Drops the events queued so far.
    pub(crate) fn flush(&self) {
        if let Some(events) = &self.events {
            events.flush();
        }
    }

    /// What a connection's `bgapi` jobs take their turns by.
    pub(crate) fn jobs(&mut self) -> Arc<Jobs> {
        Arc::clone(self.jobs.get_or_insert_default())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use strowger_core::bus::Origin;
    use strowger_event::{Event, EventKind};

    use super::*;

    #[test]
    fn who_subscribes_anew_has_lost_nothing() {
        let switch = strowger_test_support::switch(r#"<document type="freeswitch/xml"/>"#);
        let mut subscriptions = Subscriptions::new(&switch, QueueLimits { items: 1, ..QueueLimits::default() });
        let mut interest = Interest::default();
        interest.kinds.insert(EventKind::Notify);
        subscriptions.set_events(interest.clone());
        for _ in 0..3 {
            switch.bus().publish(Event::new(EventKind::Notify), Origin::new("test.c", "test", 1));
        }
        assert_eq!(subscriptions.newly_lost(), 2);
        // A diverted call's input holds on to the queue that `noevents` would end.
        subscriptions.divert(true);
        subscriptions.set_events(Interest::default());
        subscriptions.divert(false);
        subscriptions.set_events(interest);
        subscriptions.told.1 = None;
        assert_eq!(subscriptions.newly_lost(), 0);
    }
}
