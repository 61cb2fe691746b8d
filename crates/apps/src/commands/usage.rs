//! What the program takes of the machine: `getcputime`, `memory`, `pool_stats`.

use async_trait::async_trait;
use nix::sys::resource::{UsageWho, getrusage};
use parking_lot::Mutex;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::plain::Plain;

/// `getcputime`.
#[derive(Default)]
pub(super) struct GetCpuTime {
    /// Milliseconds that are counted no more: of the program itself, and of the system for it.
    before: Mutex<(i64, i64)>,
}

#[async_trait]
impl ApiCommand for GetCpuTime {
    fn about(&self) -> About {
        about("getcputime", "[reset]", "Milliseconds of processor time: of the program, and of the system for it.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return "-1, -1".to_owned() };
        let milliseconds = |time: nix::sys::time::TimeVal| time.tv_sec() * 1000 + time.tv_usec() / 1000;
        let now = (milliseconds(usage.user_time()), milliseconds(usage.system_time()));
        let mut before = self.before.lock();
        let since = (now.0 - before.0, now.1 - before.1);
        if call.arguments.starts_with("reset") {
            *before = now;
        }
        format!("{}, {}", since.0, since.1)
    }
}

pub(super) const COMMANDS: [Plain; 2] = [
    Plain {
        about: about("memory", "memory", "How much memory the program has, as the system counts it."),
        answer: |_, _| match memory() {
            Some(text) => text + "+OK\n",
            None => "-ERR the system does not tell\n".to_owned(),
        },
    },
    Plain {
        about: about(
            "pool_stats",
            "Core pool memory usage.",
            "How much memory the program has, and for how many things.",
        ),
        answer: |switch, _| memory().unwrap_or_default() + &held(switch),
    },
];

/// The lines of Linux's /proc/self/status that tell of memory.
fn memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let told = status
        .lines()
        .filter(|line| ["VmPeak:", "VmSize:", "VmHWM:", "VmRSS:", "VmData:"].iter().any(|name| line.starts_with(name)));
    let lines: String = told.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect();
    Some(lines)
}

fn held(switch: &Switch) -> String {
    let tasks = switch.scheduler().tasks().len();
    format!("Sessions: {}\nTasks: {tasks}\n", switch.sessions().counts().running)
}
