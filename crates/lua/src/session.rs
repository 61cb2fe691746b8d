//! `session`, and `freeswitch.Session`.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use mlua::{
    AnyUserData, Error, FromLuaMulti, Function, IntoLua, IntoLuaMulti, Lua, Result, Table, UserData, UserDataFields,
    UserDataMethods, UserDataRef, Value,
};
use strowger_core::ivr::{Asking, Collecting, RecordLimits};
use strowger_script::{Call, Host, Input, React, ScriptEvent, ScriptSession};

use crate::convert::{Number, Text};
use crate::event::LuaEvent;
use crate::limits::waiting;

/// A call in a script's hands.
pub(crate) struct LuaSession {
    pub(crate) session: ScriptSession,
    host: Host,
    callback: RefCell<Option<Callback>>,
    hook: RefCell<Option<Callback>>,
    /// The hook is run once.
    is_hook_done: Cell<bool>,
}

/// A function of the script, and the global that is its last argument.
#[derive(Clone)]
struct Callback {
    function: Value,
    argument: Option<String>,
}

impl Callback {
    /// None for an empty name.
    fn new(function: Value, argument: Option<Text>) -> Option<Self> {
        let is_named = match &function {
            Value::String(name) => !name.as_bytes().is_empty(),
            other => other.is_function(),
        };
        let argument = argument.map(|argument| argument.0).filter(|argument| !argument.is_empty());
        is_named.then_some(Self { function, argument })
    }

    /// Calls it; what it returns, as a text, where it is one.
    fn call(&self, lua: &Lua, object: &AnyUserData, middle: Vec<Value>) -> Result<String> {
        let function: Function = match &self.function {
            Value::String(name) => lua.globals().get(name)?,
            other => FromLuaMulti::from_lua_multi(other.clone().into_lua_multi(lua)?, lua)?,
        };
        let mut arguments = vec![Value::UserData(object.clone())];
        arguments.extend(middle);
        if let Some(name) = &self.argument {
            arguments.push(lua.globals().get(name.as_str())?);
        }
        let said: Value = function.call(mlua::MultiValue::from_vec(arguments))?;
        Ok(lua.coerce_string(said)?.map(|said| said.to_string_lossy()).unwrap_or_default())
    }

    /// Shows it what came in.
    fn show(&self, lua: &Lua, object: &AnyUserData, host: &Host, input: Input) -> Result<String> {
        let (kind, what) = match input {
            Input::Digit { digit, duration } => {
                let table = lua.create_table()?;
                table.set("digit", digit.to_string())?;
                table.set("duration", duration)?;
                ("dtmf", Value::Table(table))
            }
            Input::Event(event) => {
                let event = lua.create_userdata(LuaEvent::new(host.switch(), ScriptEvent::of(*event)))?;
                lua.globals().set("__Input_Event__", &event)?;
                ("event", Value::UserData(event))
            }
        };
        self.call(lua, object, vec![kind.into_lua(lua)?, what])
    }
}

impl LuaSession {
    fn new(host: &Host, session: ScriptSession) -> Self {
        Self {
            session,
            host: host.clone(),
            callback: RefCell::default(),
            hook: RefCell::default(),
            is_hook_done: Cell::new(false),
        }
    }

    /// The object of the call that runs the script.
    pub(crate) fn of(call: Call) -> Self {
        Self::new(&call.host().clone(), ScriptSession::of(call))
    }

    /// Runs the hangup hook, once, when the call has ended or was sent elsewhere.
    fn run_hook(&self, lua: &Lua, object: &AnyUserData) -> Result<()> {
        if self.is_hook_done.get() || self.hook.borrow().is_none() {
            return Ok(());
        }
        let Some(ending) = self.session.ending() else { return Ok(()) };
        self.is_hook_done.set(true);
        let Some(hook) = self.hook.borrow_mut().take() else { return Ok(()) };
        let said = hook.call(lua, object, vec![ending.name().into_lua(lua)?])?;
        self.session.set_variable("lua_hangup_hook_return_val", &said);
        if said.eq_ignore_ascii_case("exit") || said.eq_ignore_ascii_case("die") {
            return Err(Error::runtime(said));
        }
        Ok(())
    }
}

