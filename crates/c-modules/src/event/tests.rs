use super::*;

/// An event of a kind with headers.
fn event(kind: EventKind, headers: &[(c_int, &str, &str)]) -> *mut abi::Event {
    let pointer = create(kind, ("mod_x.c", "load", 1));
    for (stack, name, value) in headers {
        // SAFETY: an event that was just made.
        unsafe { add_header(&mut *pointer, *stack, name, value) };
    }
    pointer
}

/// The event's headers, `name=value`, and lets go of it.
fn told(pointer: *mut abi::Event) -> Vec<String> {
    // SAFETY: the test's own event.
    let all =
        unsafe { own(&*pointer) }.unwrap().headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    // SAFETY: likewise.
    unsafe { destroy(pointer) };
    all
}

#[test]
fn headers_keep_their_order() {
    let made = event(EventKind::Custom, &[(1, "a", "1"), (1, "b", "2"), (TOP, "c", "3"), (1, "A", "4")]);
    assert_eq!(told(made), ["c=3", "a=1", "b=2", "A=4"]);
    let once = event(EventKind::RequestParams, &[(1, "a", "1"), (1, "b", "2"), (1, "A", "4")]);
    assert_eq!(told(once), ["b=2", "A=4"]);
}

#[test]
fn values_become_arrays() {
    let made = event(EventKind::General, &[(1, "a", "1"), (PUSH, "a", "2"), (UNSHIFT, "a", "0"), (PUSH, "b", "x")]);
    // SAFETY: the test's own event.
    let array = unsafe { header(&*made, "A") }.unwrap();
    assert_eq!(array.idx, 3);
    // SAFETY: three items.
    assert_eq!(unsafe { text_or_empty(*array.array.add(2)) }, "2");
    assert_eq!(told(made), ["a=ARRAY::0|:1|:2", "b=x"]);
}

#[test]
fn headers_are_removed_by_name_and_value() {
    let made = event(EventKind::General, &[(1, "a", "1"), (1, "b", "2"), (1, "a", "3")]);
    // SAFETY: the test's own event.
    unsafe {
        assert!(remove_headers(&mut *made, "A", Some("3")));
        assert!(!remove_headers(&mut *made, "a", Some("3")));
        add_header(&mut *made, 1, "c", "4");
        assert!(remove_headers(&mut *made, "b", None));
    }
    assert_eq!(told(made), ["a=1", "c=4"]);
}

#[test]
fn a_published_event_comes_back_as_its_own_part() {
    let there =
        Event::custom("x::y").header("Event-Name", "CUSTOM").header("Event-Sequence", "7").header("a", "ARRAY::1|:2");
    let made = of(&there.body("text"), 5);
    // SAFETY: the test's own event.
    let back = unsafe { own(&*made) }.unwrap();
    assert_eq!(back, Event::custom("x::y").header("a", "ARRAY::1|:2").body("text"));
    // SAFETY: likewise.
    unsafe { destroy(made) };
}

#[test]
fn one_that_was_destroyed_is_none() {
    // SAFETY: null is no event.
    assert!(unsafe { known(null_mut()) }.is_none());
    // SAFETY: null may be destroyed.
    unsafe { destroy(null_mut()) };
    assert!(kind(-1).is_none() && kind(94).is_none() && kind(0) == Some(EventKind::Custom));
}
