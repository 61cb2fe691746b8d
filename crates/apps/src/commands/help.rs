use async_trait::async_trait;
use strowger_core::registry::{About, AboutOf, ApiCall, ApiCommand};

use super::about;
use crate::words::first_word;

/// `help`.
pub(super) struct Help;

#[async_trait]
impl ApiCommand for Help {
    fn about(&self) -> About {
        about("help", "[<command>]", "Lists the commands, or tells of one: name, arguments, what it does, module.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let commands = &call.switch.registries().commands;
        let (name, _) = first_word(call.arguments);
        if name.is_empty() {
            let lines: String = commands.all().iter().map(|command| line(&command.about())).collect();
            return format!("\nValid Commands:\n\n{lines}");
        }
        commands.get(name).map_or_else(|| "-ERR No such command\n".to_owned(), |command| line(&command.about()))
    }
}

fn line(about: &AboutOf<'_>) -> String {
    format!("{},{},{},{}\n", about.name, about.syntax, about.help, about.module)
}
