//! `load`, `unload`, `reload`, `module_exists`.

use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::plain::Plain;

/// `module_exists`.
pub(super) const MODULE_EXISTS: Plain = Plain {
    about: about("module_exists", "<module>", "Whether a module is loaded."),
    answer: |switch, text| match text {
        "" => String::new(),
        module => switch.modules().contains(module).to_string(),
    },
};

/// `load`, `unload` and `reload`.
pub(super) struct Modules {
    about: About,
    unloads: bool,
    loads: bool,
}

/// All three.
pub(super) const ALL: [Modules; 3] = [
    Modules {
        about: about(
            "load",
            "<mod_name>",
            "Reads the configuration anew and loads a module: from its file, or the words of one that is built in.",
        ),
        unloads: false,
        loads: true,
    },
    Modules {
        about: about("unload", UNLOAD, "Takes a module's applications, commands and endpoints away."),
        unloads: true,
        loads: false,
    },
    Modules { about: about("reload", UNLOAD, "Unloads a module and loads it."), unloads: true, loads: true },
];

const UNLOAD: &str = "[-f] <mod_name>";

#[async_trait]
impl ApiCommand for Modules {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let name = if self.unloads { without_flags(call.arguments) } else { call.arguments };
        if name.is_empty() {
            return ApiCall::usage(self.about);
        }
        let mut answer = if self.loads { read_configuration(call.switch).await } else { String::new() };
        if self.unloads {
            answer += &match (call.switch.unload_module(name).await, self.loads) {
                (Ok(()), true) => "+OK module unloaded\n".to_owned(),
                (Ok(()), false) => "+OK\n".to_owned(),
                (Err(error), true) => format!("-ERR unloading module [{error}]\n"),
                (Err(error), false) => format!("-ERR [{error}]\n"),
            };
        }
        if self.loads {
            answer += &match (call.switch.load_module(name).await, self.unloads) {
                (Ok(()), true) => "+OK module loaded\n".to_owned(),
                (Ok(()), false) => "+OK\n".to_owned(),
                (Err(error), true) => format!("-ERR loading module [{error}]\n"),
                (Err(error), false) => format!("-ERR [{error}]\n"),
            };
        }
        answer
    }
}

/// A configuration that is broken does not keep a module from being loaded.
async fn read_configuration(switch: &Arc<Switch>) -> String {
    let reloading = Arc::clone(switch);
    match tokio::task::spawn_blocking(move || reloading.reload().map(drop)).await {
        Ok(Ok(())) => "+OK Reloading XML\n".to_owned(),
        Ok(Err(error)) => {
            tracing::error!("the running configuration is kept: {error}");
            String::new()
        }
        Err(error) => {
            tracing::error!("the running configuration is kept: {error}");
            String::new()
        }
    }
}

/// The name behind `-f`, which changes nothing: what calls use is not taken from under them.
fn without_flags(arguments: &str) -> &str {
    match arguments.strip_prefix('-') {
        Some(flags) => flags.split_once(' ').map_or("", |(_, name)| name.trim_start()),
        None => arguments,
    }
}
