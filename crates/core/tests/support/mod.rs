//! An endpoint whose legs do what their address says.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::channel::{Channel, HangupCause};
use strowger_core::endpoint::{Endpoint, Leg, Outgoing, OutgoingRequest, Placed};
use strowger_core::media::Stream;
use strowger_core::session::{Session, SessionHandle};

/// `test/200=ring;500=answer;900=USER_BUSY`: so many milliseconds after its start a leg rings, has early media (`early`),
/// is answered, or ends with that cause. What is no such step is only its name.
pub struct Scripted;

#[async_trait]
impl Endpoint for Scripted {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn outgoing(&self, _: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let leg = Box::new(ScriptedLeg { script: request.address.to_owned(), handle: None });
        Ok(Outgoing { channel_name: format!("test/{}", request.address), profile: request.profile.clone(), leg })
    }
}

struct ScriptedLeg {
    script: String,
    handle: Option<SessionHandle>,
}

fn step(session: &mut Session, what: &str) {
    match what {
        "ring" => session.mark_ringing(),
        "early" => session.mark_early(),
        "answer" => session.mark_answered(),
        cause => session.hangup(HangupCause::parse(cause).unwrap()),
    }
}

impl Leg for ScriptedLeg {
    fn attach(&mut self, handle: &SessionHandle) {
        self.handle = Some(handle.clone());
    }
    fn describe(&self, _: &mut Channel) {}
    fn start(&mut self, _: &mut Channel) -> Result<(), HangupCause> {
        for (at, what) in self.script.split(';').filter_map(|step| step.split_once('=')) {
            let (at, what) = (Duration::from_millis(at.parse().unwrap()), what.to_owned());
            let handle = self.handle.clone().unwrap();
            tokio::spawn(async move {
                tokio::time::sleep(at).await;
                // A leg that is over goes no further.
                let _ = handle.tell(move |session| step(session, &what));
            });
        }
        Ok(())
    }
    fn placed(&mut self, _: &mut Channel) -> Placed {
        Placed::Waiting
    }
    fn hangup(&mut self, _: &mut Channel, _: HangupCause) {}
    fn stream(&mut self) -> Option<&Stream> {
        None
    }
}
