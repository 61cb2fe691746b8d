//! Running tasks when their time has come.

use std::sync::{Arc, Weak};
use std::time::Duration;

use strowger_event::EventKind;
use tokio::sync::Notify;

use super::task::Work;
use super::{Inner, Scheduler};
use crate::switch::Switch;

/// No timer waits longer: a far-off time is looked at anew.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

impl Scheduler {
    /// Has a task run at that time.
    pub(super) fn await_time(&self, inner: &mut Inner, switch: &Arc<Switch>, (runtime, id): (i64, u32)) {
        inner.due.insert((runtime, id));
        if !inner.is_ticking {
            inner.is_ticking = true;
            tokio::spawn(tick(Arc::downgrade(switch), Arc::clone(&self.changed)));
        } else if inner.due.first() == Some(&(runtime, id)) {
            self.changed.notify_one();
        }
    }

    /// Starts the tasks whose time has come; how long it is until the next, `None` when none waits.
    fn start_due(&self, switch: &Arc<Switch>) -> Option<Duration> {
        let mut inner = self.inner.lock();
        let now = inner.clock.seconds();
        while let Some((runtime, id)) = inner.due.first().copied() {
            if runtime > now {
                return Some(inner.clock.until(runtime).min(LONGEST_WAIT));
            }
            inner.due.pop_first();
            self.start(&mut inner, switch, id, now);
        }
        inner.is_ticking = false;
        None
    }

    fn start(&self, inner: &mut Inner, switch: &Arc<Switch>, id: u32, now: i64) {
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        let late = now - task.runtime;
        if late > 1 {
            tracing::warn!("Task was executed late by {late} seconds {id} {} ({})", task.description, task.group);
        }
        task.running = true;
        if task.beside {
            let (switch, work) = (Arc::clone(switch), Arc::clone(&task.work));
            tokio::spawn(async move { run(&switch, id, work).await });
            return;
        }
        inner.queue.push_back(id);
        if !inner.is_working {
            inner.is_working = true;
            tokio::spawn(work_off(Arc::clone(switch)));
        }
    }

    /// The next of those that run one after the other.
    fn next_queued(&self) -> Option<(u32, Work)> {
        let mut inner = self.inner.lock();
        while let Some(id) = inner.queue.pop_front() {
            match inner.tasks.get(&id) {
                // Deleted before its turn.
                Some(task) if task.doomed => self.forget(&mut inner, id),
                Some(task) => return Some((id, Arc::clone(&task.work))),
                None => {}
            }
        }
        inner.is_working = false;
        None
    }

    /// A task has run: again later (RE_SCHEDULE), or never more (DEL_SCHEDULE).
    fn finish(&self, switch: &Arc<Switch>, id: u32, again: Option<u32>) {
        let mut inner = self.inner.lock();
        let now = inner.clock.seconds();
        let Some(task) = inner.tasks.get_mut(&id) else { return };
        task.running = false;
        let wait = if task.repeat > 0 { task.repeat } else { again.unwrap_or(0) };
        if wait == 0 || task.doomed {
            return self.forget(&mut inner, id);
        }
        task.runtime = now.saturating_add(wait.into());
        let place = (task.runtime, id);
        self.tell(EventKind::ReSchedule, id, task);
        self.await_time(&mut inner, switch, place);
    }
}

/// The one timer: waits for the earliest task, and ends when none waits or the switch is gone.
async fn tick(switch: Weak<Switch>, changed: Arc<Notify>) {
    loop {
        let wait = match switch.upgrade() {
            Some(switch) => switch.scheduler().start_due(&switch),
            None => return,
        };
        let Some(wait) = wait else { return };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = changed.notified() => {}
        }
    }
}

async fn work_off(switch: Arc<Switch>) {
    while let Some((id, work)) = switch.scheduler().next_queued() {
        run(&switch, id, work).await;
    }
}

async fn run(switch: &Arc<Switch>, id: u32, work: Work) {
    // On a task of its own: should it panic, it is the last thing it did, and the others go on.
    let again = tokio::spawn(work(Arc::clone(switch))).await.unwrap_or(None);
    switch.scheduler().finish(switch, id, again);
}
