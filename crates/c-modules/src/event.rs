//! Events as C has them: structures in memory of C's allocator, which modules read.

use std::ffi::{c_char, c_int};
use std::ptr::{null_mut, without_provenance_mut};

use strowger_core::bus::is_stamped;
use strowger_event::{Event, EventKind, array_items};
use strowger_module::abi::{self, EVENT_MARK, EventHeader, Status};

use crate::text::{copy, release, text, text_or_empty, zeroed};

/// `SWITCH_STACK_TOP`.
const TOP: c_int = 2;
/// `SWITCH_STACK_UNSHIFT`.
const UNSHIFT: c_int = 8;
/// `SWITCH_STACK_PUSH`.
const PUSH: c_int = 16;

/// The event that `pointer` is of, or null: not one that was destroyed.
///
/// # Safety
/// Null, or memory that is, or was, an event.
pub(crate) unsafe fn known<'a>(pointer: *mut abi::Event) -> Option<&'a mut abi::Event> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.filter(|event| event.mark == EVENT_MARK)
}

/// The kind of that number.
pub(crate) fn kind(id: c_int) -> Option<EventKind> {
    EventKind::all().nth(usize::try_from(id).ok()?)
}

/// A new event without headers; null when there is no memory.
pub(crate) fn create(kind: EventKind, (file, function, line): (&str, &str, c_int)) -> *mut abi::Event {
    let pointer = zeroed(size_of::<abi::Event>()).cast::<abi::Event>();
    // SAFETY: null, or new memory of that size; all zeros are an event.
    if let Some(event) = unsafe { pointer.as_mut() } {
        event.event_id = kind as c_int;
        (event.file, event.function, event.line) = (copy(file), copy(function), line);
        event.mark = EVENT_MARK;
    }
    pointer
}

/// Lets go of an event.
///
/// # Safety
/// As [`known`]; nobody uses the event.
pub(crate) unsafe fn destroy(pointer: *mut abi::Event) {
    // SAFETY: the caller's promise.
    let Some(event) = (unsafe { known(pointer) }) else { return };
    event.mark = 0;
    // SAFETY: all of this belongs to the event alone.
    unsafe {
        while let Some(header) = event.headers.as_mut() {
            event.headers = header.next;
            free_header(header);
        }
        for memory in [event.owner, event.subclass_name, event.body, event.file, event.function] {
            release(memory);
        }
        release(pointer);
    }
}

/// # Safety
/// The header belongs to nobody any more.
unsafe fn free_header(header: *mut EventHeader) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(header) = header.as_mut() {
            free_array(header);
            release(header.name);
            release(header.value);
        }
        release(header);
    }
}

/// # Safety
/// `array` and `idx` are those of a header that was made here.
unsafe fn free_array(header: &mut EventHeader) {
    // SAFETY: the caller's promise.
    unsafe {
        items(header).for_each(|item| release(item.cast_mut()));
        release(header.array);
    }
    (header.array, header.idx) = (null_mut(), 0);
}

/// # Safety
/// As [`free_array`].
unsafe fn items(header: &EventHeader) -> impl Iterator<Item = *const c_char> {
    let count = if header.array.is_null() { 0 } else { usize::try_from(header.idx).unwrap_or(0) };
    // SAFETY: the array has that many.
    let all: Vec<*const c_char> = (0..count).map(|at| unsafe { *header.array.add(at) }.cast_const()).collect();
    all.into_iter()
}

/// The headers, one after another.
///
/// # Safety
/// The event stays as it is meanwhile.
unsafe fn headers<'a>(event: &abi::Event) -> impl Iterator<Item = &'a mut EventHeader> {
    let mut next = event.headers;
    // SAFETY: the headers of an event are a list that ends with null.
    std::iter::from_fn(move || unsafe { next.as_mut() }.inspect(|header| next = header.next))
}

/// The first header of that name.
///
/// # Safety
/// The event stays as it is while the header is used.
pub(crate) unsafe fn header<'a>(event: &abi::Event, name: &str) -> Option<&'a mut EventHeader> {
    // SAFETY: names of headers are texts.
    unsafe { headers(event) }.find(|header| unsafe { text_or_empty(header.name) }.eq_ignore_ascii_case(name))
}

