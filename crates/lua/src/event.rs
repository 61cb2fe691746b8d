//! `freeswitch.Event` and `freeswitch.EventConsumer`.

use std::cell::RefCell;
use std::sync::Arc;

use mlua::{Lua, Result, Table, UserData, UserDataMethods, UserDataRef, Value};
use strowger_core::Switch;
use strowger_script::{EventConsumer, Host, ScriptEvent};

use crate::convert::{Number, Text};
use crate::limits::waiting;

/// An event in a script's hands.
pub(crate) struct LuaEvent {
    event: RefCell<ScriptEvent>,
    switch: Arc<Switch>,
}

impl LuaEvent {
    pub(crate) fn new(switch: &Arc<Switch>, event: ScriptEvent) -> Self {
        Self { event: RefCell::new(event), switch: Arc::clone(switch) }
    }

    /// The event as it is now.
    pub(crate) fn event(&self) -> ScriptEvent {
        self.event.borrow().clone()
    }
}

impl UserData for LuaEvent {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("addHeader", |_, this, (name, value): (Text, Text)| {
            Ok(this.event.borrow_mut().add_header(&name.0, &value.0))
        });
        methods.add_method("delHeader", |_, this, name: Text| Ok(this.event.borrow_mut().remove_header(&name.0)));
        methods.add_method("getHeader", |_, this, (name, index): (Text, Option<Number>)| {
            if name.0.is_empty() {
                tracing::error!("Trying to getHeader an invalid header!");
                return Ok(None);
            }
            Ok(this.event.borrow().header(&this.switch, &name.0, index.map(Number::count)))
        });
        methods.add_method("addBody", |_, this, body: Text| Ok(this.event.borrow_mut().set_body(&body.0)));
        methods.add_method("getBody", |_, this, ()| Ok(this.event.borrow().body().map(str::to_owned)));
        methods.add_method("getType", |_, this, ()| Ok(this.event.borrow().kind()));
        methods
            .add_method("setPriority", |_, this, priority: Text| Ok(this.event.borrow_mut().set_priority(&priority.0)));
        methods.add_method("serialize", |_, this, format: Text| {
            Ok(this.event.borrow().serialize(&this.switch, &format.0))
        });
        methods.add_method("fire", |_, this, ()| {
            this.event.borrow().fire(&this.switch);
            Ok(true)
        });
        methods.add_method("chat_send", |_, this, protocol: Text| {
            Ok(this.event.borrow().chat_send(&this.switch, &protocol.0))
        });
        methods.add_method("merge", |_, this, other: UserDataRef<LuaEvent>| {
            this.event.borrow_mut().merge(&other.event());
            Ok(true)
        });
    }
}

/// `freeswitch.EventConsumer`.
struct LuaConsumer {
    consumer: EventConsumer,
    switch: Arc<Switch>,
}

impl UserData for LuaConsumer {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("bind", |_, this, (kind, subclass): (Text, Text)| {
            Ok(i64::from(this.consumer.bind(&kind.0, &subclass.0)))
        });
        methods.add_method("pop", |lua, this, (wait, timeout): (Number, Number)| {
            let timeout = Some(timeout).filter(|timeout| timeout.0 > 0).map(Number::milliseconds);
            let event = waiting(lua, || this.consumer.pop(wait.0 != 0, timeout));
            Ok(event.map(|event| LuaEvent::new(&this.switch, ScriptEvent::of(event))))
        });
        methods.add_method("cleanup", |_, this, ()| {
            this.consumer.cleanup();
            Ok(())
        });
    }
}

/// Adds both to the table `freeswitch`.
pub(crate) fn open(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let switch = Arc::clone(host.switch());
    let make = move |_: &Lua, (kind, subclass): (Text, Text)| {
        Ok(LuaEvent::new(&switch, ScriptEvent::new(&kind.0, &subclass.0)))
    };
    freeswitch.set("Event", lua.create_function(make)?)?;
    let host = host.clone();
    let make = move |_: &Lua, (kind, subclass, length): (Value, Text, Number)| {
        let consumer = EventConsumer::new(&host, length.count());
        if let Some(kind) = kind.as_string().map(|kind| kind.to_string_lossy()).filter(|kind| !kind.is_empty()) {
            consumer.bind(&kind, &subclass.0);
        }
        Ok(LuaConsumer { consumer, switch: Arc::clone(host.switch()) })
    };
    freeswitch.set("EventConsumer", lua.create_function(make)?)
}
