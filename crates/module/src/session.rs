use std::ffi::c_int;
use std::ops::Deref;
use std::ptr::null;

use crate::abi::{Opaque, PROFILE, SUCCESS};
use crate::host::{c, host, text};
use crate::log::{self, Level};

/// A call. Once it is over it answers nothing and does nothing, except that its variables can still be read.
pub struct Session(*mut Opaque);

impl Session {
    pub(crate) fn of(pointer: *mut Opaque) -> Self {
        Self(pointer)
    }

    /// The call of that Unique-ID, if there is one.
    #[must_use]
    pub fn locate(uuid: &str) -> Option<Located> {
        let host = host()?;
        // SAFETY: the switch's function, with a text.
        let found = unsafe { (host.session_locate)(host.module, c(uuid).as_ptr()) };
        (!found.is_null()).then(|| Located(Self(found)))
    }

    /// Unique-ID; empty when there is no such call.
    #[must_use]
    pub fn uuid(&self) -> String {
        // SAFETY: the switch's function; its answer is null or a text.
        host().and_then(|host| unsafe { text((host.session_text)(self.0, 0)) }).unwrap_or_default()
    }

    /// Its channel's name.
    #[must_use]
    pub fn name(&self) -> String {
        // SAFETY: as above.
        host().and_then(|host| unsafe { text((host.session_text)(self.0, 1)) }).unwrap_or_default()
    }

    fn number(&self, which: c_int) -> c_int {
        // SAFETY: the switch's function.
        host().map_or(0, |host| unsafe { (host.session_number)(self.0, which) })
    }

    /// Whether it goes on: it is neither over nor sent elsewhere.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.number(3) != 0
    }

    /// Whether it is answered.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.number(5) != 0
    }

    /// Why it is over: `NORMAL_CLEARING`, …; `None` while it is not.
    #[must_use]
    pub fn hangup_cause(&self) -> Option<String> {
        let cause = self.number(1);
        // SAFETY: the switch's function; its answer is a text.
        if cause == 0 { None } else { unsafe { text((host()?.cause_name)(cause)) } }
    }

    /// A field of the caller's profile: `destination_number`, `caller_id_number`, …
    #[must_use]
    pub fn profile(&self, field: &str) -> Option<String> {
        let at = PROFILE.iter().position(|name| *name == field)?;
        // SAFETY: the switch's function; its answer is null or a profile.
        let profile = unsafe { (host()?.session_profile)(self.0).as_ref() }?;
        // SAFETY: a profile has texts.
        unsafe { text(profile.texts.get(at).copied().unwrap_or(null())) }
    }

    /// A variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        // SAFETY: the switch's function, with a text; its answer is null or a text.
        unsafe { text((host()?.session_get_variable)(self.0, c(name).as_ptr())) }
    }

    /// Sets a variable; an empty value takes it away.
    pub fn set_variable(&self, name: &str, value: &str) -> bool {
        // SAFETY: the switch's function, with texts.
        self.done(|host| unsafe { (host.session_set_variable)(self.0, c(name).as_ptr(), c(value).as_ptr(), 0) })
    }

    /// Answers it.
    pub fn answer(&self) -> bool {
        // SAFETY: the switch's function.
        self.done(|host| unsafe { (host.session_answer)(self.0, 2) })
    }

    /// Ends it, with a cause such as `USER_BUSY`.
    pub fn hangup(&self, cause: &str) {
        if let Some(host) = host() {
            // SAFETY: the switch's functions, with a text.
            unsafe { (host.session_hangup)(self.0, (host.name_cause)(c(cause).as_ptr())) };
        }
    }

    /// Runs an application and waits for its end; false when the call ended, or was sent elsewhere, meanwhile.
    pub fn execute(&self, application: &str, argument: &str) -> bool {
        // SAFETY: the switch's function, with texts.
        self.done(|host| unsafe { (host.session_execute)(self.0, c(application).as_ptr(), c(argument).as_ptr()) })
    }

    /// Sends it to another extension; an empty dialplan or context is the one it is in.
    pub fn transfer(&self, extension: &str, dialplan: &str, context: &str) -> bool {
        let (extension, dialplan, context) = (c(extension), c(dialplan), c(context));
        // SAFETY: the switch's function, with texts.
        self.done(|host| unsafe {
            (host.session_transfer)(self.0, extension.as_ptr(), dialplan.as_ptr(), context.as_ptr())
        })
    }

    /// Adds what events of the call tell to an event.
    #[must_use]
    pub fn tell(&self, event: crate::Event) -> crate::Event {
        // SAFETY: the switch's function, with an event or null.
        self.done(|host| unsafe { (host.session_event_data)(self.0, event.pointer()) });
        event
    }

    /// Writes a line about it into the log.
    #[track_caller]
    pub fn log(&self, level: Level, text: &str) {
        log::about(&self.uuid(), level, text);
    }

    fn done(&self, what: impl FnOnce(&'static crate::abi::Host) -> c_int) -> bool {
        host().is_some_and(|host| what(host) == SUCCESS)
    }
}

/// A call that was located; dropping this lets go of it.
pub struct Located(Session);

impl Deref for Located {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Drop for Located {
    fn drop(&mut self) {
        if let Some(host) = host() {
            // SAFETY: the switch's function, with what it gave.
            unsafe { (host.session_rwunlock)(self.0.0) };
        }
    }
}
