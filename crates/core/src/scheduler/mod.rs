//! What is to be done later: tasks with an id, a group and a time, and the events ADD_, RE_ and DEL_SCHEDULE that tell of
//! them (FreeSWITCH's switch_scheduler.c, which never fires EXE_SCHEDULE either).

mod clock;
mod run;
mod task;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_event::{Event, EventKind};
use tokio::sync::Notify;

use crate::bus::{EventBus, Origin};
use crate::switch::Switch;
use clock::Clock;
use task::Task;
pub use task::{NewTask, TaskInfo, When, Work};

/// No more tasks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerFull {
    /// There are too many.
    #[error("{MAX_TASKS} tasks are scheduled already")]
    Tasks,
    /// They are too large together.
    #[error("the scheduled tasks hold {MAX_BYTES} bytes already")]
    Bytes,
    /// The switch stops.
    #[error("the switch is stopping")]
    Stopping,
}

/// How many tasks there may be.
pub const MAX_TASKS: usize = 100_000;

/// How many bytes of commands and groups they may hold.
const MAX_BYTES: usize = 64 << 20;

/// The tasks of a switch. Costs nothing while none is due: one timer waits for the earliest.
pub struct Scheduler {
    bus: Arc<EventBus>,
    inner: Mutex<Inner>,
    /// The earliest task is another one than before.
    changed: Arc<Notify>,
}

struct Inner {
    clock: Clock,
    last_id: u32,
    tasks: HashMap<u32, Task>,
    /// Those that wait for their time, earliest first.
    due: BTreeSet<(i64, u32)>,
    groups: HashMap<String, BTreeSet<u32>>,
    /// Whose time has come and that run one after the other.
    queue: VecDeque<u32>,
    bytes: usize,
    is_closed: bool,
    /// A timer waits for `due`.
    is_ticking: bool,
    /// Somebody works off `queue`.
    is_working: bool,
}

impl Scheduler {
    pub(crate) fn new(bus: Arc<EventBus>) -> Self {
        let inner = Inner {
            clock: Clock::new(),
            last_id: 0,
            tasks: HashMap::new(),
            due: BTreeSet::new(),
            groups: HashMap::new(),
            queue: VecDeque::new(),
            bytes: 0,
            is_closed: false,
            is_ticking: false,
            is_working: false,
        };
        Self { bus, inner: Mutex::new(inner), changed: Arc::new(Notify::new()) }
    }

    /// Now, in whole seconds since 1970, by the clock that tasks run by.
    pub fn now(&self) -> i64 {
        self.inner.lock().clock.seconds()
    }

    /// Sets the clock that tasks run by to the system's. It is monotonic otherwise: a system clock that is put forward or
    /// back does not move the tasks.
    pub fn sync_clock(&self) {
        self.inner.lock().clock = Clock::new();
        self.changed.notify_one();
    }

    /// Deletes a task (DEL_SCHEDULE): at once, or once its present run is over. How many that were, 0 or 1.
    pub fn delete(&self, id: u32) -> usize {
        let mut inner = self.inner.lock();
        match inner.tasks.get(&id) {
            Some(task) if task.kept => {
                tracing::warn!("Attempt made to delete undeletable task #{id} (group {})", task.group);
                0
            }
            Some(_) => {
                self.doom(&mut inner, id);
                1
            }
            None => 0,
        }
    }

    /// Deletes the tasks of a group; how many that were.
    pub fn delete_group(&self, group: &str) -> usize {
        let mut inner = self.inner.lock();
        let Some(ids) = inner.groups.get(group).cloned() else { return 0 };
        let mut deleted = 0;
        for id in ids {
            if inner.tasks.get(&id).is_some_and(|task| !task.kept && !task.doomed) {
                self.doom(&mut inner, id);
                deleted += 1;
            }
        }
        deleted
    }

