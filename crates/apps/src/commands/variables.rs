use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_event::array_items;

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::words::{fields, first_word};

/// `uuid_getvar`.
pub(super) struct UuidGetvar;

#[async_trait]
impl ApiCommand for UuidGetvar {
    fn about(&self) -> About {
        about(
            "uuid_getvar",
            "<uuid> <var>",
            "The value of a call's variable, `_undef_` when it is not set; `var[2]` is the third of an array.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, rest) = first_word(call.arguments);
        let (name, _) = first_word(rest);
        if name.is_empty() {
            return ApiCall::usage(self.about());
        }
        let name = name.to_owned();
        let value = with_session(call.switch, uuid, move |session| {
            let (plain, index) = indexed(&name);
            let value = session.channel.variable(plain)?;
            match index {
                Some(index) => item(value, index).map(str::to_owned),
                None => Some(value.to_owned()),
            }
        });
        value.await.map_or_else(|| NO_CHANNEL.to_owned(), |value| value.unwrap_or_else(|| "_undef_".to_owned()))
    }
}

/// `name[2]` taken apart.
fn indexed(name: &str) -> (&str, Option<usize>) {
    let apart = name.strip_suffix(']').and_then(|open| open.rsplit_once('['));
    match apart.and_then(|(name, index)| Some((name, index.parse().ok()?))) {
        Some((name, index)) => (name, Some(index)),
        None => (name, None),
    }
}

fn item(value: &str, index: usize) -> Option<&str> {
    match array_items(value) {
        Some(mut items) => items.nth(index),
        None => (index == 0).then_some(value),
    }
}

/// `uuid_setvar`.
pub(super) struct UuidSetvar;

#[async_trait]
impl ApiCommand for UuidSetvar {
    fn about(&self) -> About {
        about("uuid_setvar", "<uuid> <var> [value]", "Sets a call's variable; without a value removes it.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, rest) = first_word(call.arguments);
        let (name, value) = first_word(rest);
        if name.is_empty() {
            return ApiCall::usage(self.about());
        }
        let (name, value) = (name.to_owned(), unquoted(value).to_owned());
        let set = with_session(call.switch, uuid, move |session| session.channel.variables.set(&name, &value)).await;
        if set.is_some() { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}

/// `uuid_setvar_multi`.
pub(super) struct UuidSetvarMulti;

#[async_trait]
impl ApiCommand for UuidSetvarMulti {
    fn about(&self) -> About {
        about(
            "uuid_setvar_multi",
            "<uuid> <var>=<value>;<var>=<value>...",
            "Sets some of a call's variables, 64 at the most; those without a value are removed.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let usage = ApiCall::usage(self.about());
        let (uuid, list) = first_word(call.arguments);
        if list.is_empty() {
            return usage;
        }
        let assignments = fields(list, ';', 64);
        let counted = with_session(call.switch, uuid, move |session| {
            let pairs = assignments.iter().map(|text| text.split_once('=').unwrap_or((text, "")));
            let named = pairs.filter(|(name, _)| !name.is_empty());
            named.map(|(name, value)| session.channel.variables.set(name, value)).count()
        });
        match counted.await {
            // Usage follows upon the error (sic).
            None => format!("{NO_CHANNEL}{usage}"),
            Some(0) => format!("-ERR No variable specified\n{usage}"),
            Some(_) => OK.to_owned(),
        }
    }
}

/// A value that is quoted as a whole loses its quotes.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value)
}
