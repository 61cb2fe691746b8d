use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::switch::Switch;

/// What a task does when its time has come. Its answer: run me again in so many seconds, or `None`, that was all.
/// A task with [`NewTask::repeat`] is run again anyway.
pub type Work = Arc<dyn Fn(Arc<Switch>) -> Pin<Box<dyn Future<Output = Option<u32>> + Send>> + Send + Sync>;

/// When a task runs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In so many seconds.
    In(u32),
    /// At so many seconds since 1970. A time that lies in the past is taken for an interval, as FreeSWITCH takes it:
    /// `10` runs in ten seconds and every ten seconds from then on.
    At(i64),
}

impl When {
    /// The first run, and the interval that this means.
    pub(super) fn resolve(self, now: i64) -> (i64, u32) {
        match self {
            Self::In(seconds) => (now.saturating_add(seconds.into()), 0),
            Self::At(time) if time >= now => (time, 0),
            Self::At(time) => {
                let interval = u32::try_from(time.max(0)).unwrap_or(u32::MAX);
                (now.saturating_add(interval.into()), interval)
            }
        }
    }
}

/// A task to be scheduled.
pub struct NewTask {
    /// Task-Desc: the FreeSWITCH function that schedules such a task there.
    pub description: &'static str,
    /// Task-Group: tasks of one group can be deleted together. A call's tasks have its Unique-ID for a group and end
    /// with it.
    pub group: String,
    /// When it runs first.
    pub when: When,
    /// Run again that many seconds after each run; 0 for once.
    pub repeat: u32,
    /// Runs beside the others (FreeSWITCH's `SSHF_OWN_THREAD`). Those that do not run one after the other.
    pub beside: bool,
    /// Cannot be deleted by others (FreeSWITCH's `SSHF_NO_DEL`).
    pub kept: bool,
    /// Bytes that [`NewTask::work`] holds, for the bound on all of them.
    pub size: usize,
    /// What to do.
    pub work: Work,
}

impl NewTask {
    /// A task that runs once, beside the others.
    pub fn once<F>(
        description: &'static str,
        group: &str,
        when: When,
        work: impl Fn(Arc<Switch>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Option<u32>> + Send + 'static,
    {
        Self {
            description,
            group: group.to_owned(),
            when,
            repeat: 0,
            beside: true,
            kept: false,
            size: 0,
            work: Arc::new(move |switch| Box::pin(work(switch))),
        }
    }
}

/// A scheduled task, for `show tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// Task-ID.
    pub id: u32,
    /// Task-Desc.
    pub description: &'static str,
    /// Task-Group.
    pub group: String,
    /// Task-Runtime: when it runs next, in seconds since 1970.
    pub runtime: i64,
}

/// A task as the scheduler keeps it.
pub(super) struct Task {
    pub(super) description: &'static str,
    pub(super) group: String,
    pub(super) runtime: i64,
    pub(super) repeat: u32,
    pub(super) beside: bool,
    pub(super) kept: bool,
    /// It runs now, or waits for its turn to.
    pub(super) running: bool,
    /// It was deleted while it ran: this run is the last.
    pub(super) doomed: bool,
    pub(super) bytes: usize,
    pub(super) work: Work,
}

impl Task {
    pub(super) fn info(&self, id: u32) -> TaskInfo {
        TaskInfo { id, description: self.description, group: self.group.clone(), runtime: self.runtime }
    }
}
