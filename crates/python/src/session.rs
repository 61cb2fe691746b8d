//! What a worker asks of a call: the methods of `freeswitch.Session`.

use std::time::Duration;

use serde_json::Value;
use strowger_core::ivr::{Asking, Collecting, RecordLimits};
use strowger_script::{React, ScriptSession};

use crate::arguments::Arguments;

/// Does it; `other` is the session that the first argument means, `react` the input callback. `None`: there is no such
/// method.
pub(crate) fn act(
    session: &ScriptSession,
    method: &str,
    arguments: &Arguments,
    other: Option<&ScriptSession>,
    react: Option<React<'_>>,
) -> Option<Value> {
    if quiet(session, method, arguments, other) {
        return Some(Value::Null);
    }
    state(session, method, arguments)
        .or_else(|| way(session, method, arguments, other))
        .or_else(|| digits(session, method, arguments))
        .or_else(|| sound(session, method, arguments, react))
}

/// What has no answer; whether it is that.
fn quiet(session: &ScriptSession, method: &str, arguments: &Arguments, other: Option<&ScriptSession>) -> bool {
    match method {
        "hangup" => session.hangup(arguments.text(0)),
        "destroy" => session.destroy(),
        "setVariable" => session.set_variable(arguments.text(0), arguments.text(1)),
        "set_tts_params" => session.set_voice(arguments.text(0), arguments.text(1)),
        "waitForAnswer" => session.wait_for_answer(),
        "bridge" => other.into_iter().for_each(|other| session.bridge(other)),
        "sendEvent" => session.send_event(arguments.event(0).event().clone()),
        _ => return false,
    }
    true
}

fn state(session: &ScriptSession, method: &str, arguments: &Arguments) -> Option<Value> {
    Some(match method {
        "answer" => session.answer().into(),
        "preAnswer" => session.pre_answer().into(),
        "ready" => session.is_ready().into(),
        "answered" => session.is_answered().into(),
        "bridged" => session.is_bridged().into(),
        "mediaReady" => session.has_media().into(),
        "hangupCause" => session.hangup_cause().name().into(),
        "ending" => session.ending().map(strowger_script::Ending::name).into(),
        "getState" => session.state().into(),
        "uuid" => session.uuid().into(),
        "setAutoHangup" => session.set_auto_hangup(arguments.flag(0)).into(),
        // A session that has no call has empty variables.
        "getVariable" if session.call().is_none() => "".into(),
        "getVariable" => session.variable(arguments.text(0)).into(),
        _ => return None,
    })
}

fn way(session: &ScriptSession, method: &str, arguments: &Arguments, other: Option<&ScriptSession>) -> Option<Value> {
    Some(match method {
        "execute" => {
            session.execute(arguments.text(0), arguments.text(1));
            Value::Null
        }
        "say" => {
            session.execute_quietly("say", arguments.text(0));
            Value::Null
        }
        "transfer" => session.transfer(arguments.text(0), arguments.text(1), arguments.text(2)).into(),
        "originate" => {
            let timeout = or(arguments.milliseconds(2) * 1000, Duration::from_secs(60));
            // SWITCH_STATUS_SUCCESS is 0, and SWITCH_STATUS_FALSE 1.
            i64::from(!session.originate(other, arguments.text(1), timeout)).into()
        }
        "insertFile" => session.insert_file(arguments.text(0), arguments.text(1), arguments.count(2)).into(),
        _ => return None,
    })
}

fn digits(session: &ScriptSession, method: &str, arguments: &Arguments) -> Option<Value> {
    Some(match method {
        "getDigits" => {
            let collecting = Collecting {
                most: arguments.count(0),
                terminators: arguments.text(1).to_owned(),
                first: arguments.milliseconds(2),
                each: arguments.milliseconds(3),
            };
            session.get_digits(collecting).into()
        }
        "read" => session.play_and_get_digits(reading(arguments)).into(),
        "playAndGetDigits" => session.play_and_get_digits(asking(arguments)).into(),
        "flushDigits" => session.flush_digits().into(),
        _ => return None,
    })
}

fn reading(arguments: &Arguments) -> Asking {
    let timeout = arguments.milliseconds(3);
    Asking {
        min: arguments.count(0),
        max: arguments.count(1),
        tries: None,
        timeout,
        digit_timeout: or(arguments.milliseconds(5), timeout),
        terminators: arguments.text(4).to_owned(),
        prompt: arguments.text(2).to_owned(),
        bad_prompt: String::new(),
        variable: String::new(),
        pattern: String::new(),
        onward: String::new(),
    }
}

fn asking(arguments: &Arguments) -> Asking {
    let timeout = arguments.milliseconds(3);
    let text = |place| arguments.text(place).to_owned();
    Asking {
        min: arguments.count(0),
        max: arguments.count(1),
        tries: Some(arguments.count(2)),
        timeout,
        digit_timeout: or(arguments.milliseconds(4), timeout),
        terminators: text(5),
        prompt: text(6),
        bad_prompt: text(7),
        pattern: text(8),
        variable: text(9),
        onward: text(10),
    }
}

fn or(time: Duration, other: Duration) -> Duration {
    if time.is_zero() { other } else { time }
}

fn sound(session: &ScriptSession, method: &str, arguments: &Arguments, react: Option<React<'_>>) -> Option<Value> {
    Some(match method {
        "streamFile" => session.stream_file(arguments.text(0), arguments.number(1).max(0).unsigned_abs(), react).into(),
        "recordFile" => {
            let limits = RecordLimits {
                seconds: arguments.unsigned(1),
                threshold: arguments.unsigned(2),
                hush: arguments.unsigned(3),
            };
            session.record_file(arguments.text(0), limits, react).into()
        }
        "sayPhrase" => {
            session.say_phrase(arguments.text(0), arguments.text(1), arguments.text(2), react);
            Value::Null
        }
        "speak" => session.speak(arguments.text(0), react).into(),
        "sleep" => session.sleep(arguments.milliseconds(0), react).into(),
        "collectDigits" => session.collect_digits(arguments.milliseconds(0), react).into(),
        _ => return None,
    })
}
