//! The configuration as C has it.

use std::collections::HashMap;
use std::ffi::c_char;
use std::ptr::null_mut;

use strowger_config::Element;
use strowger_module::abi::Xml;

use crate::text::{copy, release, zeroed};

/// An element and what is within it; null when there is no memory.
pub(crate) fn of(element: &Element) -> *mut Xml {
    build(element, null_mut())
}

fn build(element: &Element, parent: *mut Xml) -> *mut Xml {
    let made = zeroed(size_of::<Xml>()).cast::<Xml>();
    // SAFETY: null, or zeroed memory of that size, of which nobody knows yet.
    let Some(xml) = (unsafe { made.as_mut() }) else { return made };
    (xml.name, xml.txt, xml.parent) = (copy(&element.name), copy(&element.text), parent);
    xml.attr = attributes(&element.attributes);
    let children: Vec<(&str, *mut Xml)> =
        element.children.iter().map(|child| (child.name.as_str(), build(child, made))).collect();
    let children: Vec<_> = children.into_iter().filter(|(_, child)| !child.is_null()).collect();
    xml.child = children.first().map_or(null_mut(), |(_, first)| *first);
    let mut last_of_name: HashMap<&str, *mut Xml> = HashMap::new();
    let (mut before, mut last_first): (*mut Xml, *mut Xml) = (null_mut(), null_mut());
    for (name, child) in children {
        // SAFETY: each of them is null or a child that was just made.
        unsafe {
            if let Some(before) = before.as_mut() {
                before.ordered = child;
            }
            match last_of_name.insert(name, child).and_then(|last| last.as_mut()) {
                Some(last) => last.next = child,
                None => {
                    if let Some(first) = last_first.as_mut() {
                        first.sibling = child;
                    }
                    last_first = child;
                }
            }
        }
        before = child;
    }
    made
}

/// Name, value, …, null.
fn attributes(all: &[(String, String)]) -> *mut *mut c_char {
    let texts: Vec<*mut c_char> = all.iter().flat_map(|(name, value)| [copy(name), copy(value)]).collect();
    let list = zeroed((texts.len() + 1).saturating_mul(size_of::<*mut c_char>())).cast::<*mut c_char>();
    if !list.is_null() {
        // SAFETY: the memory is new and has room for one more.
        unsafe { std::ptr::copy_nonoverlapping(texts.as_ptr(), list, texts.len()) };
    }
    list
}

/// Lets go of an element and all that is within it.
///
/// # Safety
/// Null, or an element that [`of`] made and nobody uses any more.
pub(crate) unsafe fn free(pointer: *mut Xml) {
    // SAFETY: the caller's promise; every text and list belongs to its element alone.
    unsafe {
        let Some(xml) = pointer.as_mut() else { return };
        let mut child = xml.child;
        while let Some(one) = child.as_ref() {
            let next = one.ordered;
            free(child);
            child = next;
        }
        let mut attribute = xml.attr;
        while !attribute.is_null() && !(*attribute).is_null() {
            release(*attribute);
            attribute = attribute.add(1);
        }
        release(xml.attr);
        release(xml.name);
        release(xml.txt);
        release(pointer);
    }
}
