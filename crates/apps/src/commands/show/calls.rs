use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Local};
use strowger_core::Switch;
use strowger_core::channel::{Channel, Direction, Part};
use strowger_media::Codec;

use super::super::sessions::with_all;
use super::like::Pattern;
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

/// The columns of its view `basic_calls` that tell of the first leg.
const BASIC: &[&str] = &[
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
];

/// Which of them tell of the second leg too.
fn basic_second() -> Vec<&'static str> {
    BASIC.iter().copied().filter(|name| !["call_uuid", "hostname"].contains(name)).collect()
}

/// The columns of its view `detailed_calls`, of either leg: those of `channels` without the initial ones.
fn detailed() -> Vec<&'static str> {
    CHANNELS.iter().copied().filter(|name| !name.starts_with("initial_")).collect()
}

/// Every channel; with a pattern those that match it in their id, name, caller, presence data or account code.
pub(super) async fn channels(switch: &Switch, like: Option<&str>) -> Table {
    let hostname = switch.bus().identity().switchname.clone();
    let pattern = like.map(|like| Arc::new(Pattern::new(like)));
    let rows = with_all(switch, move |session| {
        let channel = &session.channel;
        if let Some(pattern) = &pattern {
            let searched = ["uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode"];
            if !searched.iter().any(|column| pattern.matches(&cell(channel, &hostname, column))) {
                return None;
            }
        }
        Some(row(CHANNELS, channel, &hostname))
    });
    let mut table = Table::new(CHANNELS.iter().copied());
    rows.await.into_iter().for_each(|row| table.push(row));
    table
}

/// Which calls a table is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All: of those that are joined the leg that called, and what is joined with it.
    All,
    /// Those that are joined.
    Bridged,
}

/// Calls with few columns, `basic_calls`.
pub(super) async fn calls(switch: &Switch, which: Which) -> Table {
    joined(switch, which, BASIC.to_vec(), basic_second()).await
}

/// Calls with many columns, `detailed_calls`.
pub(super) async fn detailed_calls(switch: &Switch, which: Which) -> Table {
    joined(switch, which, detailed(), detailed()).await
}

/// Channels, without those that others called and are joined with, and when they were joined with whom.
pub(super) async fn distinct_channels(switch: &Switch) -> Table {
    const JOINED: [&str; 6] =
        ["call_uuid", "call_created", "call_created_epoch", "caller_uuid", "callee_uuid", "hostname"];
    let mut table = Table::new(CHANNELS.iter().chain(&JOINED).copied());
    let legs = legs(switch, CHANNELS.to_vec()).await;
    for leg in legs.iter().filter(|leg| leg.is_first(&legs)) {
        let mut cells = leg.row.clone();
        match &leg.partner {
            Some(partner) => cells.extend([
                leg.uuid.clone(),
                date(leg.joined),
                (leg.joined / 1_000_000).to_string(),
                leg.uuid.clone(),
                partner.clone(),
                switch.bus().identity().switchname.clone(),
            ]),
            None => cells.extend(JOINED.map(|_| String::new())),
        }
        table.push(cells);
    }
    table
}

/// The Unique-IDs only.
pub(super) async fn uuids(switch: &Switch) -> Table {
    let mut table = Table::new(["uuid"]);
    with_all(switch, |session| Some(session.channel.uuid.clone()))
        .await
        .into_iter()
        .for_each(|id| table.push(vec![id]));
    table
}

/// A channel, and whom it is joined with.
struct Leg {
    uuid: String,
    row: Vec<String>,
    partner: Option<String>,
    /// The other one called it, or had it join.
    is_called: bool,
    /// When they were joined, in microseconds since 1970.
    joined: u64,
}

impl Leg {
    /// Whether it is the one that stands for its call: it called, is alone, or the other one is gone meanwhile.
    fn is_first(&self, legs: &Legs) -> bool {
        !self.is_called || self.partner.as_ref().is_none_or(|partner| legs.find(partner).is_none())
    }
}

/// All of them, in order of their beginning.
struct Legs {
    legs: Vec<Leg>,
    places: HashMap<String, usize>,
}

impl Legs {
    fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter()
    }

    fn find(&self, uuid: &str) -> Option<&Leg> {
        self.legs.get(*self.places.get(uuid)?)
    }
}

async fn legs(switch: &Switch, columns: Vec<&'static str>) -> Legs {
    let hostname = switch.bus().identity().switchname.clone();
    let legs = with_all(switch, move |session| {
        let channel = &session.channel;
        let is_called = channel.other_leg.as_ref().is_some_and(|other| other.part == Part::Originator);
        Some(Leg {
            uuid: channel.uuid.clone(),
            row: row(&columns, channel, &hostname),
            partner: channel.variables.get("bridge_to").map(str::to_owned),
            is_called,
            joined: channel.times.bridged,
        })
    });
    let legs = legs.await;
    let places = legs.iter().enumerate().map(|(place, leg)| (leg.uuid.clone(), place)).collect();
    Legs { legs, places }
}

async fn joined(switch: &Switch, which: Which, first: Vec<&'static str>, second: Vec<&'static str>) -> Table {
    let names = first.iter().map(|name| (*name).to_owned()).chain(second.iter().map(|name| format!("b_{name}")));
    let mut table = Table::new(names.chain(["call_created_epoch".to_owned()]));
    let places: Vec<_> = second.iter().filter_map(|name| first.iter().position(|one| one == name)).collect();
    let legs = legs(switch, first).await;
    for leg in legs.iter().filter(|leg| leg.is_first(&legs)) {
        let other = leg.partner.as_deref().and_then(|partner| legs.find(partner));
        if which == Which::Bridged && other.is_none() {
            continue;
        }
        let mut cells = leg.row.clone();
        cells.extend(places.iter().map(|place| other.and_then(|leg| leg.row.get(*place)).cloned().unwrap_or_default()));
        cells.push(other.map(|_| (leg.joined / 1_000_000).to_string()).unwrap_or_default());
        table.push(cells);
    }
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
        "created_epoch" => (channel.times.created / 1_000_000).to_string(),
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
