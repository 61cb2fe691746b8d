//! `json`: commands as JSON, answered within the same JSON.

mod calls;
mod status;
mod value;

use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use value::Json;

/// `json`.
pub(super) struct JsonApi;

/// What came of a command: whether it did what it was asked, and what it has to say.
type Outcome = Result<Json, Json>;

#[async_trait]
impl ApiCommand for JsonApi {
    fn about(&self) -> About {
        about(
            "json",
            "JSON",
            "Runs a command given as JSON, `{\"command\":\"status\",\"data\":{}}`, and answers with it and what came of it; also `fsapi`, `execute` and `channelData`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return "-ERR No JSON supplied.\n".to_owned();
        }
        let Some(mut request) = Json::parse(call.arguments) else { return "-ERR Parse error.\n".to_owned() };
        let is_pretty = request.text("format").is_some_and(|format| format.eq_ignore_ascii_case("pretty"));
        let told = execute(call.switch, &request).await;
        if let Json::Object(members) = &mut request {
            members.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        request.write(is_pretty) + "\n"
    }
}

/// What is added to a request.
async fn execute(switch: &Arc<Switch>, request: &Json) -> Vec<(&'static str, Json)> {
    let error = |message: &str, response| {
        vec![("status", Json::from("error")), ("message", Json::from(message)), ("response", response)]
    };
    let outcome = match (request.text("command"), request.get("data")) {
        (Some(command), Some(data)) => perform(switch, command, data).await,
        _ => None,
    };
    match outcome {
        Some(Ok(response)) => vec![("status", Json::from("success")), ("response", response)],
        Some(Err(response)) => error("The command returned an error", response),
        None => error("Invalid request or non-existant command", Json::Null),
    }
}

/// `None` when there is no such command.
async fn perform(switch: &Arc<Switch>, command: &str, data: &Json) -> Option<Outcome> {
    Some(match command {
        "status" => Ok(status::status(switch)),
        "fsapi" => fsapi(switch, data).await,
        "execute" => calls::execute(switch, data).await,
        "channelData" => calls::channel_data(switch, data).await,
        _ => return None,
    })
}

/// Any API command: `{"cmd":"uuid_getvar","arg":"…"}`.
async fn fsapi(switch: &Arc<Switch>, data: &Json) -> Outcome {
    let message = |text: &str| Json::object([("message", Json::from(text))]);
    let Some(command) = data.text("cmd") else { return Ok(message("INVALID CALL")) };
    let answer = Box::pin(switch.execute_api(command, data.text("arg").unwrap_or_default())).await;
    answer.map(|answer| message(&answer)).ok_or_else(|| message("INVALID CALL"))
}
