use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `global_getvar`.
pub(super) struct GlobalGetvar;

#[async_trait]
impl ApiCommand for GlobalGetvar {
    fn about(&self) -> About {
        about(
            "global_getvar",
            "[<var>]",
            "The value of a global variable, empty when it is not set; all of them without a name.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return call.switch.globals().all().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        }
        call.switch.globals().get(call.arguments).unwrap_or_default()
    }
}

/// `global_setvar`.
pub(super) struct GlobalSetvar;

#[async_trait]
impl ApiCommand for GlobalSetvar {
    fn about(&self) -> About {
        about(
            "global_setvar",
            "<var>=<value> [=<value2>]",
            "Sets a global variable; with a second value only if that is what it was. An empty value removes it.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut parts = call.arguments.splitn(3, '=').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name.is_empty() {
            return ApiCall::usage(self.about());
        }
        let value = parts.next().unwrap_or_default();
        let globals = call.switch.globals();
        let before = parts.next().filter(|before| !before.is_empty());
        if before.is_none_or(|before| globals.get(name).as_deref() == Some(before)) {
            globals.set(name, value);
        }
        // No line end: recorded of FreeSWITCH.
        "+OK".to_owned()
    }
}
