use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Local};
use strowger_core::Switch;
use strowger_core::channel::{CallerProfile, Channel, Direction, Part};
use strowger_media::Codec;

use super::super::sessions::with_all;
use super::like::Pattern;
use super::table::{Row, Table};

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
    let pattern = like.map(Pattern::new);
    let searched = cells(&["uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode"]);
    let shown = cells(CHANNELS);
    let rows = with_all(switch, move |session| {
        let channel = &session.channel;
        if let Some(pattern) = &pattern {
            let searched = row(&searched, channel, &hostname);
            if !searched.cells().any(|cell| pattern.matches(cell)) {
                return None;
            }
        }
        Some(row(&shown, channel, &hostname))
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
            Some(partner) => {
                cells.push(&leg.uuid);
                with_date(leg.joined, |date| cells.push(date));
                cells.push_number(leg.joined / 1_000_000);
                let ids = [leg.uuid.as_str(), partner, &switch.bus().identity().switchname];
                ids.into_iter().for_each(|id| cells.push(id));
            }
            None => JOINED.iter().for_each(|_| cells.push("")),
        }
        table.push(cells);
    }
    table
}

/// The Unique-IDs only.
pub(super) async fn uuids(switch: &Switch) -> Table {
    let mut table = Table::new(["uuid"]);
    with_all(switch, |session| Some(session.channel.uuid.clone())).await.into_iter().for_each(|id| table.push([id]));
    table
}

/// A channel, and whom it is joined with.
struct Leg {
    uuid: String,
    row: Row,
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
    let cells = cells(&columns);
    let legs = with_all(switch, move |session| {
        let channel = &session.channel;
        let is_called = channel.other_leg.as_ref().is_some_and(|other| other.part == Part::Originator);
        Some(Leg {
            uuid: channel.uuid.clone(),
            row: row(&cells, channel, &hostname),
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
        for place in &places {
            cells.push(other.and_then(|leg| leg.row.get(*place)).unwrap_or_default());
        }
        match other {
            Some(_) => cells.push_number(leg.joined / 1_000_000),
            None => cells.push(""),
        }
        table.push(cells);
    }
    table
}

/// Writes one cell.
type Cell = fn(&Channel, &str, &mut Row);

fn cells(columns: &[&str]) -> Vec<Cell> {
    columns.iter().map(|column| cell(column)).collect()
}

fn row(cells: &[Cell], channel: &Channel, hostname: &str) -> Row {
    let mut row = Row::with_room(cells.len());
    cells.iter().for_each(|cell| cell(channel, hostname, &mut row));
    row
}

/// What is in a column of that name, on the switch of that name.
fn cell(column: &str) -> Cell {
    match column {
        "uuid" => |channel, _, row| row.push(&channel.uuid),
        "direction" => |channel, _, row| row.push(channel.direction.name()),
        "created" => |channel, _, row| with_date(channel.times.created, |date| row.push(date)),
        "created_epoch" => |channel, _, row| row.push_number(channel.times.created / 1_000_000),
        "name" => |channel, _, row| row.push(&channel.name),
        "state" => |channel, _, row| row.push(channel.running_state.name()),
        "callstate" => |channel, _, row| row.push(channel.call_state.name()),
        "cid_name" | "initial_cid_name" => |channel, _, row| row.push(field(channel, |it| &it.caller_id_name)),
        "cid_num" | "initial_cid_num" => |channel, _, row| row.push(field(channel, |it| &it.caller_id_number)),
        "ip_addr" | "initial_ip_addr" => |channel, _, row| row.push(field(channel, |it| &it.network_addr)),
        "dest" | "initial_dest" => |channel, _, row| row.push(field(channel, |it| &it.destination_number)),
        "dialplan" | "initial_dialplan" => |channel, _, row| row.push(field(channel, |it| &it.dialplan)),
        "context" | "initial_context" => |channel, _, row| row.push(field(channel, |it| &it.context)),
        "application" => |channel, _, row| row.push(channel.last_application.as_ref().map_or("", |(name, _)| name)),
        "application_data" => {
            |channel, _, row| row.push(channel.last_application.as_ref().map_or("", |(_, data)| data))
        }
        "read_codec" => |channel, _, row| row.push(channel.read_codec.map_or("", Codec::name)),
        "write_codec" => |channel, _, row| row.push(channel.write_codec.map_or("", Codec::name)),
        "read_rate" => |channel, _, row| number(row, channel.read_codec, Codec::rate),
        "write_rate" => |channel, _, row| number(row, channel.write_codec, Codec::rate),
        "read_bit_rate" => |channel, _, row| number(row, channel.read_codec, Codec::bit_rate),
        "write_bit_rate" => |channel, _, row| number(row, channel.write_codec, Codec::bit_rate),
        "hostname" => |_, hostname, row| row.push(hostname),
        "presence_id" => |channel, _, row| row.push(channel.presence_id.as_deref().unwrap_or_default()),
        "presence_data" => |channel, _, row| row.push(channel.variables.get("presence_data").unwrap_or_default()),
        "accountcode" => |channel, _, row| row.push(channel.variables.get("accountcode").unwrap_or_default()),
        "callee_name" => |channel, _, row| row.push(field(channel, |it| &it.callee_id_name)),
        "callee_num" => |channel, _, row| row.push(field(channel, |it| &it.callee_id_number)),
        "callee_direction" => {
            |channel, _, row| row.push(if channel.direction == Direction::Outbound { "SEND" } else { "" })
        }
        // Known of bridged calls only.
        "call_uuid" => {
            |channel, _, row| row.push(if channel.call_uuid == channel.uuid { "" } else { &channel.call_uuid })
        }
        _ => |_, _, row| row.push(""),
    }
}

fn field(channel: &Channel, of: fn(&CallerProfile) -> &String) -> &str {
    channel.profile.as_ref().map_or("", |profile| of(profile))
}

fn number(row: &mut Row, codec: Option<Codec>, of: fn(Codec) -> u32) {
    match codec {
        Some(codec) => row.push_number(u64::from(of(codec))),
        None => row.push(""),
    }
}

/// A time as a table has it; many calls begin within one second.
fn with_date<R>(micros: u64, act: impl FnOnce(&str) -> R) -> R {
    thread_local! {
        static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
    }
    let seconds = micros / 1_000_000;
    LAST.with_borrow_mut(|(of, date)| {
        if *of != seconds {
            let utc = DateTime::from_timestamp_secs(i64::try_from(seconds).unwrap_or(0)).unwrap_or_default();
            *date = utc.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string();
            *of = seconds;
        }
        act(date)
    })
}
