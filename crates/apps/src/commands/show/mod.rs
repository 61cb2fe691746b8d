//! `show`: what there is, as tables.

mod calls;
mod interfaces;
mod table;
mod tasks;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use crate::words::words;
use table::{Format, Table};

/// `show`.
pub(super) struct Show;

#[async_trait]
impl ApiCommand for Show {
    fn about(&self) -> About {
        about(
            "show",
            "codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|uuid_calls|uuid_channels|calls|detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|registrations|say|interfaces|interface_types|tasks|limits|status [as csv|delim <delim>|json|xml]",
            "Lists what there is, as a table; `channels` and `calls` are the most asked for.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        let format = match Format::take(&mut words) {
            Ok(format) => format,
            Err(unknown) => return format!("-ERR Cannot find format {unknown}\n"),
        };
        let Some((what, rest)) = words.split_first() else { return ApiCall::usage(self.about()) };
        let what = what.to_ascii_lowercase();
        if what == "status" {
            return Box::pin(call.switch.execute_api("status", "")).await.unwrap_or_default();
        }
        match table(call.switch, &what, rest).await {
            Some(table) if rest.first().is_some_and(|word| word.eq_ignore_ascii_case("count")) => table.count(&format),
            Some(table) => table.render(&format),
            None => ApiCall::usage(self.about()),
        }
    }
}

async fn table(switch: &Switch, what: &str, rest: &[&str]) -> Option<Table> {
    Some(match what {
        "channels" => match rest {
            [like, pattern, ..] if like.eq_ignore_ascii_case("like") => calls::channels(switch, Some(pattern)).await,
            _ => calls::channels(switch, None).await,
        },
        "calls" | "detailed_calls" => calls::calls(switch).await,
        "uuid_channels" | "uuid_calls" => calls::uuids(switch).await,
        "application" | "applications" => {
            interfaces::described(switch.registries().applications.all().iter().map(|one| one.about()), rest)
        }
        "api" | "apis" => interfaces::described(switch.registries().commands.all().iter().map(|one| one.about()), rest),
        "interfaces" => interfaces::interfaces(switch, None),
        "interface_types" => interfaces::types(switch),
        "module" | "modules" => interfaces::modules(switch, rest.first().copied()),
        "codec" | "codecs" => interfaces::interfaces(switch, Some("codec")),
        "endpoint" | "endpoints" => interfaces::interfaces(switch, Some("endpoint")),
        "dialplan" | "dialplans" => interfaces::interfaces(switch, Some("dialplan")),
        "file" | "files" => interfaces::interfaces(switch, Some("file")),
        "tasks" => tasks::tasks(switch),
        // Known to FreeSWITCH; there are none here.
        "timer"
        | "timers"
        | "chat"
        | "chats"
        | "limit"
        | "limits"
        | "say"
        | "says"
        | "management"
        | "managements"
        | "aliases"
        | "complete"
        | "nat_map"
        | "registrations"
        | "bridged_calls"
        | "detailed_bridged_calls" => Table::new(&[]),
        _ => return None,
    })
}
