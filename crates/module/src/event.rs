use std::ffi::c_int;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use crate::abi;
use crate::host::{c, function, host, taken, text};

/// An event: what it tells of, its headers in order and perhaps a body.
pub struct Event(*mut abi::Event);

// SAFETY: the event is this value's alone.
unsafe impl Send for Event {}

impl Event {
    /// An event of a kind: `GENERAL`, `MESSAGE`, …; `None` when there is no such kind.
    #[must_use]
    #[track_caller]
    pub fn new(kind: &str) -> Option<Self> {
        let host = host()?;
        let mut id: c_int = 0;
        // SAFETY: the switch's function, with a text and a place for the number.
        let found = unsafe { (host.name_event)(c(kind).as_ptr(), &raw mut id) } == abi::SUCCESS;
        found.then(|| Self::made(id, None))
    }

    /// A CUSTOM event of that subclass, which everybody who subscribed to it hears.
    #[must_use]
    #[track_caller]
    pub fn custom(subclass: &str) -> Self {
        Self::made(0, Some(subclass))
    }

    #[track_caller]
    fn made(id: c_int, subclass: Option<&str>) -> Self {
        let place = std::panic::Location::caller();
        let (file, function, subclass) = (c(place.file()), function(), subclass.map(c));
        let line = c_int::try_from(place.line()).unwrap_or(0);
        let mut event = null_mut();
        if let Some(host) = host() {
            let subclass = subclass.as_ref().map_or(std::ptr::null(), |subclass| subclass.as_ptr());
            // SAFETY: the switch's function, with texts and a place for the event.
            unsafe { (host.event_create)(file.as_ptr(), function.as_ptr(), line, &raw mut event, id, subclass) };
        }
        Self(event)
    }

    /// One that a callback was given, and that is not its own.
    pub(crate) fn lent(event: *mut abi::Event) -> ManuallyDrop<Self> {
        ManuallyDrop::new(Self(event))
    }

    pub(crate) fn pointer(&self) -> *mut abi::Event {
        self.0
    }

    /// Adds a header at the bottom.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.set(1, name, value)
    }

    /// Adds `value` to the header `name`: of several values it is an array.
    #[must_use]
    pub fn push(self, name: &str, value: &str) -> Self {
        self.set(16, name, value)
    }

    fn set(self, stack: c_int, name: &str, value: &str) -> Self {
        if let Some(host) = host() {
            // SAFETY: the switch's function, with an event or null, and texts.
            unsafe { (host.event_add_header)(self.0, stack, c(name).as_ptr(), c(value).as_ptr()) };
        }
        self
    }

    /// Gives the event a body.
    #[must_use]
    pub fn body(self, body: &str) -> Self {
        if let Some(host) = host() {
            // SAFETY: the switch's function, with an event or null, and a text.
            unsafe { (host.event_set_body)(self.0, c(body).as_ptr()) };
        }
        self
    }

    /// The value of the first header of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        // SAFETY: the switch's function, with an event or null, and a text; its answer is null or a header of the event.
        let header = unsafe { (host()?.event_get_header)(self.0, c(name).as_ptr()).as_ref() }?;
        // SAFETY: a header's value is a text.
        unsafe { text(header.value) }
    }

    /// Its body.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        // SAFETY: null or an event, whose body is null or a text.
        unsafe { text(self.0.as_ref()?.body) }
    }

    /// The whole event as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = null_mut();
        if let Some(host) = host() {
            // SAFETY: the switch's function, with an event or null, and a place for the text.
            unsafe { (host.event_serialize)(self.0, &raw mut out, 2) };
        }
        // SAFETY: null, or a text that is ours now.
        unsafe { taken(out) }.unwrap_or_default()
    }

    /// Publishes it; false outside of a switch.
    pub fn fire(self) -> bool {
        let mut event = ManuallyDrop::new(self).0;
        // SAFETY: the switch's function, with an event or null, which is the switch's from here on.
        host().is_some_and(|host| unsafe { (host.event_fire)(host.module, &raw mut event, null_mut()) } == abi::SUCCESS)
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        if let Some(host) = host() {
            // SAFETY: the switch's function, with an event or null that nobody else has.
            unsafe { (host.event_destroy)(&raw mut self.0) };
        }
    }
}
