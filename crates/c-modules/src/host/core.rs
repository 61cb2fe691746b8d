//! Log, variables, commands, configuration.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use strowger_core::channel::HangupCause;
use strowger_core::log::LogLevel;
use strowger_module::abi::{self, Opaque, Status, Xml};

use crate::command::{depth_here, within};
use crate::pool::Pool;
use crate::shared::guarded;
use crate::text::{copy, text, text_or_empty, write};
use crate::{host::call, xml};

/// `SWITCH_CHANNEL_ID_SESSION`: the line is about a session.
const ABOUT_SESSION: c_int = 3;

pub(super) unsafe extern "C" fn log(
    _module: *mut c_void,
    channel: c_int,
    file: *const c_char,
    function: *const c_char,
    line: c_int,
    about: *const c_char,
    level: c_int,
    message: *const c_char,
) {
    guarded((), |shared| {
        let level = LogLevel::ALL.get(usize::try_from(level).ok()?).copied().unwrap_or(LogLevel::Debug);
        if !shared.switch.log().wants(level) {
            return None;
        }
        // SAFETY: null or texts.
        let (file, function, message) =
            unsafe { (text_or_empty(file), text_or_empty(function), text_or_empty(message)) };
        let uuid = if channel == ABOUT_SESSION {
            call::uuid_of(about.cast::<Opaque>())
        } else {
            // SAFETY: null or a text.
            unsafe { text_or_empty(about) }.into_owned()
        };
        let file = file.rsplit('/').next().unwrap_or_default();
        let line = u32::try_from(line).unwrap_or(0);
        shared.switch.log().write(level, file, &function, line, &uuid, message.trim_end_matches('\n'));
        Some(())
    });
}

pub(super) unsafe extern "C" fn get_variable(module: *mut c_void, name: *const c_char) -> *const c_char {
    guarded(null(), |shared| {
        // SAFETY: null or a text.
        let value = shared.switch.globals().get(&unsafe { text(name) }?)?;
        Some(shared.modules.get(module)?.pool.keep(&value))
    })
}

pub(super) unsafe extern "C" fn set_variable(name: *const c_char, value: *const c_char) {
    guarded((), |shared| {
        // SAFETY: null or texts.
        let (name, value) = unsafe { (text(name)?, text_or_empty(value)) };
        shared.switch.globals().set(&name, &value);
        Some(())
    });
}

pub(super) unsafe extern "C" fn identity(module: *mut c_void, which: c_int) -> *const c_char {
    guarded(null(), |shared| {
        let identity = shared.switch.bus().identity();
        let text = [&identity.core_uuid, &identity.hostname, &identity.switchname];
        Some(shared.modules.get(module)?.pool.keep(text.get(usize::try_from(which).ok()?)?))
    })
}

pub(super) unsafe extern "C" fn session_count() -> u32 {
    guarded(0, |shared| u32::try_from(shared.switch.sessions().counts().running).ok())
}

pub(super) unsafe extern "C" fn ready() -> c_int {
    guarded(0, |shared| Some(shared.switch.is_ready().into()))
}

pub(super) unsafe extern "C" fn new_uuid(into: *mut c_char, size: usize) {
    guarded((), |shared| {
        let uuid = shared.switch.new_uuid();
        // SAFETY: null, or a place of that size.
        unsafe { write(&uuid, into, size) };
        Some(())
    });
}

pub(super) unsafe extern "C" fn api_execute(
    _module: *mut c_void,
    command: *const c_char,
    argument: *const c_char,
    _session: *mut Opaque,
    answer: *mut *mut c_char,
) -> Status {
    guarded(abi::FALSE, |shared| {
        // SAFETY: null or what it says.
        let (command, argument, place) = unsafe { (text(command)?, text_or_empty(argument), answer.as_mut()?) };
        let (command, argument) = (command.trim(), argument.trim());
        let running = within(depth_here().saturating_add(1), shared.switch.execute_api(command, argument));
        let answer = shared.runtime.block_on(running);
        *place = copy(answer.as_deref().unwrap_or("INVALID COMMAND!\n"));
        answer.map(|_| abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn cause_name(cause: c_int) -> *const c_char {
    // The names are the program's own: what they are kept in stays.
    static NAMES: OnceLock<Pool> = OnceLock::new();
    guarded(c"UNKNOWN".as_ptr(), |_| {
        let cause = HangupCause::ALL.iter().find(|one| **one as c_int == cause)?;
        Some(NAMES.get_or_init(Pool::default).keep(cause.name()))
    })
}

pub(super) unsafe extern "C" fn name_cause(name: *const c_char) -> c_int {
    // SAFETY: null or a text.
    guarded(HangupCause::NormalClearing as c_int, |_| Some(HangupCause::parse(&unsafe { text(name) }?)? as c_int))
}

pub(super) unsafe extern "C" fn xml_open(file: *const c_char, section: *const c_char) -> *mut Xml {
    guarded(null_mut(), |shared| {
        // SAFETY: null or texts.
        let (file, section) = unsafe { (text(file)?, text_or_empty(section)) };
        let config = shared.switch.config();
        match section.as_ref() {
            "configuration" => config.configuration(&file).map(xml::of),
            _ => None,
        }
    })
}

pub(super) unsafe extern "C" fn xml_free(pointer: *mut Xml) {
    guarded((), |_| {
        // SAFETY: null, or what xml_open gave.
        unsafe { xml::free(pointer) };
        Some(())
    });
}
