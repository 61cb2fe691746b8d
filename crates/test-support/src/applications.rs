//! Applications for calls that a test steers.

use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

/// `put name=value` sets a variable, the plainest thing that an application can do; `put` does nothing.
pub struct Put;

#[async_trait]
impl Application for Put {
    fn about(&self) -> About {
        About { name: "put", syntax: "[<name>=<value>]", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let Some((name, value)) = data.split_once('=') {
            session.channel.variables.set(name, value);
        }
        Ok(())
    }
}

/// `wait` for the end of the call, or for so many milliseconds.
pub struct Wait;

#[async_trait]
impl Application for Wait {
    fn about(&self) -> About {
        About { name: "wait", syntax: "[<milliseconds>]", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match data.parse() {
            Ok(milliseconds) => session.sleep(Duration::from_millis(milliseconds)).await,
            Err(_) => Err(session.idle().await),
        }
    }
}