/// Adds a method; the hangup hook has its turn behind it.
fn add<A, R, M>(methods: &mut M, name: &str, act: impl Fn(&ScriptSession, A) -> R + 'static)
where
    A: FromLuaMulti,
    R: IntoLuaMulti,
    M: UserDataMethods<LuaSession>,
{
    methods.add_function(name, move |lua, (object, arguments): (AnyUserData, A)| {
        let this = object.borrow::<LuaSession>()?;
        let outcome = waiting(lua, || act(&this.session, arguments));
        this.run_hook(lua, &object)?;
        Ok(outcome)
    });
}

/// Adds a method during which the input callback is called.
fn add_heard<A, R, M>(methods: &mut M, name: &str, act: impl Fn(&ScriptSession, A, Option<React<'_>>) -> R + 'static)
where
    A: FromLuaMulti,
    R: IntoLuaMulti,
    M: UserDataMethods<LuaSession>,
{
    methods.add_function(name, move |lua, (object, arguments): (AnyUserData, A)| {
        let this = object.borrow::<LuaSession>()?;
        let callback = this.callback.borrow().clone();
        let mut failure = None;
        let outcome = waiting(lua, || match callback {
            None => act(&this.session, arguments, None),
            Some(callback) => {
                let mut react = |input| {
                    callback.show(lua, &object, &this.host, input).unwrap_or_else(|error| {
                        failure = Some(error);
                        "break".to_owned()
                    })
                };
                act(&this.session, arguments, Some(&mut react))
            }
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        this.run_hook(lua, &object)?;
        Ok(outcome)
    });
}

impl UserData for LuaSession {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("uuid", |_, this| Ok(this.session.uuid()));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        states(methods);
        variables(methods);
        sounds(methods);
        digits(methods);
        ways(methods);
        callbacks(methods);
    }
}

fn states<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    add(methods, "answer", |session, ()| session.answer());
    add(methods, "preAnswer", |session, ()| session.pre_answer());
    add(methods, "ready", |session, ()| session.is_ready());
    add(methods, "answered", |session, ()| session.is_answered());
    add(methods, "bridged", |session, ()| session.is_bridged());
    add(methods, "mediaReady", |session, ()| session.has_media());
    add(methods, "hangup", |session, cause: Text| session.hangup(&cause.0));
    add(methods, "hangupCause", |session, ()| session.hangup_cause().name());
    add(methods, "getState", |session, ()| session.state());
    add(methods, "get_uuid", |session, ()| session.uuid());
    add(methods, "setAutoHangup", |session, hangs_up: bool| session.set_auto_hangup(hangs_up));
    add(methods, "destroy", |session, ()| session.destroy());
}

fn variables<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    add(methods, "setVariable", |session, (name, value): (Text, Text)| session.set_variable(&name.0, &value.0));
    methods.add_method("getVariable", |lua, this, name: Text| {
        // A session that has no call has empty variables.
        let none = this.session.call().is_none().then(String::new);
        Ok(none.or_else(|| waiting(lua, || this.session.variable(&name.0))))
    });
    add(methods, "execute", |session, (application, data): (Text, Text)| {
        session.execute(&application.0, &data.0);
    });
    methods.add_method("consoleLog", |_, this, (level, text): (Text, Text)| {
        let uuid = this.session.uuid().unwrap_or_default();
        this.host.log(&level.0, ("switch_cpp.cpp", "consoleLog", 1297), &uuid, &text.0);
        Ok(())
    });
    methods.add_method(
        "consoleLog2",
        |_, this, (level, file, function, line, text): (Text, Text, Text, Number, Text)| {
            let uuid = this.session.uuid().unwrap_or_default();
            this.host.log(&level.0, (&file.0, &function.0, line.unsigned()), &uuid, &text.0);
            Ok(())
        },
    );
}

fn sounds<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    add_heard(methods, "streamFile", |session, (file, samples): (Text, Number), react| {
        session.stream_file(&file.0, samples.0.max(0).unsigned_abs(), react)
    });
    add_heard(
        methods,
        "recordFile",
        |session, (file, limit, threshold, hush): (Text, Number, Number, Number), react| {
            let limits =
                RecordLimits { seconds: limit.unsigned(), threshold: threshold.unsigned(), hush: hush.unsigned() };
            session.record_file(&file.0, limits, react)
        },
    );
    add_heard(methods, "sayPhrase", |session, (name, data, language): (Text, Text, Text), react| {
        session.say_phrase(&name.0, &data.0, &language.0, react);
    });
    add_heard(methods, "speak", |session, text: Text, react| session.speak(&text.0, react));
    for name in ["set_tts_params", "set_tts_parms"] {
        add(methods, name, |session, (engine, voice): (Text, Text)| session.set_voice(&engine.0, &voice.0));
    }
    add(methods, "say", |session, (text, module, kind, method, gender): (Text, Text, Text, Text, Text)| {
        let data = [module.0, kind.0, method.0, gender.0, text.0];
        let words: Vec<&str> = data.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        session.execute_quietly("say", &words.join(" "));
    });
    add(methods, "insertFile", |session, (file, inserted, sample): (Text, Text, Number)| {
        session.insert_file(&file.0, &inserted.0, sample.count())
    });
    add_heard(methods, "sleep", |session, (time, _): (Number, Option<Number>), react| {
        session.sleep(time.milliseconds(), react)
    });
}

