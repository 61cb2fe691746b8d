use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{Interrupted, Session};

use super::sessions::with_session;
use super::{OK, about};

/// `uuid_answer` and `uuid_pre_answer`.
pub(super) struct UuidAnswer {
    name: &'static str,
    help: &'static str,
    act: fn(&mut Session) -> Result<(), Interrupted>,
}

/// `uuid_answer`.
pub(super) const ANSWER: UuidAnswer = UuidAnswer { name: "uuid_answer", help: "Answers a call.", act: Session::answer };

/// `uuid_pre_answer`.
pub(super) const PRE_ANSWER: UuidAnswer = UuidAnswer {
    name: "uuid_pre_answer",
    help: "Opens a call's media before it is answered.",
    act: Session::pre_answer,
};

#[async_trait]
impl ApiCommand for UuidAnswer {
    fn about(&self) -> About {
        about(self.name, "<uuid>", self.help)
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let act = self.act;
        // That the call ends of it is seen by what runs on it.
        let acted = with_session(call.switch, call.arguments, move |session| act(session).is_ok()).await;
        match acted {
            Some(_) => OK.to_owned(),
            // As FreeSWITCH has it here, and nowhere else.
            None => "-ERROR\n".to_owned(),
        }
    }
}
