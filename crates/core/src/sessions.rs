//! All running sessions, and the making of new ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, mpsc};

use crate::channel::{CallerProfile, Channel, Direction, HangupCause};
use crate::endpoint::Leg;
use crate::limits::LimitFigures;
use crate::recent::Recent;
use crate::session::{Session, SessionHandle};
use crate::switch::Switch;

/// The registry of running sessions.
#[derive(Default)]
pub struct Sessions {
    by_uuid: RwLock<HashMap<String, SessionHandle>>,
    /// The number of the youngest session, refused ones included.
    number: AtomicU64,
    started: AtomicU64,
    peak: AtomicU64,
    rate: Mutex<Rate>,
    /// The last session has ended.
    emptied: Notify,
}

/// Sessions begun in the running second.
struct Rate {
    second: Instant,
    count: u32,
    last: u32,
    peak: u32,
    recent: Recent,
    /// Sessions that ran at once.
    running: Recent,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            second: Instant::now(),
            count: 0,
            last: 0,
            peak: 0,
            recent: Recent::default(),
            running: Recent::default(),
        }
    }
}

/// Figures for `status`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionCounts {
    /// Running now.
    pub running: u64,
    /// Begun since the start.
    pub since_startup: u64,
    /// The most that ran at once.
    pub peak: u64,
    /// The most that ran at once in the last five minutes.
    pub peak_five_minutes: u64,
    /// Begun in the last whole second.
    pub per_second: u32,
    /// The most begun in one second.
    pub per_second_peak: u32,
    /// The same, of the last five minutes.
    pub per_second_five_minutes: u64,
}

impl Sessions {
    /// The session of that Unique-ID.
    pub fn get(&self, uuid: &str) -> Option<SessionHandle> {
        self.by_uuid.read().get(uuid).cloned()
    }

    /// All of them, in order of their numbers.
    pub fn all(&self) -> Vec<SessionHandle> {
        let mut all: Vec<_> = self.by_uuid.read().values().cloned().collect();
        all.sort_by_key(SessionHandle::number);
        all
    }

    /// How many there are and were.
    pub fn counts(&self) -> SessionCounts {
        let mut rate = self.rate.lock();
        rate.turn();
        let (now, running) = (Instant::now(), self.by_uuid.read().len() as u64);
        SessionCounts {
            running,
            since_startup: self.started.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            peak_five_minutes: rate.running.peak(now).max(running),
            per_second: rate.last.max(rate.count),
            per_second_peak: rate.peak,
            per_second_five_minutes: rate.recent.peak(now),
        }
    }

