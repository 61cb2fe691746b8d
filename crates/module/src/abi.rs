//! The interface between the switch and its modules, as include/strowger/*.h has it: the same structures and the same
//! table of functions, in the same order. Tests of the switch hold both against each other.

use std::ffi::{c_char, c_int, c_ulong, c_void};

/// The interface described here (`SWITCH_API_VERSION`).
pub const VERSION: c_int = 0x5354_0001;

/// `switch_status_t`: zero is success.
pub type Status = c_int;

/// `SWITCH_STATUS_SUCCESS`.
pub const SUCCESS: Status = 0;
/// `SWITCH_STATUS_FALSE`.
pub const FALSE: Status = 1;
/// `SWITCH_STATUS_MEMERR`.
pub const NO_MEMORY: Status = 6;
/// `SWITCH_STATUS_GENERR`.
pub const ERROR: Status = 9;
/// `SWITCH_STATUS_INUSE`.
pub const IN_USE: Status = 10;
/// `SWITCH_STATUS_NOUNLOAD`.
pub const STAYS: Status = 16;
/// `SWITCH_STATUS_TERM`.
pub const ENDED: Status = 21;

/// `SWITCH_APPLICATION_INTERFACE`.
pub const APPLICATION: c_int = 4;
/// `SWITCH_API_INTERFACE`.
pub const COMMAND: c_int = 5;

/// What only the switch looks into.
#[repr(C)]
pub struct Opaque {
    _private: [u8; 0],
}

/// `switch_event_header_t`.
#[repr(C)]
pub struct EventHeader {
    /// Its name.
    pub name: *mut c_char,
    /// Its value; of an array all of them, as `ARRAY::a|:b`.
    pub value: *mut c_char,
    /// The values of an array.
    pub array: *mut *mut c_char,
    /// How many.
    pub idx: c_int,
    /// Not used.
    pub hash: c_ulong,
    /// The one behind it.
    pub next: *mut EventHeader,
}

/// `switch_event_t`.
#[repr(C)]
pub struct Event {
    /// What it tells of.
    pub event_id: c_int,
    /// Not used.
    pub priority: c_int,
    /// Not used.
    pub owner: *mut c_char,
    /// Its subclass.
    pub subclass_name: *mut c_char,
    /// Its first header.
    pub headers: *mut EventHeader,
    /// Its last one.
    pub last_header: *mut EventHeader,
    /// Its body.
    pub body: *mut c_char,
    /// What was given when the callback was bound.
    pub bind_user_data: *mut c_void,
    /// What was given when it was fired.
    pub event_user_data: *mut c_void,
    /// Not used.
    pub key: c_ulong,
    /// Not used.
    pub next: *mut Event,
    /// Not used.
    pub flags: c_int,
    /// The file that made it.
    pub file: *mut c_char,
    /// The function.
    pub function: *mut c_char,
    /// The line.
    pub line: c_int,
    /// [`EVENT_MARK`] while there is such an event.
    pub mark: u32,
}

/// What stands in an event that was made and not destroyed.
pub const EVENT_MARK: u32 = 0x5354_4556;

/// `switch_stream_handle_t`.
#[repr(C)]
pub struct Stream {
    /// Not used.
    pub read_function: *const c_void,
    /// Writes as printf does.
    pub write_function: *const c_void,
    /// Writes bytes.
    pub raw_write_function: Option<unsafe extern "C" fn(*mut Stream, *mut u8, usize) -> Status>,
    /// What was written.
    pub data: *mut c_void,
    /// Its end.
    pub end: *mut c_void,
    /// The room there is.
    pub data_size: usize,
    /// How much was written.
    pub data_len: usize,
    /// Not used.
    pub alloc_len: usize,
    /// Not used.
    pub alloc_chunk: usize,
    /// Not used.
    pub param_event: *mut Event,
}

/// `switch_caller_profile_t`: texts in the order of the header.
#[repr(C)]
pub struct Profile {
    /// All of them are there.
    pub texts: [*const c_char; PROFILE.len()],
}

/// The texts of a caller profile, in their order.
pub const PROFILE: [&str; 17] = [
    "username",
    "dialplan",
    "caller_id_name",
    "caller_id_number",
    "orig_caller_id_name",
    "orig_caller_id_number",
    "callee_id_name",
    "callee_id_number",
    "network_addr",
    "ani",
    "aniii",
    "rdnis",
    "destination_number",
    "source",
    "chan_name",
    "uuid",
    "context",
];

