//! `show`: what there is, as tables.

mod calls;
mod console;
mod interfaces;
mod like;
mod table;
mod tasks;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use crate::words::words;
use calls::Which;
pub(super) use table::escaped;
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
        if what.starts_with("help") {
            return interfaces::help(call.switch, rest);
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
        "calls" => calls::calls(switch, Which::All).await,
        "bridged_calls" => calls::calls(switch, Which::Bridged).await,
        "detailed_calls" => calls::detailed_calls(switch, Which::All).await,
        "detailed_bridged_calls" => calls::detailed_calls(switch, Which::Bridged).await,
        "distinct_channels" => calls::distinct_channels(switch).await,
        "uuid_channels" | "uuid_calls" => calls::uuids(switch).await,
        "application" | "applications" => interfaces::described(switch, "application", rest),
        "api" | "apis" => interfaces::described(switch, "api", rest),
        "interfaces" => interfaces::interfaces(switch, None),
        "interface_types" => interfaces::types(switch),
        "tasks" => tasks::tasks(switch),
        "aliases" => console::aliases(switch),
        "complete" => console::completions(switch),
        // Nothing registers here, and no router is asked to map ports.
        "registrations" => Table::new(REGISTRATIONS),
        "nat_map" => Table::new(["port", "proto", "proto_num", "sticky"]),
        what if what.starts_with("module") => interfaces::modules(switch, rest),
        what if KINDS.iter().any(|kind| what.starts_with(kind)) => {
            interfaces::interfaces(switch, Some(what.strip_suffix('s').unwrap_or(what)))
        }
        _ => return None,
    })
}

/// The types of interface that one may ask for, however the word goes on.
const KINDS: [&str; 9] = ["codec", "dialplan", "file", "timer", "chat", "limit", "say", "management", "endpoint"];

/// The columns of FreeSWITCH's table `registrations`.
const REGISTRATIONS: [&str; 10] = [
    "reg_user",
    "realm",
    "token",
    "url",
    "expires",
    "network_ip",
    "network_port",
    "network_proto",
    "hostname",
    "metadata",
];