    pub(crate) fn remove(&self, uuid: &str) {
        let mut rate = self.rate.lock();
        let mut by_uuid = self.by_uuid.write();
        rate.running.note(Instant::now(), by_uuid.len() as u64);
        by_uuid.remove(uuid);
        if by_uuid.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    /// Waits until there is no session.
    pub async fn all_gone(&self) {
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            // Registered before it is looked: an end in between is not missed.
            emptied.as_mut().enable();
            if self.by_uuid.read().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Forgets the most sessions begun in one second.
    pub fn reset_rate_peak(&self) {
        self.rate.lock().peak = 0;
    }

    /// Counts a session in, unless a limit is reached or its id is taken.
    fn admit(&self, handle: &SessionHandle, limits: &LimitFigures) -> Result<(), HangupCause> {
        let mut rate = self.rate.lock();
        rate.turn();
        if rate.count >= limits.sessions_per_second {
            tracing::error!("Throttle Error! {}", self.by_uuid.read().len());
            return Err(HangupCause::SwitchCongestion);
        }
        let mut by_uuid = self.by_uuid.write();
        if by_uuid.len() >= limits.max_sessions as usize {
            tracing::error!("Over Session Limit! {}", limits.max_sessions);
            return Err(HangupCause::SwitchCongestion);
        }
        if by_uuid.contains_key(handle.uuid()) {
            tracing::error!("Duplicate UUID!");
            return Err(HangupCause::SwitchCongestion);
        }
        rate.count += 1;
        rate.peak = rate.peak.max(rate.count);
        by_uuid.insert(handle.uuid().to_owned(), handle.clone());
        let (now, count, running) = (Instant::now(), rate.count, by_uuid.len() as u64);
        self.started.fetch_add(1, Ordering::Relaxed);
        self.peak.fetch_max(running, Ordering::Relaxed);
        rate.recent.note(now, count.into());
        rate.running.note(now, running);
        Ok(())
    }
}

impl Rate {
    fn turn(&mut self) {
        let seconds = self.second.elapsed().as_secs();
        if seconds > 0 {
            self.last = if seconds == 1 { self.count } else { 0 };
            self.count = 0;
            self.second = Instant::now();
        }
    }
}

/// A call that came in and is to become a session.
pub struct IncomingCall {
    /// Unique-ID.
    pub uuid: String,
    /// Channel-Name.
    pub channel_name: String,
    /// The parties.
    pub profile: CallerProfile,
    /// Its signalling and media.
    pub leg: Box<dyn Leg>,
}

impl Switch {
    /// Starts the session of a call that came in.
    ///
    /// # Errors
    /// The cause to refuse it with: a limit is reached, or the switch is stopping.
    pub fn start_incoming(self: &Arc<Self>, call: IncomingCall) -> Result<SessionHandle, HangupCause> {
        let mut channel = Channel::new(call.uuid, call.channel_name, Direction::Inbound);
        channel.variables.set("direction", "inbound");
        let mut session = self.new_session(channel, call.leg)?;
        session.incoming_profile = Some(call.profile);
        let handle = session.handle().clone();
        tokio::spawn(session.run());
        Ok(handle)
    }

    /// The limits, if they let a call of that direction in at all.
    fn room(&self, direction: Direction) -> Result<LimitFigures, HangupCause> {
        let limits = self.limits().figures();
        if limits.is_paused(direction) {
            tracing::error!("The system cannot create any {} sessions at this time.", direction.name());
            return Err(HangupCause::SwitchCongestion);
        }
        // The system is asked for its idle time only where it matters.
        if limits.min_idle_cpu > 0.0
            && let Some(idle) = self.processor().idle_percent().filter(|idle| *idle < limits.min_idle_cpu)
        {
            tracing::error!("The machine is {idle:.2} % idle, and {:.2} % are asked for", limits.min_idle_cpu);
            return Err(HangupCause::SwitchCongestion);
        }
        Ok(limits)
    }

    /// A session that is not started yet, counted in.
    pub(crate) fn new_session(
        self: &Arc<Self>,
        mut channel: Channel,
        mut leg: Box<dyn Leg>,
    ) -> Result<Session, HangupCause> {
        if self.is_stopping() {
            return Err(HangupCause::SystemShutdown);
        }
        let (sender, mailbox) = mpsc::channel(crate::session::MAILBOX);
        let number = self.sessions().number.fetch_add(1, Ordering::Relaxed) + 1;
        let handle = SessionHandle::new(channel.uuid.clone(), number, sender);
        self.sessions().admit(&handle, &self.room(channel.direction)?)?;
        channel.variables.set("uuid", &channel.uuid.clone());
        channel.variables.set("call_uuid", &channel.call_uuid.clone());
        channel.variables.set("session_id", &number.to_string());
        channel.variables.set("channel_name", &channel.name.clone());
        leg.attach(&handle);
        Ok(Session {
            switch: Arc::clone(self),
            channel,
            leg,
            handle,
            mailbox,
            next: None,
            incoming_profile: None,
            placing: None,
            confirm: None,
            commands: std::collections::VecDeque::new(),
            urgent: std::collections::VecDeque::new(),
            hooks: std::collections::VecDeque::new(),
            lock: crate::session::Lock::None,
            broken: false,
            loops_stopped: false,
            depth: 0,
            signalling: crate::session::Signalling::default(),
            diverted: None,
            pieces: crate::session::Pieces::default(),
            visitor: None,
            taps: crate::session::CallTaps::default(),
            displacements: crate::session::Displacements::default(),
            listening: crate::session::Listening::default(),
            recordings: crate::session::Recordings::default(),
            holding: crate::session::Holding::default(),
            has_unicast: false,
            held: Vec::new(),
            heartbeat: crate::session::Heartbeat::default(),
            bridged: None,
            set_aside: Vec::new(),
            is_consulting: false,
            kept_for: None,
            joins_others: false,
            digit_actions: crate::session::DigitActions::default(),
            meta_keys: None,
            is_picked_off: false,
            nested_extensions: 0,
            nested_applications: 0,
            standing: None,
        })
    }
}
