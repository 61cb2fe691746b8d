//! The header and the Rust side describe the same interface.

use std::ffi::c_int;
use std::mem::offset_of;

use strowger_core::channel::HangupCause;
use strowger_event::EventKind;
use strowger_module::abi;

unsafe extern "C" {
    /// shim.c.
    static strowger_layout: [usize; 25];
}

#[test]
fn structures_lie_alike() {
    let ours = [
        size_of::<abi::EventHeader>(),
        offset_of!(abi::EventHeader, next),
        size_of::<abi::Event>(),
        offset_of!(abi::Event, mark),
        size_of::<abi::Stream>(),
        offset_of!(abi::Stream, param_event),
        size_of::<abi::ApplicationInterface>(),
        offset_of!(abi::ApplicationInterface, data),
        size_of::<abi::CommandInterface>(),
        offset_of!(abi::CommandInterface, data),
        size_of::<abi::ModuleInterface>(),
        size_of::<abi::Xml>(),
        offset_of!(abi::Xml, parent),
        size_of::<abi::FunctionTable>(),
        offset_of!(abi::FunctionTable, host),
        size_of::<abi::Profile>(),
        size_of::<abi::Asking>(),
        offset_of!(abi::Asking, onward),
        size_of::<abi::Host>(),
        usize::try_from(abi::VERSION).unwrap(),
        EventKind::All as usize,
        HangupCause::NormalClearing as usize,
        strowger_core::channel::ChannelState::None as usize,
        usize::try_from(abi::STAYS).unwrap(),
        usize::try_from(abi::ENDED).unwrap(),
    ];
    // SAFETY: a constant of shim.c with that many numbers.
    assert_eq!(ours, unsafe { strowger_layout });
}

/// The text of a file of include/strowger.
fn header(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../include/strowger/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_table_has_the_header_s_order() {
    let text = header("host.h");
    let body = text.split("typedef struct strowger_host {").nth(1).unwrap().split("} strowger_host_t;").next().unwrap();
    let fields = body.split("(*").skip(1).map(|rest| rest.split(')').next().unwrap());
    // Arguments that are functions themselves are no fields.
    let fields: Vec<_> = std::iter::once("module").chain(fields.filter(|name| *name != "run")).collect();
    assert_eq!(fields, abi::HOST);
}

#[test]
fn the_header_names_every_event_and_cause() {
    let text = header("types.h");
    let numbered = |prefix: &str| -> Vec<String> {
        let words = text.split([' ', ',', '\n', '\t']).filter_map(|word| word.strip_prefix(prefix));
        words.map(str::to_owned).collect()
    };
    let kinds: Vec<_> = EventKind::all().map(|kind| kind.name().to_owned()).collect();
    let named: Vec<_> = numbered("SWITCH_EVENT_").into_iter().filter(|name| !name.starts_with("SUBCLASS")).collect();
    assert_eq!(named, kinds);
    for cause in HangupCause::ALL {
        let line = format!("SWITCH_CAUSE_{} = {}", cause.name(), *cause as c_int);
        assert!(text.contains(&line), "{line}");
    }
}

#[test]
fn the_header_has_the_profile_s_order() {
    let text = header("types.h");
    let body = text.split("typedef struct switch_caller_profile {").nth(1).unwrap().split('}').next().unwrap();
    let names: Vec<_> = body.split(['*', ';']).map(str::trim).filter(|word| abi::PROFILE.contains(word)).collect();
    assert_eq!(names, abi::PROFILE);
}
