use chrono::{DateTime, Local};
use strowger_core::Switch;
use strowger_core::channel::{Channel, Direction};
use strowger_media::Codec;

use super::super::sessions::with_all;
use super::table::Table;

/// The columns of FreeSWITCH's table `channels`.
const CHANNELS: &[&str] = &[
    "uuid",
    "direction",
    "created",
    "created_epoch",
    "name",
    "state",
    "cid_name",
    "cid_num",
    "ip_addr",
    "dest",
    "application",
    "application_data",
    "dialplan",
    "context",
    "read_codec",
    "read_rate",
    "read_bit_rate",
    "write_codec",
    "write_rate",
    "write_bit_rate",
    "secure",
    "hostname",
    "presence_id",
    "presence_data",
    "accountcode",
    "callstate",
    "callee_name",
    "callee_num",
    "callee_direction",
    "call_uuid",
    "sent_callee_name",
    "sent_callee_num",
    "initial_cid_name",
    "initial_cid_num",
    "initial_ip_addr",
    "initial_dest",
    "initial_dialplan",
    "initial_context",
];

/// The columns of its view `basic_calls`.
const CALLS: &[&str] = &[
    "uuid",
    "direction",
    "created",
    "created_epoch",
    "name",
    "state",
    "cid_name",
    "cid_num",
    "ip_addr",
    "dest",
    "presence_id",
    "presence_data",
    "accountcode",
    "callstate",
    "callee_name",
    "callee_num",
    "callee_direction",
    "call_uuid",
    "hostname",
    "sent_callee_name",
    "sent_callee_num",
    "b_uuid",
    "b_direction",
    "b_created",
    "b_created_epoch",
    "b_name",
    "b_state",
    "b_cid_name",
    "b_cid_num",
    "b_ip_addr",
    "b_dest",
    "b_presence_id",
    "b_presence_data",
    "b_accountcode",
    "b_callstate",
    "b_callee_name",
    "b_callee_num",
    "b_callee_direction",
    "b_sent_callee_name",
    "b_sent_callee_num",
    "call_created_epoch",
];

/// Every channel; with a pattern those that have it in their id, name, caller, presence data or account code.
pub(super) async fn channels(switch: &Switch, like: Option<&str>) -> Table {
    let hostname = switch.bus().identity().switchname.clone();
    let pattern = like.map(|pattern| pattern.trim_matches('%').to_lowercase());
    let rows = with_all(switch, move |session| {
        let channel = &session.channel;
        if let Some(pattern) = &pattern {
            let searched = ["uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode"];
            if !searched.iter().any(|column| cell(channel, &hostname, column).to_lowercase().contains(pattern)) {
                return None;
            }
        }
        Some(row(CHANNELS, channel, &hostname))
    });
    filled(CHANNELS, rows.await)
}

/// Every call: a channel with the one it is bridged to.
pub(super) async fn calls(switch: &Switch) -> Table {
    let hostname = switch.bus().identity().switchname.clone();
    let rows = with_all(switch, move |session| Some(row(CALLS, &session.channel, &hostname)));
    filled(CALLS, rows.await)
}

/// The Unique-IDs only.
pub(super) async fn uuids(switch: &Switch) -> Table {
    let rows = with_all(switch, |session| Some(vec![session.channel.uuid.clone()]));
    filled(&["uuid"], rows.await)
}

fn filled(columns: &'static [&'static str], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new(columns);
    rows.into_iter().for_each(|row| table.push(row));
    table
}

fn row(columns: &[&str], channel: &Channel, hostname: &str) -> Vec<String> {
    columns.iter().map(|column| cell(channel, hostname, column)).collect()
}

fn cell(channel: &Channel, hostname: &str, column: &str) -> String {
    let variable = |name| channel.variables.get(name).unwrap_or_default().to_owned();
    let field = |name| channel.profile.as_ref().and_then(|profile| profile.field(name)).unwrap_or_default().to_owned();
    let application = channel.last_application.as_ref();
    match column {
        "uuid" => channel.uuid.clone(),
        "direction" => channel.direction.name().to_owned(),
        "created" => date(channel.times.created),
        "created_epoch" | "call_created_epoch" => (channel.times.created / 1_000_000).to_string(),
        "name" => channel.name.clone(),
        "state" => channel.running_state.name().to_owned(),
        "callstate" => channel.call_state.name().to_owned(),
        "cid_name" | "initial_cid_name" => field("caller_id_name"),
        "cid_num" | "initial_cid_num" => field("caller_id_number"),
        "ip_addr" | "initial_ip_addr" => field("network_addr"),
        "dest" | "initial_dest" => field("destination_number"),
        "dialplan" | "initial_dialplan" => field("dialplan"),
        "context" | "initial_context" => field("context"),
        "application" => application.map(|(name, _)| name.clone()).unwrap_or_default(),
        "application_data" => application.map(|(_, data)| data.clone()).unwrap_or_default(),
        "read_codec" => channel.read_codec.map(|codec| codec.name().to_owned()).unwrap_or_default(),
        "write_codec" => channel.write_codec.map(|codec| codec.name().to_owned()).unwrap_or_default(),
        "read_rate" => number(channel.read_codec, |codec| codec.rate()),
        "write_rate" => number(channel.write_codec, |codec| codec.rate()),
        "read_bit_rate" => number(channel.read_codec, |codec| codec.bit_rate()),
        "write_bit_rate" => number(channel.write_codec, |codec| codec.bit_rate()),
        "hostname" => hostname.to_owned(),
        "presence_id" => channel.presence_id.clone().unwrap_or_default(),
        "presence_data" => variable("presence_data"),
        "accountcode" => variable("accountcode"),
        "callee_name" => field("callee_id_name"),
        "callee_num" => field("callee_id_number"),
        "callee_direction" if channel.direction == Direction::Outbound => "SEND".to_owned(),
        // Known of bridged calls only.
        "call_uuid" if channel.call_uuid != channel.uuid => channel.call_uuid.clone(),
        _ => String::new(),
    }
}

fn number(codec: Option<Codec>, of: impl Fn(Codec) -> u32) -> String {
    codec.map(|codec| of(codec).to_string()).unwrap_or_default()
}

fn date(micros: u64) -> String {
    let utc = DateTime::from_timestamp_micros(i64::try_from(micros).unwrap_or(0)).unwrap_or_default();
    utc.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}
