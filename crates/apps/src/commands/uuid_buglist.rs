use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::Session;

use super::about;
use super::sessions::with_session;
use crate::words::first_word;

/// `uuid_buglist`.
pub(super) struct UuidBuglist;

#[async_trait]
impl ApiCommand for UuidBuglist {
    fn about(&self) -> About {
        about("uuid_buglist", "<uuid>", "Tells what hears a call's sound, or changes it, as XML.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, _) = first_word(call.arguments);
        if uuid.is_empty() {
            return ApiCall::usage(self.about());
        }
        // FreeSWITCH says nothing at all of a call that is not there.
        with_session(call.switch, uuid, |session| list(session)).await.unwrap_or_default()
    }
}

fn list(session: &Session) -> String {
    let mut list = "<media-bugs>\n".to_owned();
    for (function, target) in session.taps() {
        list.push_str(&format!(
            " <media-bug>\n  <function>{function}</function>\n  <target>{target}</target>\n  \
             <thread-locked>0</thread-locked>\n </media-bug>\n"
        ));
    }
    list.push_str("</media-bugs>\n");
    list
}
