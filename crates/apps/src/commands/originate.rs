use std::time::Duration;

use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::originate::{DEFAULT_TIMEOUT, OriginateRequest};
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{Action, Next, Session};

use super::about;
use crate::words::words;

/// `originate`.
pub(super) struct Originate;

#[async_trait]
impl ApiCommand for Originate {
    fn about(&self) -> About {
        about(
            "originate",
            "<call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]",
            "Calls, and connects whoever answers to an extension or an application.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Some((request, onward)) = parse(call.arguments) else { return ApiCall::usage(self.about()) };
        let handle = match call.switch.originate(&request).await {
            Ok(handle) => handle,
            Err(cause) => return format!("-ERR {cause}\n"),
        };
        if handle.ask(move |session| onward.send(session)).await.is_err() {
            // It is over already, or will never learn where to go.
            handle.hangup(HangupCause::NormalTemporaryFailure);
        }
        // The call is under way when the answer comes: it has taken up what it was sent to. One that is over by then was too.
        let _ = handle.ask(|_| ()).await;
        format!("+OK {}\n", handle.uuid())
    }
}

/// Where the answered leg goes.
#[derive(Debug, PartialEq, Eq)]
enum Onward {
    Application(Action),
    Extension { number: String, dialplan: String, context: String },
}

impl Onward {
    fn send(self, session: &mut Session) {
        match self {
            Self::Application(action) => session.send_on(Next::Execute(vec![action])),
            Self::Extension { number, dialplan, context } => session.transfer(&number, &dialplan, &context),
        }
    }
}

fn parse(arguments: &str) -> Option<(OriginateRequest, Onward)> {
    let mut words = words(arguments).into_iter();
    let (dial_string, to) = (words.next()?, words.next().filter(|to| !to.is_empty())?);
    // `undef` holds the place of an argument that is not given.
    let mut optional = || words.next().filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("undef"));
    let (dialplan, context) = (optional(), optional());
    let (name, number, timeout) = (optional(), optional(), optional());
    let onward = application(&to).map_or_else(
        || Onward::Extension {
            number: to.clone(),
            dialplan: dialplan.unwrap_or_else(|| "XML".to_owned()),
            context: context.unwrap_or_else(|| "default".to_owned()),
        },
        Onward::Application,
    );
    let seconds = timeout.and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0);
    let request = OriginateRequest {
        dial_string,
        caller_id_name: name.unwrap_or_default(),
        caller_id_number: number.unwrap_or_default(),
        timeout: seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs),
        caller: None,
    };
    Some((request, onward))
}

/// `&name(argument)`; the parentheses may be left out.
fn application(text: &str) -> Option<Action> {
    let text = text.strip_prefix('&').filter(|text| !text.is_empty())?;
    let (name, argument) = text.split_once('(').unwrap_or((text, ""));
    let argument = argument.strip_suffix(')').unwrap_or(argument);
    Some(Action { application: name.to_owned(), data: argument.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &str, expected: &Onward) -> OriginateRequest {
        let (request, onward) = parse(arguments).unwrap();
        assert_eq!(onward, *expected, "{arguments}");
        request
    }

    fn run(application: &str, data: &str) -> Onward {
        Onward::Application(Action { application: application.into(), data: data.into() })
    }

    fn extension(number: &str, dialplan: &str, context: &str) -> Onward {
        Onward::Extension { number: number.into(), dialplan: dialplan.into(), context: context.into() }
    }

    #[test]
    fn arguments_come_apart() {
        let request = check("{a=b c}null/x &park()", &run("park", ""));
        assert_eq!((request.dial_string.as_str(), request.timeout), ("{a=b c}null/x", DEFAULT_TIMEOUT));
        check("null/x &park", &run("park", ""));
        check("null/x &playback(tone_stream://%(100,0,440))", &run("playback", "tone_stream://%(100,0,440)"));
        check("null/x 9196", &extension("9196", "XML", "default"));
        let request = check("null/x 9196 xml undef 'Jo Doe' 1000 7", &extension("9196", "xml", "default"));
        assert_eq!((request.caller_id_name.as_str(), request.caller_id_number.as_str()), ("Jo Doe", "1000"));
        assert_eq!(request.timeout, Duration::from_secs(7));
    }

    #[test]
    fn too_few_are_refused() {
        for arguments in ["", "null/probe", "null/probe ''"] {
            assert!(parse(arguments).is_none(), "{arguments}");
        }
    }
}
