use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::{separator, split_quoted};

/// The value that removes a variable, as an empty one does.
const UNDEFINED: &str = "_undef_";

/// `set`.
pub(super) struct Set;

#[async_trait]
impl Application for Set {
    fn about(&self) -> About {
        about("set", "<varname>=<value>", "Sets a channel variable; an empty value or `_undef_` removes it.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        assign(session, data).await;
        Ok(())
    }
}

/// `unset`.
pub(super) struct Unset;

#[async_trait]
impl Application for Unset {
    fn about(&self) -> About {
        about("unset", "<varname>", "Removes a channel variable.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            no_name(session);
        } else {
            session.channel.variables.remove(data.trim());
        }
        Ok(())
    }
}

/// `multiset`.
pub(super) struct Multiset;

#[async_trait]
impl Application for Multiset {
    fn about(&self) -> About {
        about(
            "multiset",
            "[^^<delim>]<varname>=<value> <var2>=<val2>",
            "Sets many channel variables; `^^|a=1|b=2` names another separator than the blank.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (separator, list) = separator(data.trim(), ' ');
        let assignments = split_quoted(list, separator);
        if assignments.is_empty() {
            no_name(session);
        }
        for assignment in assignments {
            assign(session, &assignment).await;
        }
        Ok(())
    }
}

/// `export`, `bridge_export`: they differ in who gets the variable.
pub(super) struct Export {
    name: &'static str,
    help: &'static str,
    /// The variable with the names of the exported ones.
    list: &'static str,
}

pub(super) const EXPORT: Export = Export {
    name: "export",
    help: "Sets a channel variable, here and on the legs that are bridged to; with `nolocal:` only there.",
    list: "export_vars",
};

pub(super) const BRIDGE_EXPORT: Export = Export {
    name: "bridge_export",
    help: "Sets a channel variable, here and on whatever leg the call is joined with from then on; with `nolocal:` only there.",
    list: "bridge_export_vars",
};

#[async_trait]
impl Application for Export {
    fn about(&self) -> About {
        about(self.name, "<varname>=<value>", self.help)
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let Some((name, value)) = assignment(data) else {
            no_name(session);
            return Ok(());
        };
        // With its prefix the variable is kept for the other legs, and is none of this one's.
        put(session, name, value).await;
        let exports = session.channel.variables.get(self.list).unwrap_or_default();
        if !exports.split(',').any(|exported| exported.eq_ignore_ascii_case(name)) {
            let exports = if exports.is_empty() { name.to_owned() } else { format!("{exports},{name}") };
            session.channel.variables.set(self.list, &exports);
        }
        Ok(())
    }
}

/// What `set`, `multiset`, `export`, `bridge_export` and `unset` do to a call's variables: names and values, a value empty to remove the
/// variable. `None` for every other application.
#[must_use]
pub fn assignments(application: &str, data: &str) -> Option<Vec<(String, String)>> {
    let owned = |(name, value): (&str, &str)| {
        (name.to_owned(), if value == UNDEFINED { String::new() } else { value.to_owned() })
    };
    Some(match application.to_ascii_lowercase().as_str() {
        "set" | "export" | "bridge_export" => assignment(data).map(owned).into_iter().collect(),
        "multiset" => {
            let (separator, list) = separator(data.trim(), ' ');
            split_quoted(list, separator).iter().filter_map(|text| assignment(text)).map(owned).collect()
        }
        "unset" => vec![(data.trim().to_owned(), String::new())],
        _ => return None,
    })
}

async fn assign(session: &mut Session, text: &str) {
    match assignment(text) {
        Some((name, value)) => put(session, name, value).await,
        None => no_name(session),
    }
}

/// `name=value`, or `name,value` where there is no `=`; a name alone has an empty value.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=').or_else(|| text.split_once(',')).unwrap_or((text, ""));
    let name = name.trim();
    (!name.is_empty()).then_some((name, value))
}

/// FreeSWITCH expands the value once more here: `\${name}` in a dialplan is the variable's value in the end.
async fn put(session: &mut Session, name: &str, value: &str) {
    let value = &*session.expand(value).await;
    tracing::debug!(uuid = %session.channel.uuid, "{} SET [{name}]=[{value}]", session.channel.name);
    if value == UNDEFINED {
        session.channel.variables.remove(name);
    } else {
        session.channel.variables.set(name, value);
    }
}

pub(super) fn no_name(session: &Session) {
    tracing::error!(uuid = %session.channel.uuid, "No variable name specified.");
}
