//! The application `lua`, and the commands `lua` and `luarun`.

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand, Application, Registries};
use strowger_core::session::{Interrupted, Session};
use strowger_event::{Event, EventKind};
use strowger_script::{ScriptEvent, serve};

use crate::engine::{Engine, run};
use crate::event::LuaEvent;
use crate::session::LuaSession;
use crate::stream::Stream;

/// Adds them.
pub(crate) fn register(registries: &Registries, engine: &Engine) {
    registries.application(LuaApplication(engine.clone()));
    registries.command(LuaCommand(engine.clone()));
    registries.command(LuaRun { engine: engine.clone(), name: "luarun" });
}

const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_lua" }
}

/// `lua`, on a call.
struct LuaApplication(Engine);

#[async_trait]
impl Application for LuaApplication {
    fn about(&self) -> About {
        about("lua", "<script> [<arguments>] | ~<code>", "Runs a Lua script, which has the call as `session`.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "no args specified!");
            return Ok(());
        }
        let (host, code, uuid) = (Engine::host(session.switch()), data.to_owned(), session.channel.uuid.clone());
        let script = move |call: strowger_script::Call| {
            let host = call.host().clone();
            let prepare = |lua: &mlua::Lua| lua.globals().set("session", LuaSession::of(call));
            // The log says what went wrong; the call goes on.
            let _ = run(&host, &code, &uuid, prepare, |_| ());
        };
        serve(session, &self.0.threads, host, script).await.map(drop)
    }
}

/// `lua`, as a command.
struct LuaCommand(Engine);

#[async_trait]
impl ApiCommand for LuaCommand {
    fn about(&self) -> About {
        about("lua", "<script> [<arguments>] | ~<code>", "Runs a Lua script; what it writes to `stream` is the answer.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return String::new();
        }
        let (host, code) = (Engine::host(call.switch), call.arguments.to_owned());
        let script = move || {
            let stream = Stream::default();
            let prepare = |lua: &mlua::Lua| {
                lua.globals().set("stream", stream.clone())?;
                let env = Event::new(EventKind::Api).header("API-Command", "lua").header("API-Command-Argument", &code);
                lua.globals().set("env", LuaEvent::new(host.switch(), ScriptEvent::of(env)))
            };
            let outcome = run(&host, &code, "", prepare, |_| ());
            // What was written before it failed is a part of the answer.
            let failure = if outcome.is_err() { FAILED } else { "" };
            stream.text() + failure
        };
        match self.0.threads.run(script) {
            Ok(answer) => answer.await.unwrap_or_else(|_| FAILED.to_owned()),
            Err(error) => format!("-ERR {error}\n"),
        }
    }
}

const FAILED: &str = "-ERR Cannot execute script\n";

/// `luarun`.
struct LuaRun {
    engine: Engine,
    name: &'static str,
}

#[async_trait]
impl ApiCommand for LuaRun {
    fn about(&self) -> About {
        about(
            self.name,
            "<script> [<arguments>] | ~<code>",
            "Runs a Lua script beside what goes on, and answers at once.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return "-ERR no args specified!\n".to_owned();
        }
        match self.engine.begin(call.switch, call.arguments) {
            true => "+OK\n".to_owned(),
            false => "-ERR too many scripts run already\n".to_owned(),
        }
    }
}