/// Adds a header, as switch_event_add_header_string does.
///
/// # Safety
/// Nobody else uses the event.
pub(crate) unsafe fn add_header(event: &mut abi::Event, stack: c_int, name: &str, value: &str) -> Status {
    if name == "_body" {
        // SAFETY: the caller's promise.
        unsafe { set_body(event, Some(value)) };
        return abi::SUCCESS;
    }
    if stack & (PUSH | UNSHIFT) != 0
        // SAFETY: the caller's promise.
        && let Some(header) = unsafe { header(event, name) }
    {
        // SAFETY: the header is this event's.
        unsafe { add_item(header, stack & UNSHIFT != 0, value) };
        return abi::SUCCESS;
    }
    if holds_each_name_once(event.event_id) {
        // SAFETY: the caller's promise.
        unsafe { remove_headers(event, name, None) };
    }
    let pointer = zeroed(size_of::<EventHeader>()).cast::<EventHeader>();
    // SAFETY: null, or new memory of that size; all zeros are a header.
    let Some(header) = (unsafe { pointer.as_mut() }) else { return abi::NO_MEMORY };
    header.name = copy(name);
    // SAFETY: the header is new.
    unsafe { set_value(header, value) };
    if event.headers.is_null() {
        (event.headers, event.last_header) = (pointer, pointer);
    } else if stack & TOP != 0 {
        header.next = event.headers;
        event.headers = pointer;
    // SAFETY: the last header is this event's.
    } else if let Some(last) = unsafe { event.last_header.as_mut() } {
        last.next = pointer;
        event.last_header = pointer;
    }
    abi::SUCCESS
}

/// Kinds of events in which a header takes the place of another one of its name (`EF_UNIQ_HEADERS`).
fn holds_each_name_once(id: c_int) -> bool {
    let kinds = [EventKind::RequestParams, EventKind::ChannelData, EventKind::Message];
    kinds.iter().any(|kind| *kind as c_int == id)
}

/// # Safety
/// The header is one that was made here.
unsafe fn set_value(header: &mut EventHeader, value: &str) {
    // SAFETY: the value is the header's.
    unsafe {
        free_array(header);
        release(header.value);
    }
    header.value = copy(value);
    let Some(items) = array_items(value) else { return };
    let items: Vec<*mut c_char> = items.map(copy).collect();
    let array = zeroed(items.len().saturating_mul(size_of::<*mut c_char>())).cast::<*mut c_char>();
    if array.is_null() {
        return;
    }
    // SAFETY: the memory is new and has room for them.
    unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), array, items.len()) };
    (header.array, header.idx) = (array, c_int::try_from(items.len()).unwrap_or(0));
}

/// # Safety
/// The header is one that was made here.
unsafe fn add_item(header: &mut EventHeader, in_front: bool, value: &str) {
    // SAFETY: items and value are texts.
    let mut all: Vec<String> = unsafe { items(header).map(|item| text_or_empty(item).into_owned()).collect() };
    if all.is_empty() {
        // SAFETY: likewise.
        all.push(unsafe { text_or_empty(header.value) }.into_owned());
    }
    all.insert(if in_front { 0 } else { all.len() }, value.to_owned());
    // SAFETY: the caller's promise.
    unsafe { set_value(header, &format!("ARRAY::{}", all.join("|:"))) };
}

/// Removes the headers of that name, or those of them that have that value; whether there were any.
///
/// # Safety
/// Nobody else uses the event.
pub(crate) unsafe fn remove_headers(event: &mut abi::Event, name: &str, value: Option<&str>) -> bool {
    let (mut kept, mut last): (*mut EventHeader, *mut EventHeader) = (null_mut(), null_mut());
    let (mut next, mut found) = (event.headers, false);
    // SAFETY: the headers are this event's, a list that ends with null; each is kept or let go of.
    while let Some(header) = unsafe { next.as_mut() } {
        let pointer = next;
        next = header.next;
        // SAFETY: names and values are texts.
        let is_of_name = unsafe { text_or_empty(header.name) }.eq_ignore_ascii_case(name);
        // SAFETY: likewise.
        if is_of_name && value.is_none_or(|value| unsafe { text_or_empty(header.value) } == value) {
            found = true;
            // SAFETY: it is in the list no more.
            unsafe { free_header(pointer) };
            continue;
        }
        header.next = null_mut();
        // SAFETY: the last one that was kept.
        match unsafe { last.as_mut() } {
            Some(last) => last.next = pointer,
            None => kept = pointer,
        }
        last = pointer;
    }
    (event.headers, event.last_header) = (kept, last);
    found
}

