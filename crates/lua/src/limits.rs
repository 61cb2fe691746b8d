//! How much a script may take: instructions in a row, and time. Its memory is Lua's own matter.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mlua::{Error, HookTriggers, Lua, Result, VmState};
use strowger_script::Host;

/// Instructions between two looks.
const STEP: u32 = 10_000;

/// A wait as long as that makes the count of instructions begin anew.
const WAIT: Duration = Duration::from_millis(1);

/// Counts what a script does.
pub(crate) struct Meter {
    used: Cell<u64>,
    most: Option<u64>,
}

impl Meter {
    /// Has `lua` stop the script that goes beyond: each instruction that it tries then fails, so that it cannot go on behind
    /// a `pcall`.
    pub(crate) fn install(lua: &Lua, host: &Host, most: Option<u64>) -> Result<()> {
        let meter = Rc::new(Self { used: Cell::new(0), most });
        lua.set_app_data(Rc::clone(&meter));
        let host = host.clone();
        lua.set_global_hook(HookTriggers::new().every_nth_instruction(STEP), move |lua, _| {
            let Some(reason) = meter.step(&host) else { return Ok(VmState::Continue) };
            let refuse = reason.clone();
            lua.set_global_hook(HookTriggers::new().every_nth_instruction(1), move |_, _| {
                Err(Error::RuntimeError(refuse.clone()))
            })?;
            let trace = lua.traceback(Some(&reason), 0)?;
            Err(Error::RuntimeError(trace.to_string_lossy()))
        })
    }

    fn step(&self, host: &Host) -> Option<String> {
        let used = self.used.get() + u64::from(STEP);
        self.used.set(used);
        if let Some(most) = self.most.filter(|most| used > *most) {
            return Some(format!(
                "the script was stopped: more than {most} instructions without a wait (max-instructions)"
            ));
        }
        host.is_late().then(|| "the script was stopped: its time is up (max-seconds)".to_owned())
    }
}

/// Does something that may wait; where it did, the script's instructions count anew.
pub(crate) fn waiting<R>(lua: &Lua, act: impl FnOnce() -> R) -> R {
    let begun = Instant::now();
    let outcome = act();
    if begun.elapsed() >= WAIT
        && let Some(meter) = lua.app_data_ref::<Rc<Meter>>()
    {
        meter.used.set(0);
    }
    outcome
}