    /// Deletes a task of the switch's own, whether others may or not.
    pub fn withdraw(&self, id: u32) {
        self.doom(&mut self.inner.lock(), id);
    }

    /// Forgets all tasks, without an event, and takes no more.
    pub fn close(&self) {
        let mut inner = self.inner.lock();
        inner.is_closed = true;
        inner.bytes = 0;
        inner.tasks.clear();
        inner.due.clear();
        inner.groups.clear();
        inner.queue.clear();
        self.changed.notify_one();
    }

    /// All tasks, by their ids.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        let mut all: Vec<_> = self.inner.lock().tasks.iter().map(|(id, task)| task.info(*id)).collect();
        all.sort_by_key(|task| task.id);
        all
    }

    fn doom(&self, inner: &mut Inner, id: u32) {
        match inner.tasks.get_mut(&id) {
            Some(task) if task.running => task.doomed = true,
            Some(_) => self.forget(inner, id),
            None => {}
        }
    }

    /// Takes a task out that does not run, and says so.
    fn forget(&self, inner: &mut Inner, id: u32) {
        let Some(task) = inner.tasks.remove(&id) else { return };
        inner.due.remove(&(task.runtime, id));
        inner.bytes -= task.bytes;
        if let Some(ids) = inner.groups.get_mut(&task.group) {
            ids.remove(&id);
            if ids.is_empty() {
                inner.groups.remove(&task.group);
            }
        }
        self.tell(EventKind::DelSchedule, id, &task);
    }

    /// Published while the tasks are locked, so that a task's events come in their order.
    fn tell(&self, kind: EventKind, id: u32, task: &Task) {
        if !self.bus.wants(kind) {
            return self.bus.skip();
        }
        let origin = match kind {
            EventKind::AddSchedule => Origin::new("switch_scheduler.c", "switch_scheduler_add_task_ex", 284),
            EventKind::ReSchedule => Origin::new("switch_scheduler.c", "switch_scheduler_execute", 73),
            _ => Origin::new("switch_scheduler.c", "task_thread_loop", 163),
        };
        let mut event = Event::new(kind);
        event.headers.push_display("Task-ID", id);
        event.headers.push("Task-Desc", task.description);
        event.headers.push("Task-Group", &task.group);
        event.headers.push_display("Task-Runtime", task.runtime);
        self.bus.publish(event, origin);
    }
}

impl Switch {
    /// Schedules a task (ADD_SCHEDULE); its id. To be called within tokio's runtime.
    ///
    /// # Errors
    /// [`SchedulerFull`] when there are too many already.
    pub fn schedule(self: &Arc<Self>, task: NewTask) -> Result<u32, SchedulerFull> {
        let scheduler = self.scheduler();
        let mut inner = scheduler.inner.lock();
        let bytes = task.group.len() + task.size;
        if inner.is_closed {
            return Err(SchedulerFull::Stopping);
        }
        if inner.tasks.len() >= MAX_TASKS {
            return Err(SchedulerFull::Tasks);
        }
        if inner.bytes + bytes > MAX_BYTES {
            return Err(SchedulerFull::Bytes);
        }
        let (runtime, interval) = task.when.resolve(inner.clock.seconds());
        let task = Task {
            description: task.description,
            group: task.group,
            runtime,
            repeat: task.repeat.max(interval),
            beside: task.beside,
            kept: task.kept,
            running: false,
            doomed: false,
            bytes,
            work: task.work,
        };
        let id = inner.next_id();
        scheduler.tell(EventKind::AddSchedule, id, &task);
        inner.bytes += bytes;
        inner.groups.entry(task.group.clone()).or_default().insert(id);
        inner.tasks.insert(id, task);
        scheduler.await_time(&mut inner, self, (runtime, id));
        Ok(id)
    }
}

impl Inner {
    /// A number that no task has; never 0.
    fn next_id(&mut self) -> u32 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if self.last_id != 0 && !self.tasks.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }
}