/// Gives the event a body, or none.
///
/// # Safety
/// Nobody else uses the event.
pub(crate) unsafe fn set_body(event: &mut abi::Event, body: Option<&str>) {
    // SAFETY: the body is this event's.
    unsafe { release(event.body) };
    event.body = body.map_or(null_mut(), copy);
}

/// Gives the event a subclass, and the header that tells it.
///
/// # Safety
/// Nobody else uses the event.
pub(crate) unsafe fn set_subclass(event: &mut abi::Event, subclass: &str) {
    // SAFETY: the caller's promise.
    unsafe {
        release(event.subclass_name);
        remove_headers(event, "Event-Subclass", None);
        add_header(event, 0, "Event-Subclass", subclass);
    }
    event.subclass_name = copy(subclass);
}

/// The event without what it gets when it is published.
///
/// # Safety
/// Nobody changes the event meanwhile.
pub(crate) unsafe fn own(event: &abi::Event) -> Option<Event> {
    let mut out = Event::new(kind(event.event_id)?);
    // SAFETY: the caller's promise.
    for header in unsafe { headers(event) } {
        // SAFETY: names and values are texts.
        let (name, value) = unsafe { (text_or_empty(header.name), text_or_empty(header.value)) };
        if !is_stamped(&name) {
            out.headers.push(&name, &value);
        }
    }
    // SAFETY: null, or a text.
    out.body = unsafe { text(event.body) }.map(std::borrow::Cow::into_owned);
    Some(out)
}

/// The event as it is: one that was published has what it got then.
pub(crate) fn whole(event: &abi::Event) -> Option<Event> {
    let mut out = Event::new(kind(event.event_id)?);
    // SAFETY: an event's headers are a list, their names and values texts.
    for (name, value) in unsafe { headers(event).map(|one| (text_or_empty(one.name), text_or_empty(one.value))) } {
        out.headers.push(&name, &value);
    }
    // SAFETY: null, or a text.
    out.body = unsafe { text(event.body) }.map(std::borrow::Cow::into_owned);
    Some(out)
}

/// Whether it, or the event it was copied from, has a number.
pub(crate) fn was_published(event: &abi::Event) -> bool {
    // SAFETY: the event stays as it is meanwhile.
    unsafe { header(event, "Event-Sequence") }.is_some()
}

/// Adds copies of another event's headers.
///
/// # Safety
/// Nobody else uses the events.
pub(crate) unsafe fn copy_headers(event: &mut abi::Event, other: &abi::Event) {
    // SAFETY: the caller's promise; names and values are texts.
    unsafe {
        for one in headers(other) {
            let (name, value) = (text_or_empty(one.name), text_or_empty(one.value));
            add_header(event, 0, &name, &value);
        }
    }
}

/// A published event for a callback.
pub(crate) fn of(event: &Event, user_data: usize) -> *mut abi::Event {
    let pointer = create(event.kind, ("", "", 0));
    // SAFETY: null, or an event that nobody has yet.
    let Some(made) = (unsafe { pointer.as_mut() }) else { return pointer };
    for (name, value) in event.headers.iter() {
        // SAFETY: likewise.
        unsafe { add_header(made, 0, name, value) };
    }
    made.subclass_name = event.subclass().map_or(null_mut(), copy);
    made.body = event.body.as_deref().map_or(null_mut(), copy);
    made.bind_user_data = without_provenance_mut(user_data);
    pointer
}

#[cfg(test)]
mod tests;
