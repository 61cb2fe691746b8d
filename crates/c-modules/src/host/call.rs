//! Calls.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

use strowger_core::channel::{Answer, ChannelState, Direction, HangupCause};
use strowger_core::session::{Action, Session};
use strowger_event::EventKind;
use strowger_module::abi::{self, Event, Opaque, PROFILE, Profile, Status};

use crate::call::Call;
use crate::command::status;
use crate::event as memory;
use crate::handles::pointer;
use crate::shared::{Shared, guarded};
use crate::text::{copy, text as read, text_or_empty};

/// What is said on the log of a session: its Unique-ID; empty when there is none of that number.
pub(super) fn uuid_of(session: *const Opaque) -> String {
    let call = Shared::get().and_then(|shared| shared.calls.get(session));
    call.map(|call| call.handle.uuid().to_owned()).unwrap_or_default()
}

/// Does something with the session of that number.
pub(super) fn with<T>(
    session: *mut Opaque,
    otherwise: T,
    what: impl FnOnce(&'static Shared, Arc<Call>) -> Option<T>,
) -> T {
    guarded(otherwise, |shared| what(shared, shared.calls.get(session)?))
}

pub(super) unsafe extern "C" fn locate(module: *mut c_void, uuid: *const c_char) -> *mut Opaque {
    guarded(null_mut(), |shared| {
        let module = shared.modules.get(module)?;
        // SAFETY: null or a text.
        let handle = shared.switch.sessions().get(&unsafe { read(uuid) }?)?;
        let id = Call::hold(shared, handle, Some(Arc::downgrade(&module)));
        module.holds(id);
        Some(pointer(id))
    })
}

pub(super) unsafe extern "C" fn rwunlock(session: *mut Opaque) {
    with(session, (), |shared, call| {
        // The session of an application is the switch's to let go of.
        let locator = call.located_by.as_ref()?;
        Call::release(shared, session);
        locator.upgrade()?.lets_go(session);
        Some(())
    });
}

pub(super) unsafe extern "C" fn pool(session: *mut Opaque) -> *mut Opaque {
    with(session, null_mut(), |_, call| Some(pointer(call.pool_id)))
}

pub(super) unsafe extern "C" fn text(session: *mut Opaque, which: c_int) -> *const c_char {
    with(session, null(), |shared, call| {
        let text = match which {
            0 => call.handle.uuid().to_owned(),
            _ => call.ask(shared, |session| session.channel.name.clone())?,
        };
        Some(call.pool.keep(&text))
    })
}

pub(super) unsafe extern "C" fn number(session: *mut Opaque, which: c_int) -> c_int {
    let gone = if which == 0 { ChannelState::Destroy as c_int } else { 0 };
    with(session, gone, |shared, call| {
        let cause = call.handle.hangup_cause();
        match which {
            1 => Some(cause.map_or(0, |cause| cause as c_int)),
            3..=5 if cause.is_some() => Some(0),
            _ => call.ask(shared, move |session| of(session, which)),
        }
    })
}

fn of(session: &Session, which: c_int) -> c_int {
    let channel = &session.channel;
    let goes_on = session.check().is_ok();
    match which {
        0 => channel.state as c_int,
        2 => (channel.direction == Direction::Outbound).into(),
        3 => goes_on.into(),
        4 => (goes_on && matches!(channel.answer, Answer::Early | Answer::Answered)).into(),
        5 => (goes_on && matches!(channel.answer, Answer::Answered)).into(),
        6 => channel.call_state as c_int,
        _ => 0,
    }
}

pub(super) unsafe extern "C" fn get_variable(session: *mut Opaque, name: *const c_char) -> *const c_char {
    with(session, null(), |shared, call| {
        // SAFETY: null or a text.
        let name = unsafe { read(name) }?.into_owned();
        let asked = name.clone();
        let value = match call.ask(shared, move |session| session.channel.variable(&asked).map(str::to_owned)) {
            Some(value) => value?,
            None => call.handle.remembered()?.get(&name)?.to_owned(),
        };
        Some(call.pool.keep(&value))
    })
}

pub(super) unsafe extern "C" fn set_variable(
    session: *mut Opaque,
    name: *const c_char,
    value: *const c_char,
    how: c_int,
) -> Status {
    with(session, abi::FALSE, |shared, call| {
        // SAFETY: null or texts.
        let (name, value) = unsafe { (read(name)?.into_owned(), text_or_empty(value).into_owned()) };
        if name.is_empty() {
            return None;
        }
        call.ask(shared, move |session| set(session, &name, &value, how))?;
        Some(abi::SUCCESS)
    })
}

/// An empty value takes the variable away, as in FreeSWITCH.
fn set(session: &mut Session, name: &str, value: &str, how: c_int) {
    let variables = &mut session.channel.variables;
    if value.is_empty() {
        variables.remove(name);
        return;
    }
    variables.set(name, value);
    let list = match how {
        1 => "export_vars",
        2 => "bridge_export_vars",
        _ => return,
    };
    let exported = variables.get(list).unwrap_or_default().to_owned();
    if !exported.split(',').any(|known| known.eq_ignore_ascii_case(name)) {
        let separator = if exported.is_empty() { "" } else { "," };
        variables.set(list, &format!("{exported}{separator}{name}"));
    }
}

pub(super) unsafe extern "C" fn answer(session: *mut Opaque, how: c_int) -> Status {
    with(session, abi::FALSE, |shared, call| {
        let done = call.ask(shared, move |session| match how {
            0 => session.ring_ready(),
            1 => session.pre_answer(),
            _ => session.answer(),
        });
        Some(status(done?.is_ok()))
    })
}

pub(super) unsafe extern "C" fn hangup(session: *mut Opaque, cause: c_int) -> c_int {
    with(session, ChannelState::Destroy as c_int, |shared, call| {
        let cause = HangupCause::ALL.iter().copied().find(|one| *one as c_int == cause);
        let cause = cause.unwrap_or(HangupCause::NormalClearing);
        call.ask(shared, move |session| {
            session.hangup(cause);
            session.channel.state as c_int
        })
    })
}

pub(super) unsafe extern "C" fn execute(
    session: *mut Opaque,
    application: *const c_char,
    argument: *const c_char,
) -> Status {
    with(session, abi::FALSE, |shared, call| {
        // SAFETY: null or texts.
        let (application, data) = unsafe { (read(application)?.into_owned(), text_or_empty(argument).into_owned()) };
        let action = Action { application, data };
        let done = call.work(shared, move |session| {
            Box::pin(async move { !session.channel.is_down() && session.execute(&action).await.is_ok() })
        });
        Some(status(done?))
    })
}

pub(super) unsafe extern "C" fn transfer(
    session: *mut Opaque,
    extension: *const c_char,
    dialplan: *const c_char,
    context: *const c_char,
) -> Status {
    with(session, abi::FALSE, |shared, call| {
        // SAFETY: null or texts.
        let (number, dialplan, context) = unsafe {
            let owned = |pointer| text_or_empty(pointer).into_owned();
            (read(extension)?.into_owned(), owned(dialplan), owned(context))
        };
        call.ask(shared, move |session| session.transfer(&number, &dialplan, &context))?;
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn event_data(session: *mut Opaque, event: *mut Event) -> Status {
    with(session, abi::FALSE, |shared, call| {
        // SAFETY: null or an event.
        let event = unsafe { memory::known(event) }?;
        let told = call.ask(shared, |session| session.channel.event(EventKind::ChannelData, &[]))?;
        for (name, value) in told.headers.iter() {
            // SAFETY: the event is there, and nobody else uses it.
            unsafe { memory::add_header(event, 0, name, value) };
        }
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn expand(session: *mut Opaque, text: *const c_char) -> *mut c_char {
    with(session, null_mut(), |shared, call| {
        // SAFETY: null or a text.
        let text = unsafe { read(text) }?.into_owned();
        let expanded =
            call.work(shared, move |session| Box::pin(async move { session.expand(&text).await.into_owned() }))?;
        Some(copy(&expanded))
    })
}

pub(super) unsafe extern "C" fn profile(session: *mut Opaque) -> *mut Profile {
    with(session, null_mut(), |shared, call| {
        let profile = call.ask(shared, |session| session.channel.profile.clone())??;
        let made = call.pool.alloc(size_of::<Profile>()).cast::<Profile>();
        let texts = PROFILE.map(|name| call.pool.keep(profile.field(name).unwrap_or_default()));
        // SAFETY: null, or new memory of that size.
        unsafe { made.as_mut() }?.texts = texts;
        Some(made)
    })
}
