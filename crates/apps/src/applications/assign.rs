//! What else is set from the dialplan: arrays, globals, the call's name and parties.

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use super::variables::{assignment, no_name};
use crate::words::{separator, split_quoted};

/// `push` and `unshift`: a second value makes an array.
pub(super) struct Grow {
    at_front: bool,
}

/// `push`.
pub(super) const PUSH: Grow = Grow { at_front: false };

/// `unshift`.
pub(super) const UNSHIFT: Grow = Grow { at_front: true };

#[async_trait]
impl Application for Grow {
    fn about(&self) -> About {
        if self.at_front {
            about(
                "unshift",
                "<varname>=<value>",
                "Adds a value at the front of a channel variable, which is an array from the second on.",
            )
        } else {
            about(
                "push",
                "<varname>=<value>",
                "Adds a value to a channel variable, which is an array from the second on.",
            )
        }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match assignment(data) {
            None => no_name(session),
            Some((name, value)) if self.at_front => session.channel.variables.unshift(name, value),
            Some((name, value)) => session.channel.variables.push(name, value),
        }
        Ok(())
    }
}

/// `multiunset`.
pub(super) struct Multiunset;

#[async_trait]
impl Application for Multiunset {
    fn about(&self) -> About {
        about("multiunset", "[^^<delim>]<varname> <var2> <var3>", "Removes many channel variables.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (separator, list) = separator(data.trim(), ' ');
        let names = split_quoted(list, separator);
        if names.is_empty() {
            no_name(session);
        }
        for name in names {
            session.channel.variables.remove(name.trim());
        }
        Ok(())
    }
}

/// `set_global`.
pub(super) struct SetGlobal;

#[async_trait]
impl Application for SetGlobal {
    fn about(&self) -> About {
        about("set_global", "<varname>=<value>", "Sets a global variable; an empty value removes it.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match assignment(data) {
            None => no_name(session),
            Some((name, value)) => session.switch().globals().set(name, value),
        }
        Ok(())
    }
}

/// `set_name`.
pub(super) struct SetName;

#[async_trait]
impl Application for SetName {
    fn about(&self) -> About {
        about("set_name", "<name>", "Gives the channel another name (Channel-Name).")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No name specified.");
        } else {
            data.clone_into(&mut session.channel.name);
            session.channel.variables.set("channel_name", data);
        }
        Ok(())
    }
}

/// `set_profile_var`.
pub(super) struct SetProfileVar;

#[async_trait]
impl Application for SetProfileVar {
    fn about(&self) -> About {
        about(
            "set_profile_var",
            "<varname>=<value>",
            "Changes the call's parties: caller_id_name, caller_id_number, destination_number, rdnis, …",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let Some((name, value)) = assignment(data) else {
            no_name(session);
            return Ok(());
        };
        let profile = session.channel.profile.as_mut();
        if !profile.is_some_and(|profile| profile.set_field(name, value)) {
            tracing::error!(uuid = %session.channel.uuid, "set_profile_var: the parties have no {name}");
        }
        Ok(())
    }
}

/// `eval`.
pub(super) struct Eval;

#[async_trait]
impl Application for Eval {
    fn about(&self) -> About {
        about("eval", "<expression>", "Does nothing with its argument: its `${command(…)}` are what is wanted.")
    }

    async fn run(&self, _session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        Ok(())
    }
}
