use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `echo`.
pub(super) struct Echo;

#[async_trait]
impl Application for Echo {
    fn about(&self) -> About {
        about("echo", "", "Sends the caller's audio back until the call ends; opens early media unless it is answered.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.pre_answer()?;
        if let Some(stream) = session.stream() {
            stream.echo();
        }
        let interrupted = session.idle().await;
        if let Some(stream) = session.stream() {
            stream.idle();
        }
        Err(interrupted)
    }
}