/// `strowger_asking_t`: a question for digits.
#[repr(C)]
pub struct Asking {
    /// The fewest digits that are an answer.
    pub min_digits: u32,
    /// With so many it is complete.
    pub max_digits: u32,
    /// How often it is asked at the most.
    pub max_tries: u32,
    /// How long the first digit may take, in milliseconds.
    pub timeout: u32,
    /// How long each further one may take.
    pub digit_timeout: u32,
    /// Digits that end the answer.
    pub terminators: *const c_char,
    /// What is played.
    pub prompt: *const c_char,
    /// What is played after a bad answer.
    pub bad_prompt: *const c_char,
    /// The variable that gets the answer.
    pub variable: *const c_char,
    /// What an answer must match.
    pub pattern: *const c_char,
    /// Where the call goes when there was no good answer.
    pub onward: *const c_char,
}

/// `switch_application_interface_t`.
#[repr(C)]
pub struct ApplicationInterface {
    /// Its name.
    pub name: *const c_char,
    /// What C modules give.
    pub function: Option<unsafe extern "C" fn(*mut Opaque, *const c_char)>,
    /// What it does, at length.
    pub long_desc: *const c_char,
    /// What it does.
    pub short_desc: *const c_char,
    /// Its argument.
    pub syntax: *const c_char,
    /// Not used.
    pub flags: u32,
    /// What other modules give: a function with data.
    pub run: Option<unsafe extern "C" fn(*mut c_void, *mut Opaque, *const c_char)>,
    /// Lets go of the data.
    pub drop: Option<unsafe extern "C" fn(*mut c_void)>,
    /// The data.
    pub data: *mut c_void,
}

/// `switch_api_interface_t`.
#[repr(C)]
pub struct CommandInterface {
    /// Its name.
    pub name: *const c_char,
    /// What it does.
    pub desc: *const c_char,
    /// What C modules give.
    pub function: Option<unsafe extern "C" fn(*const c_char, *mut Opaque, *mut Stream) -> Status>,
    /// Its arguments.
    pub syntax: *const c_char,
    /// Not used.
    pub flags: u32,
    /// What other modules give: a function with data.
    pub run: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut Opaque, *mut Stream) -> Status>,
    /// Lets go of the data.
    pub drop: Option<unsafe extern "C" fn(*mut c_void)>,
    /// The data.
    pub data: *mut c_void,
}

/// `switch_loadable_module_interface_t`.
#[repr(C)]
pub struct ModuleInterface {
    /// What the module calls itself.
    pub module_name: *const c_char,
    /// Its memory.
    pub pool: *mut Opaque,
}

/// `struct switch_xml`.
#[repr(C)]
pub struct Xml {
    /// The tag.
    pub name: *mut c_char,
    /// Name, value, …, null.
    pub attr: *mut *mut c_char,
    /// Its text.
    pub txt: *mut c_char,
    /// The next of the same name.
    pub next: *mut Xml,
    /// The first of the next name.
    pub sibling: *mut Xml,
    /// The next of any name.
    pub ordered: *mut Xml,
    /// The first within it.
    pub child: *mut Xml,
    /// What it is within.
    pub parent: *mut Xml,
}

/// `switch_loadable_module_function_table_t`: what the switch looks for in a file.
#[repr(C)]
pub struct FunctionTable {
    /// [`VERSION`].
    pub version: c_int,
    /// Gets the module ready.
    pub load: Option<unsafe extern "C" fn(*mut *mut ModuleInterface, *mut Opaque) -> Status>,
    /// Ends it.
    pub shutdown: Option<unsafe extern "C" fn() -> Status>,
    /// Runs on a thread of its own.
    pub runtime: Option<unsafe extern "C" fn() -> Status>,
    /// Not used.
    pub flags: u32,
    /// Where the switch puts its functions.
    pub host: *mut *const Host,
}

// SAFETY: the pointers are those of functions and of a static; the switch writes through `host` before any thread of the
// module is there.
unsafe impl Sync for FunctionTable {}

