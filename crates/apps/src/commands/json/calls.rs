//! What JSON commands do with a call.

use std::time::Duration;

use strowger_core::Switch;
use strowger_core::channel::{CallerProfile, Channel};
use strowger_core::session::{Action, Execute};
use tokio::sync::oneshot;

use super::Outcome;
use super::value::Json;
use crate::commands::sessions::with_session;

/// How long an application is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// All that is known of a call: `{"uuid":"…"}`.
pub(super) async fn channel_data(switch: &Switch, data: &Json) -> Outcome {
    let Some(uuid) = data.text("uuid").filter(|uuid| !uuid.is_empty()) else { return Err(response("INVALID INPUT")) };
    let names = (switch.bus().identity().core_uuid.clone(), switch.bus().identity().switchname.clone());
    let described = with_session(switch, uuid, move |session| describe(&session.channel, &names)).await;
    described.map(|data| Json::object([("channelData", data)])).ok_or_else(|| response("Session does not exist"))
}

/// Has a call run an application, `{"uuid":"…","app":"…","arg":"…"}`; with `"inline":"true"` it is waited for.
pub(super) async fn execute(switch: &Switch, data: &Json) -> Outcome {
    let (Some(uuid), Some(application)) = (data.text("uuid"), data.text("app")) else {
        return Err(response("INVALID INPUT"));
    };
    let argument = data.text("arg").unwrap_or_default().to_owned();
    let (waits, is_extended) = (is_true(data.text("inline")), is_true(data.text("extendedData")));
    let names = (switch.bus().identity().core_uuid.clone(), switch.bus().identity().switchname.clone());
    let (sender, done) = oneshot::channel();
    let action = Action { application: application.to_owned(), data: argument };
    let answer = with_session(switch, uuid, move |session| {
        let told = if is_extended {
            ("channelData", describe(&session.channel, &names))
        } else {
            ("channelName", Json::from(session.channel.name.as_str()))
        };
        let queued = session.queue(Execute { done: Some(sender), ..Execute::once(action) });
        (Json::object([told]), queued.map_err(|full| full.to_string()))
    });
    let Some((answer, queued)) = answer.await else { return Err(response("Session does not exist")) };
    if let Err(full) = queued {
        return Err(response(&full));
    }
    if waits {
        // It is done when the sender is gone; a call that ends drops it as well.
        let _ = tokio::time::timeout(PATIENCE, done).await;
    }
    Ok(answer)
}

fn response(text: &str) -> Json {
    Json::object([("response", Json::from(text))])
}

/// As FreeSWITCH reads it (`switch_true`).
fn is_true(text: Option<&str>) -> bool {
    let text = text.unwrap_or_default().to_ascii_lowercase();
    ["yes", "on", "true", "t", "enabled", "active", "allow"].contains(&text.as_str())
        || text.parse::<i64>().is_ok_and(|number| number != 0)
}

/// As a call detail record in JSON begins (`switch_ivr_generate_json_cdr`).
fn describe(channel: &Channel, (core, switchname): &(String, String)) -> Json {
    let data = Json::object([
        ("state", Json::from(channel.running_state.name())),
        ("direction", Json::from(channel.direction.name())),
        ("state_number", Json::from((channel.running_state as u8).to_string().as_str())),
    ]);
    let variables = channel.variables.iter().map(|(name, value)| (name, Json::from(value)));
    let flow = channel.profile.as_ref().map(|profile| flow(channel, profile));
    Json::object([
        ("core-uuid", Json::from(core.as_str())),
        ("switchname", Json::from(switchname.as_str())),
        ("channel_data", data),
        ("variables", Json::object(variables)),
        ("callflow", Json::List(flow.into_iter().collect())),
    ])
}

/// Whom the call is between, and when what happened to it.
fn flow(channel: &Channel, profile: &CallerProfile) -> Json {
    let fields = FIELDS.map(|name| (name, Json::from(profile.field(name).unwrap_or_default())));
    let parties = fields
        .into_iter()
        .chain([("uuid", Json::from(channel.uuid.as_str())), ("chan_name", Json::from(channel.name.as_str()))]);
    let times = &channel.times;
    let times = [
        ("created_time", times.created),
        ("profile_created_time", times.profile_created),
        ("progress_time", times.progress),
        ("progress_media_time", times.progress_media),
        ("answered_time", times.answered),
        ("bridged_time", times.bridged),
        ("last_hold_time", times.last_hold),
        ("hold_accum_time", times.hold_accum),
        ("hangup_time", times.hungup),
        ("resurrect_time", times.resurrected),
        ("transfer_time", times.transferred),
    ];
    Json::object([
        ("dialplan", Json::from(profile.field("dialplan").unwrap_or_default())),
        ("profile_index", Json::from(profile.index.to_string().as_str())),
        ("caller_profile", Json::object(parties)),
        ("times", Json::object(times.map(|(name, time)| (name, Json::from(time.to_string().as_str()))))),
    ])
}

/// The fields of a profile that a record tells.
const FIELDS: [&str; 13] = [
    "username",
    "dialplan",
    "caller_id_name",
    "caller_id_number",
    "callee_id_name",
    "callee_id_number",
    "ani",
    "aniii",
    "network_addr",
    "rdnis",
    "destination_number",
    "source",
    "context",
];
