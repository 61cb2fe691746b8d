//! Tasks: when they run, what tells of them, and what ends them. Time is paused: tasks run when a second of the switch's
//! clock begins, which is up to one second earlier than the sum says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::scheduler::{MAX_TASKS, NewTask, SchedulerFull, When};
use strowger_event::{Event, EventKind};
use strowger_test_support::{Ear, originate, switch};
use tokio::time::{Instant, sleep};

const EVENTS: &str = "ADD_SCHEDULE EXE_SCHEDULE RE_SCHEDULE DEL_SCHEDULE";

fn test_switch() -> Arc<Switch> {
    switch(r#"<document type="freeswitch/xml"></document>"#)
}

/// What ran, in order, with how long after the beginning.
#[derive(Clone)]
struct Runs(Instant, Arc<Mutex<Vec<(&'static str, Duration)>>>);

impl Runs {
    fn new() -> Self {
        Self(Instant::now(), Arc::default())
    }

    /// A task that notes its run, and takes that long.
    fn task(&self, name: &'static str, when: When, takes: Duration) -> NewTask {
        let runs = self.clone();
        NewTask::once(name, name, when, move |_| {
            let runs = runs.clone();
            async move {
                runs.1.lock().push((name, runs.0.elapsed()));
                sleep(takes).await;
                None
            }
        })
    }

    fn names(&self) -> Vec<&'static str> {
        self.1.lock().iter().map(|(name, _)| *name).collect()
    }

    /// In the order of the alphabet: those that run beside one another come in any.
    fn sorted(&self) -> Vec<&'static str> {
        let mut names = self.names();
        names.sort_unstable();
        names
    }
}

fn story(events: &[Event]) -> Vec<(&str, &str)> {
    events.iter().map(|event| (event.kind.name(), event.get("Task-Group").unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_once_and_is_told_of() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, EVENTS);
    let runs = Runs::new();
    let id = switch.schedule(runs.task("one", When::In(3), Duration::ZERO)).unwrap();
    let runtime = (switch.scheduler().now() + 3).to_string();
    sleep(Duration::from_secs(10)).await;
    let at = runs.1.lock()[0].1;
    assert!(at > Duration::from_secs(1) && at <= Duration::from_millis(3100), "{at:?}");
    let events = ear.now();
    assert_eq!(story(&events), [("ADD_SCHEDULE", "one"), ("DEL_SCHEDULE", "one")]);
    let own: Vec<_> = events[0].headers.iter().skip(13).collect();
    let id = id.to_string();
    assert_eq!(own, [("Task-ID", &*id), ("Task-Desc", "one"), ("Task-Group", "one"), ("Task-Runtime", &runtime)]);
    assert!(switch.scheduler().tasks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn tasks_repeat_until_they_are_deleted() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, EVENTS);
    let runs = Runs::new();
    let task = NewTask { repeat: 5, ..runs.task("again", When::In(5), Duration::ZERO) };
    let id = switch.schedule(task).unwrap();
    sleep(Duration::from_secs(16)).await;
    assert_eq!(runs.names(), ["again"; 3]);
    assert_eq!((switch.scheduler().delete(id), switch.scheduler().delete(id)), (1, 0));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(runs.names().len(), 3);
    let kinds: Vec<_> = ear.now().iter().map(|event| event.kind).collect();
    let again = EventKind::ReSchedule;
    assert_eq!(kinds, [EventKind::AddSchedule, again, again, again, EventKind::DelSchedule]);
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_past_is_an_interval() {
    let switch = test_switch();
    let runs = Runs::new();
    switch.schedule(runs.task("small", When::At(4), Duration::ZERO)).unwrap();
    switch.schedule(runs.task("now", When::At(0), Duration::ZERO)).unwrap();
    switch.schedule(runs.task("before", When::At(i64::MIN), Duration::ZERO)).unwrap();
    switch.schedule(runs.task("never", When::At(i64::MAX), Duration::ZERO)).unwrap();
    sleep(Duration::from_secs(9)).await;
    assert_eq!(runs.sorted(), ["before", "now", "small", "small"]);
    assert_eq!(switch.scheduler().tasks().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn tasks_run_one_after_the_other_unless_beside() {
    let switch = test_switch();
    let runs = Runs::new();
    let slow = Duration::from_secs(30);
    for (name, beside) in [("slow", false), ("waits", false), ("beside", true)] {
        switch.schedule(NewTask { beside, ..runs.task(name, When::In(1), slow) }).unwrap();
    }
    sleep(Duration::from_secs(10)).await;
    assert_eq!(runs.sorted(), ["beside", "slow"]);
    assert_eq!(switch.scheduler().delete_group("waits"), 1);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(runs.sorted(), ["beside", "slow"]);
    assert!(switch.scheduler().tasks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_running_task_is_deleted_when_it_is_done() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, EVENTS);
    let runs = Runs::new();
    let task = NewTask { repeat: 1, ..runs.task("long", When::In(0), Duration::from_secs(20)) };
    switch.schedule(task).unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(switch.scheduler().delete_group("long"), 1);
    assert_eq!(story(&ear.now()), [("ADD_SCHEDULE", "long")]);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(story(&ear.now()), [("DEL_SCHEDULE", "long")]);
    assert_eq!(runs.names(), ["long"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_harms_no_other() {
    let switch = test_switch();
    let runs = Runs::new();
    let panics = NewTask::once("panics", "panics", When::In(1), |_| async { panic!("on purpose") });
    switch.schedule(NewTask { beside: false, ..panics }).unwrap();
    switch.schedule(NewTask { beside: false, ..runs.task("next", When::In(1), Duration::ZERO) }).unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(runs.names(), ["next"]);
    assert!(switch.scheduler().tasks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_earlier_task_comes_first() {
    let switch = test_switch();
    let runs = Runs::new();
    for (name, seconds) in [("third", 500_000), ("second", 100), ("first", 2)] {
        switch.schedule(runs.task(name, When::In(seconds), Duration::ZERO)).unwrap();
    }
    sleep(Duration::from_secs(3)).await;
    assert_eq!(runs.names(), ["first"]);
    switch.scheduler().sync_clock();
    sleep(Duration::from_secs(600_000)).await;
    assert_eq!(runs.names(), ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_room_without_end() {
    let switch = test_switch();
    let runs = Runs::new();
    let task = || runs.task("x", When::In(1000), Duration::ZERO);
    let large = NewTask { size: usize::MAX / 2, ..task() };
    assert_eq!(switch.schedule(large).err(), Some(SchedulerFull::Bytes));
    for _ in 0..MAX_TASKS {
        switch.schedule(task()).unwrap();
    }
    assert_eq!(switch.schedule(task()).err(), Some(SchedulerFull::Tasks));
    assert_eq!(SchedulerFull::Tasks.to_string(), "100000 tasks are scheduled already");
    assert_eq!(switch.scheduler().delete_group("x"), MAX_TASKS);
    switch.schedule(task()).unwrap();
    switch.scheduler().close();
    assert_eq!(switch.schedule(task()).err(), Some(SchedulerFull::Stopping));
}

#[tokio::test(start_paused = true)]
async fn a_calls_tasks_end_with_it() {
    let switch = test_switch();
    let handle = originate(&switch, "null/one").await.unwrap();
    let runs = Runs::new();
    let task = runs.task("x", When::In(100), Duration::ZERO);
    switch.schedule(NewTask { group: handle.uuid().to_owned(), ..task }).unwrap();
    handle.hangup(HangupCause::NormalClearing);
    handle.gone().await;
    assert!(switch.scheduler().tasks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_beats_until_it_ends() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "SESSION_HEARTBEAT DEL_SCHEDULE");
    for scheduled in [false, true] {
        let handle = originate(&switch, "null/one").await.unwrap();
        let begin = move |session: &mut strowger_core::session::Session| match scheduled {
            true => session.schedule_heartbeat(5),
            false => {
                session.start_heartbeat(5);
                Ok(())
            }
        };
        handle.ask(begin).await.unwrap().unwrap();
        sleep(Duration::from_secs(11)).await;
        let beats = ear.now();
        assert_eq!(beats.len(), 3, "{scheduled}");
        assert_eq!(beats[0].get("Unique-ID"), Some(handle.uuid()));
        assert_eq!(beats[0].get("variable_uuid"), Some(handle.uuid()));
        handle.ask(|session| session.stop_heartbeat()).await.unwrap();
        sleep(Duration::from_secs(11)).await;
        assert_eq!(ear.now().len(), usize::from(scheduled));
        handle.ask(begin).await.unwrap().unwrap();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(ear.now().len(), 1);
        handle.hangup(HangupCause::NormalClearing);
        handle.gone().await;
        sleep(Duration::from_secs(11)).await;
        assert_eq!(ear.now().len(), usize::from(scheduled));
    }
}
