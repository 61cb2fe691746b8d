//! What a worker asks of the switch: all but what is about a call.

use serde_json::{Value, json};
use strowger_event::{Event, Format};
use strowger_script::{Host, ScriptEvent, ScriptSession};

use crate::arguments::Arguments;
use crate::conversation::{Conversation, Said};
use crate::event::Told;

/// Does it.
///
/// # Errors
/// What the script is told.
pub(crate) fn act(conversation: &mut Conversation<'_>, op: &str, said: &Said) -> Result<Value, String> {
    let (host, arguments) = (conversation.host, &said.a);
    match op.split_once('.') {
        Some(("event", op)) => event(host, op, arguments),
        Some(("consumer", op)) => consumer(conversation, op, said),
        Some(("session", op)) => {
            let caller = conversation.session(arguments.number(1).unsigned_abs());
            let session = match op {
                "empty" => ScriptSession::empty(host.clone()),
                _ => ScriptSession::new(host.clone(), arguments.text(0), caller.as_deref()),
            };
            conversation.keep_session(session)
        }
        _ if op == "free" => {
            conversation.free(said.n);
            Ok(Value::Null)
        }
        _ if op == "log" => {
            let place = (arguments.text(1), arguments.text(2), arguments.unsigned(3));
            let uuid = arguments.some_text(4).unwrap_or(conversation.uuid);
            host.log(arguments.text(0), place, uuid, arguments.text(5));
            Ok(Value::Null)
        }
        _ => other(host, op, arguments),
    }
}

fn unknown(op: &str) -> String {
    format!("the switch has no {op}")
}

fn other(host: &Host, op: &str, arguments: &Arguments) -> Result<Value, String> {
    Ok(match op {
        "api" => host.execute(arguments.text(0), arguments.text(1)).into(),
        "api_string" => host.execute_string(arguments.text(0)).into(),
        "api_time" => Host::milliseconds().to_string().into(),
        "global_get" => host.switch().globals().get(arguments.text(0)).into(),
        "global_set" => host.set_global(arguments.text(0), arguments.text(1), arguments.some_text(2)).into(),
        "msleep" => {
            host.sleep(arguments.milliseconds(0));
            Value::Null
        }
        "running" => (!host.switch().is_stopping()).into(),
        op => return Err(unknown(op)),
    })
}

fn event(host: &Host, op: &str, arguments: &Arguments) -> Result<Value, String> {
    let switch = host.switch();
    Ok(match op {
        "fire" => {
            arguments.event(0).fire(switch);
            Value::Null
        }
        "kind" => ScriptEvent::new(arguments.text(0), "").kind().into(),
        "parse" => {
            let read: Result<Event, _> = Format::Json.read(arguments.text(0));
            json!(Told::of(&read.map_err(|error| error.to_string())?))
        }
        "header" => arguments.event(0).header(switch, arguments.text(1), arguments.some_count(2)).into(),
        "serialize" => arguments.event(0).serialize(switch, arguments.text(1)).into(),
        "chat_send" => arguments.event(0).chat_send(switch, arguments.text(1)).into(),
        op => return Err(unknown(op)),
    })
}

fn consumer(conversation: &mut Conversation<'_>, op: &str, said: &Said) -> Result<Value, String> {
    let arguments = &said.a;
    if op == "new" {
        return conversation.keep_consumer(strowger_script::EventConsumer::new(conversation.host, arguments.count(0)));
    }
    let consumer = conversation.consumer(said.n).ok_or("the consumer belongs to a function that is over")?;
    Ok(match op {
        "bind" => i64::from(consumer.bind(arguments.text(0), arguments.text(1))).into(),
        "pop" => {
            let timeout = Some(arguments.milliseconds(1)).filter(|timeout| !timeout.is_zero());
            json!(consumer.pop(arguments.flag(0), timeout).map(|event| Told::of(&event)))
        }
        "cleanup" => {
            consumer.cleanup();
            Value::Null
        }
        op => return Err(unknown(op)),
    })
}
