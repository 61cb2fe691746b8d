use std::ffi::{CString, c_char, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;

use crate::abi::{
    self, ApplicationInterface, CommandInterface, Host, ModuleInterface, Opaque, SUCCESS, Status, Stream,
};
use crate::host::{c, host, text};
use crate::private::caught;
use crate::{Event, Session};

type Command = Box<dyn Fn(&str) -> String + Send + Sync>;
type Application = Box<dyn Fn(&Session, &str) + Send + Sync>;
type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// The module while it gets ready: what it brings, and what it wants to hear.
pub struct Module {
    host: &'static Host,
    interface: *mut ModuleInterface,
}

impl Module {
    pub(crate) fn new(host: &'static Host, interface: *mut ModuleInterface) -> Self {
        Self { host, interface }
    }

    /// Brings a command. The function is given its arguments and returns its answer; several may run at the same time.
    pub fn command(
        &mut self,
        name: &str,
        syntax: &str,
        help: &str,
        run: impl Fn(&str) -> String + Send + Sync + 'static,
    ) {
        let word = self.word(abi::COMMAND).cast::<CommandInterface>();
        let (name, syntax, desc) = (self.keep(name), self.keep(syntax), self.keep(help));
        // SAFETY: null, or a new word that nobody has yet.
        if let Some(word) = unsafe { word.as_mut() } {
            (word.name, word.syntax, word.desc) = (name, syntax, desc);
            word.run = Some(run_command);
            word.drop = Some(drop_data::<Command>);
            word.data = data(Box::new(run) as Command);
        }
    }

    /// Brings a dialplan application. The function is given the call and its argument, and may take as long as the call.
    pub fn application(
        &mut self,
        name: &str,
        syntax: &str,
        help: &str,
        run: impl Fn(&Session, &str) + Send + Sync + 'static,
    ) {
        let word = self.word(abi::APPLICATION).cast::<ApplicationInterface>();
        let (name, syntax, desc) = (self.keep(name), self.keep(syntax), self.keep(help));
        // SAFETY: null, or a new word that nobody has yet.
        if let Some(word) = unsafe { word.as_mut() } {
            (word.name, word.syntax, word.short_desc) = (name, syntax, desc);
            word.run = Some(run_application);
            word.drop = Some(drop_data::<Application>);
            word.data = data(Box::new(run) as Application);
        }
    }

    /// Hears events of a kind (`CHANNEL_ANSWER`; `ALL` for every one), of CUSTOM ones those of a subclass, or all. Events
    /// are told one after another, on a thread of the module's own. False when there is no such kind.
    pub fn bind(&mut self, kind: &str, subclass: Option<&str>, heard: impl Fn(&Event) + Send + Sync + 'static) -> bool {
        let (mut id, mut node) = (0, null_mut());
        let listener = data(Box::new(heard) as Listener);
        let (name, subclass) = (c(kind), subclass.map(c));
        let subclass = subclass.as_ref().map_or(std::ptr::null(), |subclass| subclass.as_ptr());
        // SAFETY: the switch's functions, with texts, and data that is kept until after the bind has ended.
        let status = unsafe {
            match (self.host.name_event)(name.as_ptr(), &raw mut id) {
                SUCCESS => {
                    let module = self.host.module;
                    (self.host.event_bind)(module, name.as_ptr(), id, subclass, Some(tell), listener, &raw mut node)
                }
                other => other,
            }
        };
        if let Ok(mut heard) = HEARD.lock() {
            heard.push(Heard { node, listener });
        }
        status == SUCCESS
    }

    fn word(&self, kind: i32) -> *mut c_void {
        // SAFETY: the switch's function, with the interface that it made.
        unsafe { (self.host.create_interface)(self.host.module, self.interface, kind) }
    }

    /// The text in memory that goes with the module; null when there is none left.
    fn keep(&self, text: &str) -> *const c_char {
        let text: CString = c(text);
        let bytes = text.as_bytes_with_nul();
        // SAFETY: the switch's function, and as much memory as was asked for, or none.
        unsafe {
            let memory = (self.host.pool_alloc)(self.host.module, null_mut(), bytes.len()).cast::<u8>();
            if !memory.is_null() {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len());
            }
            memory.cast()
        }
    }
}

/// What is heard, and by whom.
struct Heard {
    node: *mut Opaque,
    listener: *mut c_void,
}

// SAFETY: a number of the switch's, and a listener that may be used on any thread.
unsafe impl Send for Heard {}

static HEARD: Mutex<Vec<Heard>> = Mutex::new(Vec::new());

/// Hears nothing any more, and lets go of whoever heard.
pub(crate) fn end_hearing() {
    let all = HEARD.lock().map(|mut heard| std::mem::take(&mut *heard)).unwrap_or_default();
    for mut heard in all {
        if let Some(host) = host() {
            // SAFETY: the switch's function, with what it gave; nobody is told anything from then on.
            unsafe { (host.event_unbind)(host.module, &raw mut heard.node) };
        }
        // SAFETY: it was made for this bind alone.
        unsafe { drop_data::<Listener>(heard.listener) };
    }
}

fn data<T>(what: T) -> *mut c_void {
    Box::into_raw(Box::new(what)).cast()
}

/// # Safety
/// What [`data`] made of such a thing, which nobody uses any more.
unsafe extern "C" fn drop_data<T>(data: *mut c_void) {
    if !data.is_null() {
        // SAFETY: the caller's promise.
        caught("dropping what a module keeps", (), || drop(unsafe { Box::from_raw(data.cast::<T>()) }));
    }
}

unsafe extern "C" fn run_command(
    data: *mut c_void,
    arguments: *const c_char,
    _session: *mut Opaque,
    stream: *mut Stream,
) -> Status {
    // SAFETY: the word's own data, a text, and a stream.
    unsafe {
        let (Some(run), Some(into)) = (data.cast::<Command>().as_ref(), stream.as_ref()) else { return abi::FALSE };
        let arguments = text(arguments).unwrap_or_default();
        let failed = || "-ERR the command failed\n".to_owned();
        let mut answer = caught("a command", failed(), || run(&arguments)).into_bytes();
        match into.raw_write_function {
            Some(write) => write(stream, answer.as_mut_ptr(), answer.len()),
            None => abi::FALSE,
        }
    }
}

unsafe extern "C" fn run_application(data: *mut c_void, session: *mut Opaque, argument: *const c_char) {
    // SAFETY: the word's own data, and a text.
    unsafe {
        let Some(run) = data.cast::<Application>().as_ref() else { return };
        let argument = text(argument).unwrap_or_default();
        caught("an application", (), || run(&Session::of(session), &argument));
    }
}

unsafe extern "C" fn tell(event: *mut abi::Event) {
    // SAFETY: an event of the switch's, with the listener that was given when it was bound.
    unsafe {
        let Some(heard) = event.as_ref().and_then(|event| event.bind_user_data.cast::<Listener>().as_ref()) else {
            return;
        };
        caught("what hears events", (), || heard(&Event::lent(event)));
    }
}
