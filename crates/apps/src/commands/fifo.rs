use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use tokio::time::Instant;

use crate::fifo::{Fifos, Member, member_id};
use crate::words::leading_integer;
use crate::words::words;

/// Bytes of a queue's name or a dial string at the most.
const MAX_TEXT: usize = 4096;

/// Numbers at the most: seconds, calls.
const MOST: i64 = 1_000_000;

const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_fifo" }
}

/// `fifo`.
pub(super) struct Fifo(pub(super) Arc<Fifos>);

#[async_trait]
impl ApiCommand for Fifo {
    fn about(&self) -> About {
        about(
            "fifo",
            "list|list_verbose|count|debug|status|has_outbound|importance [<fifo name>]|reparse [del_all]",
            "Tells of queues, as XML (`list`) or as `name:consumers:callers:members:ringing:idle` (`count`); `reparse` reads fifo.conf anew.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let Some(verb) = words.first().map(|verb| verb.to_ascii_lowercase()) else {
            return format!("{}\n", self.about().syntax);
        };
        let (switch, name) = (call.switch, words.get(1).map(String::as_str));
        match verb.as_str() {
            "status" => self.0.status(switch),
            "debug" => format!("debug {}\n", self.0.debug(name.map(leading_integer))),
            "reparse" => {
                self.0.reparse(switch, name.is_some_and(|word| word.eq_ignore_ascii_case("del_all")));
                "+OK\n".to_owned()
            }
            "list" | "list_verbose" => self.0.list(switch, name).await,
            "importance" => {
                let set = words.get(2).map(|word| u32::try_from(leading_integer(word).max(0)).unwrap_or(u32::MAX));
                let importance = name.and_then(|name| self.0.importance(switch, name, set));
                importance.map_or_else(|| "no fifo by that name\n".to_owned(), |it| format!("importance: {it}\n"))
            }
            "count" => self.0.count(switch, name),
            "has_outbound" => self.0.has_outbound(switch, name),
            _ => format!("-ERR Usage: {}\n", self.about().syntax),
        }
    }
}

/// `fifo_member`.
pub(super) struct FifoMember(pub(super) Arc<Fifos>);

#[async_trait]
impl ApiCommand for FifoMember {
    fn about(&self) -> About {
        about(
            "fifo_member",
            "[add <fifo_name> <originate_string> [<simo_count>] [<timeout>] [<lag>] [<expires>] [<taking_calls>] | del <fifo_name> <originate_string>]",
            "Adds somebody who is called when callers wait in a queue, or takes them away.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return ApiCall::usage(self.about());
        }
        let words = words(call.arguments);
        let [verb, fifo, dial_string, rest @ ..] = words.as_slice() else { return INVALID.to_owned() };
        if fifo.len() > MAX_TEXT || dial_string.len() > MAX_TEXT {
            return INVALID.to_owned();
        }
        if verb.eq_ignore_ascii_case("del") {
            self.0.remove_member(call.switch, fifo, &member_id(dial_string));
            return "+OK\n".to_owned();
        }
        if !verb.eq_ignore_ascii_case("add") {
            return INVALID.to_owned();
        }
        match self.0.add_member(call.switch, fifo, member(dial_string, rest)) {
            Ok(()) => "+OK\n".to_owned(),
            Err(error) => format!("-ERR {error}\n"),
        }
    }
}

const INVALID: &str = "-ERR Invalid!\n";

fn member(dial_string: &str, words: &[String]) -> Member {
    let given = |place: usize, usual: u32| {
        let value = words.get(place).map(|word| leading_integer(word)).filter(|value| *value >= 0);
        value.and_then(|value| u32::try_from(value.min(MOST)).ok()).unwrap_or(usual)
    };
    let expires = words.get(3).map(|_| Instant::now() + Duration::from_secs(given(3, 0).into()));
    let taking_calls = given(4, 1).max(1);
    Member { expires, taking_calls, ..Member::new(dial_string, given(0, 1), given(1, 60), given(2, 5)) }
}

/// `fifo_add_outbound`.
pub(super) struct FifoAddOutbound(pub(super) Arc<Fifos>);

#[async_trait]
impl ApiCommand for FifoAddOutbound {
    fn about(&self) -> About {
        about(
            "fifo_add_outbound",
            "<node> <url> [<priority>]",
            "Puts a number into a queue: whoever serves it is joined with that number. How many stand in its slot now.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [fifo, url, rest @ ..] = words.as_slice() else { return "0".to_owned() };
        if fifo.len() > MAX_TEXT || url.len() > MAX_TEXT {
            return "0".to_owned();
        }
        let slot = rest.first().map_or(0, |word| usize::try_from(leading_integer(word).max(0)).unwrap_or(usize::MAX));
        self.0.push_url(call.switch, fifo, slot, url).unwrap_or(0).to_string()
    }
}

/// `fifo_check_bridge`.
pub(super) struct FifoCheckBridge(pub(super) Arc<Fifos>);

#[async_trait]
impl ApiCommand for FifoCheckBridge {
    fn about(&self) -> About {
        about("fifo_check_bridge", "<uuid>|<outbound_id>", "Whether a call, or a member, talks because of a queue.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        self.0.is_talking(call.switch, call.arguments).to_string()
    }
}
