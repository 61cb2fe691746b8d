//! Events.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use strowger_core::bus::OriginOf;
use strowger_event::{Event, EventKind, Format};
use strowger_module::abi::{self, EventHeader, Opaque, Status};

use crate::binds::Callback;
use crate::command::status;
use crate::event as memory;
use crate::handles::pointer;
use crate::shared::{Shared, guarded};
use crate::text::{copy, text, text_or_empty};

pub(super) unsafe extern "C" fn create(
    file: *const c_char,
    function: *const c_char,
    line: c_int,
    event: *mut *mut abi::Event,
    id: c_int,
    subclass: *const c_char,
) -> Status {
    guarded(abi::ERROR, |_| {
        // SAFETY: null, or a place for an event.
        let place = unsafe { event.as_mut() }?;
        *place = null_mut();
        let kind = memory::kind(id)?;
        // SAFETY: null or texts.
        let (subclass, file, function) = unsafe { (text(subclass), text_or_empty(file), text_or_empty(function)) };
        if subclass.is_some() && ![EventKind::Custom, EventKind::Clone].contains(&kind) {
            return None;
        }
        let file = file.rsplit('/').next().unwrap_or_default();
        let made = memory::create(kind, (file, &function, line));
        // SAFETY: null, or an event that nobody has yet.
        unsafe {
            let made = made.as_mut()?;
            if kind != EventKind::Clone {
                memory::add_header(made, 0, "Event-Name", kind.name());
            }
            if let Some(subclass) = subclass {
                memory::set_subclass(made, &subclass);
            }
        }
        *place = made;
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn add_header(
    event: *mut abi::Event,
    stack: c_int,
    name: *const c_char,
    value: *const c_char,
) -> Status {
    // SAFETY: null or what it says.
    guarded(abi::ERROR, |_| unsafe {
        Some(memory::add_header(memory::known(event)?, stack, &text(name)?, &text(value)?))
    })
}

pub(super) unsafe extern "C" fn del_header(
    event: *mut abi::Event,
    name: *const c_char,
    value: *const c_char,
) -> Status {
    // SAFETY: null or what it says.
    guarded(abi::FALSE, |_| unsafe {
        let value = text(value);
        Some(status(memory::remove_headers(memory::known(event)?, &text(name)?, value.as_deref())))
    })
}

pub(super) unsafe extern "C" fn get_header(event: *mut abi::Event, name: *const c_char) -> *mut EventHeader {
    // SAFETY: null or what it says.
    guarded(null_mut(), |_| unsafe { memory::header(memory::known(event)?, &text(name)?).map(|one| &raw mut *one) })
}

pub(super) unsafe extern "C" fn set_body(event: *mut abi::Event, body: *const c_char) -> Status {
    // SAFETY: null or what it says.
    guarded(abi::FALSE, |_| unsafe {
        let body = text(body);
        memory::set_body(memory::known(event)?, body.as_deref());
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn set_subclass(event: *mut abi::Event, subclass: *const c_char) -> Status {
    // SAFETY: null or what it says.
    guarded(abi::FALSE, |_| unsafe {
        memory::set_subclass(memory::known(event)?, &text(subclass)?);
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn dup(event: *mut *mut abi::Event, other: *mut abi::Event) -> Status {
    // SAFETY: null or what it says.
    guarded(abi::FALSE, |_| unsafe {
        let place = event.as_mut()?;
        *place = null_mut();
        let other = memory::known(other)?;
        let (file, function) = (text_or_empty(other.file), text_or_empty(other.function));
        let made = memory::create(memory::kind(other.event_id)?, (&file, &function, other.line));
        let copied = made.as_mut()?;
        memory::copy_headers(copied, other);
        copied.subclass_name = text(other.subclass_name).map_or(null_mut(), |subclass| copy(&subclass));
        copied.body = text(other.body).map_or(null_mut(), |body| copy(&body));
        copied.bind_user_data = other.bind_user_data;
        copied.event_user_data = other.event_user_data;
        *place = made;
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn merge(event: *mut abi::Event, other: *mut abi::Event) {
    // SAFETY: null or what it says.
    guarded((), |_| unsafe {
        if !std::ptr::eq(event, other) {
            memory::copy_headers(memory::known(event)?, memory::known(other)?);
        }
        Some(())
    });
}

pub(super) unsafe extern "C" fn destroy(event: *mut *mut abi::Event) {
    // SAFETY: null or what it says.
    guarded((), |_| unsafe {
        memory::destroy(std::mem::replace(event.as_mut()?, null_mut()));
        Some(())
    });
}

/// The event as it would be published now.
fn stamped(shared: &Shared, event: &abi::Event) -> Option<Event> {
    // SAFETY: the event is there, and texts are texts.
    let (own, file, function) =
        unsafe { (memory::own(event)?, text_or_empty(event.file), text_or_empty(event.function)) };
    let line = u32::try_from(event.line).unwrap_or(0);
    Some(shared.switch.bus().stamp(own, OriginOf::new(&file, &function, line)))
}

pub(super) unsafe extern "C" fn serialize(event: *mut abi::Event, into: *mut *mut c_char, format: c_int) -> Status {
    guarded(abi::FALSE, |shared| {
        // SAFETY: null, or a place for a text.
        let place = unsafe { into.as_mut() }?;
        *place = null_mut();
        // SAFETY: null or an event.
        let event = unsafe { memory::known(event) }?;
        let stamped = match memory::was_published(event) {
            true => memory::whole(event)?,
            false => stamped(shared, event)?,
        };
        let mut out = String::new();
        match format {
            0 => plain(&stamped, &mut out),
            1 => Format::Plain.write(&stamped, &mut out),
            _ => Format::Json.write(&stamped, &mut out),
        }
        *place = copy(&out);
        Some(status(!place.is_null()))
    })
}

/// The plain format with values as they are.
fn plain(event: &Event, out: &mut String) {
    for (name, value) in event.headers.iter() {
        out.extend([name, ": ", value, "\n"]);
    }
    match &event.body {
        Some(body) => out.extend(["Content-Length: ", &body.len().to_string(), "\n\n", body]),
        None => out.push('\n'),
    }
}

pub(super) unsafe extern "C" fn fire(_module: *mut c_void, event: *mut *mut abi::Event, _data: *mut c_void) -> Status {
    guarded(abi::FALSE, |shared| {
        // SAFETY: null or what it says; the event is the switch's from here on.
        let taken = unsafe { std::mem::replace(event.as_mut()?, null_mut()) };
        // SAFETY: null or an event.
        let fired = unsafe { memory::known(taken) }.and_then(|event| {
            let bus = shared.switch.bus();
            if !memory::kind(event.event_id).is_some_and(|kind| bus.wants(kind)) {
                // Nobody hears it: it takes its number, and is not built.
                bus.skip();
                return Some(abi::SUCCESS);
            }
            // SAFETY: the event is there, and texts are texts.
            let (own, file, function) =
                unsafe { (memory::own(event)?, text_or_empty(event.file), text_or_empty(event.function)) };
            let line = u32::try_from(event.line).unwrap_or(0);
            bus.publish(own, OriginOf::new(&file, &function, line));
            Some(abi::SUCCESS)
        });
        // SAFETY: nobody else has it.
        unsafe { memory::destroy(taken) };
        fired
    })
}

pub(super) unsafe extern "C" fn bind(
    module: *mut c_void,
    _id: *const c_char,
    event: c_int,
    subclass: *const c_char,
    callback: Option<Callback>,
    user_data: *mut c_void,
    node: *mut *mut Opaque,
) -> Status {
    guarded(abi::FALSE, |shared| {
        let module = shared.modules.get(module)?;
        let kind = memory::kind(event)?;
        // SAFETY: null or a text.
        let subclass = unsafe { text(subclass) }.map(std::borrow::Cow::into_owned);
        if subclass.is_some() && ![EventKind::Custom, EventKind::All].contains(&kind) {
            return None;
        }
        let what = (callback?, user_data.addr());
        let bound = module.binds.bind((&module.name, &module.threads), (kind, subclass), what);
        let id = bound.inspect_err(|error| tracing::error!("{}: events cannot be bound: {error}", module.name)).ok()?;
        // SAFETY: null, or a place for it.
        if let Some(place) = unsafe { node.as_mut() } {
            *place = pointer(id);
        }
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn unbind(module: *mut c_void, node: *mut *mut Opaque) -> Status {
    guarded(abi::FALSE, |shared| {
        let module = shared.modules.get(module)?;
        // SAFETY: null, or where a bind was put.
        let id = std::mem::replace(unsafe { node.as_mut() }?, null_mut()).addr();
        Some(status(module.binds.unbind(id)))
    })
}

pub(super) unsafe extern "C" fn unbind_callback(module: *mut c_void, callback: Option<Callback>) -> Status {
    guarded(abi::FALSE, |shared| Some(status(shared.modules.get(module)?.binds.unbind_callback(callback?))))
}

pub(super) unsafe extern "C" fn reserve_subclass(module: *mut c_void, subclass: *const c_char) -> Status {
    guarded(abi::FALSE, |shared| {
        let module = shared.modules.get(module)?;
        // SAFETY: null or a text.
        let subclass = unsafe { text(subclass) }?.into_owned();
        let mut all = shared.subclasses.lock();
        if all.contains_key(&subclass) {
            return Some(abi::IN_USE);
        }
        all.insert(subclass, module.name.clone());
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn free_subclass(module: *mut c_void, subclass: *const c_char) -> Status {
    guarded(abi::FALSE, |shared| {
        let module = shared.modules.get(module)?;
        // SAFETY: null or a text.
        let subclass = unsafe { text(subclass) }?;
        let mut all = shared.subclasses.lock();
        let is_own = all.get(subclass.as_ref()) == Some(&module.name);
        if is_own {
            all.remove(subclass.as_ref());
        }
        Some(status(is_own))
    })
}

pub(super) unsafe extern "C" fn name(id: c_int) -> *const c_char {
    // The names are the program's own: what they are kept in stays.
    static NAMES: std::sync::OnceLock<crate::pool::Pool> = std::sync::OnceLock::new();
    guarded(null(), |_| Some(NAMES.get_or_init(Default::default).keep(memory::kind(id)?.name())))
}

pub(super) unsafe extern "C" fn by_name(name: *const c_char, id: *mut c_int) -> Status {
    guarded(abi::FALSE, |_| {
        // SAFETY: null or what it says.
        let (name, place) = unsafe { (text(name)?, id.as_mut()?) };
        *place = EventKind::parse(&name)? as c_int;
        Some(abi::SUCCESS)
    })
}
