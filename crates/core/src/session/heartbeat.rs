//! SESSION_HEARTBEAT: that a call goes on, every so many seconds.

use std::time::Duration;

use strowger_event::EventKind;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::Session;
use crate::bus::Origin;
use crate::scheduler::{NewTask, SchedulerFull, When};

/// The seconds of a heartbeat that was asked for without any.
const USUAL: u32 = 60;

/// FreeSWITCH counts the frames it reads.
const BY_MEDIA: Origin = Origin::new("switch_core_io.c", "switch_core_session_read_frame", 166);
const BY_TASK: Origin = Origin::new("switch_core_session.c", "sch_heartbeat_callback", 1656);

/// What has a session fire SESSION_HEARTBEAT; ends with it.
#[derive(Default)]
pub(crate) struct Heartbeat {
    /// Ticks for this session alone; ended by being dropped.
    ticking: JoinSet<()>,
    /// Task-ID of the scheduler's.
    task: Option<u32>,
}

impl Session {
    /// Fires SESSION_HEARTBEAT now and every `seconds`, 60 for 0, until the call ends
    /// (`switch_core_session_enable_heartbeat`).
    pub fn start_heartbeat(&mut self, seconds: u32) {
        self.stop_heartbeat();
        let seconds = if seconds == 0 { USUAL } else { seconds };
        tracing::info!(uuid = %self.channel.uuid, "{} setting session heartbeat to {seconds} second(s).", self.channel.name);
        let handle = self.handle.clone();
        self.heartbeat.ticking.spawn(async move {
            let mut tick = interval(Duration::from_secs(seconds.into()));
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                // A session too busy to take it misses one.
                let _ = handle.tell(|session| session.beat(BY_MEDIA));
            }
        });
    }

    /// As [`Session::start_heartbeat`], by a task of the scheduler that everyone sees
    /// (`switch_core_session_sched_heartbeat`).
    ///
    /// # Errors
    /// [`SchedulerFull`] when no more tasks fit; there is no heartbeat then.
    pub fn schedule_heartbeat(&mut self, seconds: u32) -> Result<(), SchedulerFull> {
        self.stop_heartbeat();
        let seconds = if seconds == 0 { USUAL } else { seconds };
        let uuid = self.handle.uuid().to_owned();
        let task =
            NewTask::once("switch_core_session_sched_heartbeat", self.handle.uuid(), When::In(0), move |switch| {
                let handle = switch.sessions().get(&uuid);
                async move {
                    let handle = handle?;
                    let _ = handle.tell(|session| session.beat(BY_TASK));
                    Some(seconds)
                }
            });
        self.heartbeat.task = Some(self.switch.schedule(task)?);
        Ok(())
    }

    /// No more SESSION_HEARTBEAT.
    pub fn stop_heartbeat(&mut self) {
        if let Some(task) = std::mem::take(&mut self.heartbeat).task {
            self.switch.scheduler().delete(task);
        }
    }

    fn beat(&self, origin: Origin) {
        if !self.channel.is_down() {
            self.fire(EventKind::SessionHeartbeat, origin, &[], &[]);
        }
    }
}