fn digits<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    type Get = (Number, Text, Number, Number, Number);
    add(methods, "getDigits", |session, (most, terminators, first, each, all): Get| {
        let within = if first.0 > 0 { first } else { all };
        session.get_digits(Collecting {
            most: most.count(),
            terminators: terminators.0,
            first: within.milliseconds(),
            each: each.milliseconds(),
        })
    });
    type Read = (Number, Number, Text, Number, Text, Number);
    add(methods, "read", |session, (min, max, prompt, timeout, terminators, each): Read| {
        let timeout = Number(timeout.0.max(1)).milliseconds();
        session.play_and_get_digits(Asking {
            min: min.count().max(1),
            max: max.count().max(1),
            tries: None,
            timeout,
            digit_timeout: or(each.milliseconds(), timeout),
            terminators: terminators.0,
            prompt: prompt.0,
            bad_prompt: String::new(),
            variable: String::new(),
            pattern: String::new(),
            onward: String::new(),
        })
    });
    type Ask = (Number, Number, Number, Number, Text, Text, Text, Text, Text, Number, Text);
    add(
        methods,
        "playAndGetDigits",
        |session, (min, max, tries, timeout, terminators, prompt, bad, pattern, variable, each, onward): Ask| {
            let timeout = timeout.milliseconds();
            session.play_and_get_digits(Asking {
                min: min.count(),
                max: max.count(),
                tries: Some(tries.count()),
                timeout,
                digit_timeout: or(each.milliseconds(), timeout),
                terminators: terminators.0,
                prompt: prompt.0,
                bad_prompt: bad.0,
                variable: variable.0,
                pattern: pattern.0,
                onward: onward.0,
            })
        },
    );
    add_heard(methods, "collectDigits", |session, (first, second): (Number, Option<Number>), react| {
        session.collect_digits(second.unwrap_or(first).milliseconds(), react)
    });
    add(methods, "flushDigits", |session, ()| session.flush_digits());
    add(methods, "flushEvents", |_, ()| 0);
}

fn or(time: Duration, other: Duration) -> Duration {
    if time.is_zero() { other } else { time }
}

fn ways<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    add(methods, "transfer", |session, (extension, dialplan, context): (Text, Text, Text)| {
        session.transfer(&extension.0, &dialplan.0, &context.0)
    });
    add(methods, "bridge", |session, other: UserDataRef<LuaSession>| session.bridge(&other.session));
    type Leg = (Option<UserDataRef<LuaSession>>, Text, Option<Number>);
    add(methods, "originate", |session, (caller, destination, timeout): Leg| {
        let timeout = timeout
            .filter(|timeout| timeout.0 > 0)
            .map_or(Duration::from_secs(60), |timeout| Duration::from_secs(timeout.0.clamp(0, 86_400).unsigned_abs()));
        let caller = caller.as_ref().map(|caller| &caller.session);
        // SWITCH_STATUS_SUCCESS is 0, and SWITCH_STATUS_FALSE 1.
        i64::from(!session.originate(caller, &destination.0, timeout))
    });
    add(methods, "waitForAnswer", |session, _: Option<AnyUserData>| session.wait_for_answer());
    add(methods, "sendEvent", |session, event: UserDataRef<LuaEvent>| {
        session.send_event(event.event().event().clone());
    });
}

fn callbacks<M: UserDataMethods<LuaSession>>(methods: &mut M) {
    methods.add_method("setInputCallback", |_, this, (function, argument): (Value, Option<Text>)| {
        *this.callback.borrow_mut() = Callback::new(function, argument);
        Ok(())
    });
    methods.add_method("unsetInputCallback", |_, this, ()| {
        *this.callback.borrow_mut() = None;
        Ok(())
    });
    methods.add_method("setHangupHook", |_, this, (function, argument): (Value, Option<Text>)| {
        *this.hook.borrow_mut() = Callback::new(function, argument);
        this.is_hook_done.set(false);
        Ok(())
    });
}

/// Adds the constructor to the table `freeswitch`.
pub(crate) fn open(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let host = host.clone();
    let make = move |lua: &Lua, (destination, caller): (Option<Text>, Option<UserDataRef<LuaSession>>)| {
        let session = waiting(lua, || match &destination {
            None => ScriptSession::empty(host.clone()),
            Some(text) => ScriptSession::new(host.clone(), &text.0, caller.as_ref().map(|caller| &caller.session)),
        });
        Ok(LuaSession::new(&host, session))
    };
    freeswitch.set("Session", lua.create_function(make)?)
}