macro_rules! host {
    ($($(#[$doc:meta])* $name:ident($($argument:ty),*) $(-> $answer:ty)?;)*) => {
        /// `strowger_host_t`: the functions of the switch.
        #[repr(C)]
        pub struct Host {
            /// Which module the table was given to.
            pub module: *mut c_void,
            $($(#[$doc])* pub $name: unsafe extern "C" fn($($argument),*) $(-> $answer)?,)*
        }

        /// The names of the table's fields, in their order.
        pub const HOST: &[&str] = &["module", $(stringify!($name)),*];
    };
}

type Text = *const c_char;
type Module = *mut c_void;
type Session = *mut Opaque;
type Pool = *mut Opaque;

host! {
    /// Writes a line into the log.
    log(Module, c_int, Text, Text, c_int, Text, c_int, Text);
    /// Makes a pool.
    pool_new(Module, *mut Pool) -> Status;
    /// Lets go of one.
    pool_destroy(*mut Pool) -> Status;
    /// Zeroed memory.
    pool_alloc(Module, Pool, usize) -> *mut c_void;
    /// What the words are put into.
    module_interface(Module, Pool, Text) -> *mut ModuleInterface;
    /// A word, to be filled in.
    create_interface(Module, *mut ModuleInterface, c_int) -> *mut c_void;
    /// How the console goes on: `add WORDS`, `del WORDS`.
    set_complete(Module, Text);
    /// Makes an event.
    event_create(Text, Text, c_int, *mut *mut Event, c_int, Text) -> Status;
    /// Adds a header.
    event_add_header(*mut Event, c_int, Text, Text) -> Status;
    /// Removes headers of a name, or only those with a value.
    event_del_header(*mut Event, Text, Text) -> Status;
    /// The first of a name.
    event_get_header(*mut Event, Text) -> *mut EventHeader;
    /// Gives it a body, or none.
    event_set_body(*mut Event, Text) -> Status;
    /// Gives it another subclass.
    event_set_subclass(*mut Event, Text) -> Status;
    /// A copy.
    event_dup(*mut *mut Event, *mut Event) -> Status;
    /// Adds the headers of another one.
    event_merge(*mut Event, *mut Event);
    /// Lets go of it.
    event_destroy(*mut *mut Event);
    /// As a text: 0 plain, 1 plain and encoded, 2 JSON.
    event_serialize(*mut Event, *mut *mut c_char, c_int) -> Status;
    /// Publishes it, and lets go of it.
    event_fire(Module, *mut *mut Event, *mut c_void) -> Status;
    /// Has a function called for each such event.
    event_bind(Module, Text, c_int, Text, Option<unsafe extern "C" fn(*mut Event)>, *mut c_void, *mut *mut Opaque) -> Status;
    /// No more.
    event_unbind(Module, *mut *mut Opaque) -> Status;
    /// No more, wherever it was bound.
    event_unbind_callback(Module, Option<unsafe extern "C" fn(*mut Event)>) -> Status;
    /// Keeps a subclass for the module.
    event_reserve_subclass(Module, Text) -> Status;
    /// And no more.
    event_free_subclass(Module, Text) -> Status;
    /// `CHANNEL_CREATE`, ….
    event_name(c_int) -> Text;
    /// The number of such a name.
    name_event(Text, *mut c_int) -> Status;
    /// A variable of the switch.
    get_variable(Module, Text) -> Text;
    /// Sets one.
    set_variable(Text, Text);
    /// 0 its id, 1 the host's name, 2 the switch's.
    identity(Module, c_int) -> Text;
    /// How many calls there are.
    session_count() -> u32;
    /// Whether it takes calls.
    ready() -> c_int;
    /// A new id, of 36 characters.
    new_uuid(*mut c_char, usize);
    /// Runs a command.
    api_execute(Module, Text, Text, Session, *mut *mut c_char) -> Status;
    /// `NORMAL_CLEARING`, ….
    cause_name(c_int) -> Text;
    /// The number of such a name, or of a number.
    name_cause(Text) -> c_int;
    /// Starts a thread that the module is not let go of before it ends.
    thread_start(Module, Option<unsafe extern "C" fn(*mut c_void) -> *mut c_void>, *mut c_void, *mut u64) -> Status;
    /// Waits for it.
    thread_join(Module, u64) -> Status;
    /// A file of a section.
    xml_open(Text, Text) -> *mut Xml;
    /// Lets go of it.
    xml_free(*mut Xml);
    /// The call of that id.
    session_locate(Module, Text) -> Session;
    /// Lets go of it.
    session_rwunlock(Session);
    /// Its memory.
    session_pool(Session) -> Pool;
    /// 0 its id, 1 its channel's name.
    session_text(Session, c_int) -> Text;
    /// 0 its state, 1 why it ended, 2 its direction, 3 whether it goes on, 4 and has media, 5 and is answered,
    /// 6 what a person would call its state.
    session_number(Session, c_int) -> c_int;
    /// A variable.
    session_get_variable(Session, Text) -> Text;
    /// Sets one; 1 also for those it calls, 2 for those it is bridged to.
    session_set_variable(Session, Text, Text, c_int) -> Status;
    /// 0 rings, 1 opens media, 2 answers.
    session_answer(Session, c_int) -> Status;
    /// Ends it; its state then.
    session_hangup(Session, c_int) -> c_int;
    /// Runs an application, and waits for its end.
    session_execute(Session, Text, Text) -> Status;
    /// Does something and waits for its end: 0 plays a file, 1 sleeps for milliseconds, 2 says what a phrase macro makes of a
    /// text, in a language, 3 has an engine and a voice speak.
    session_perform(Session, c_int, Text, Text, Text) -> Status;
    /// Asks for digits.
    session_ask(Session, *const Asking, *mut c_char, usize) -> Status;
    /// Sends it to another extension.
    session_transfer(Session, Text, Text, Text) -> Status;
    /// Puts what an event of the call tells into an event.
    session_event_data(Session, *mut Event) -> Status;
    /// The text with `${…}` expanded.
    session_expand(Session, Text) -> *mut c_char;
    /// Its parties.
    session_profile(Session) -> *mut Profile;
}
