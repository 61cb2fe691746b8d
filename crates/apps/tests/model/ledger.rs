//! What the events told of each channel, and what they may tell next.

use std::collections::HashMap;

use strowger_event::{Event, EventKind};

/// The edges between states. A state may be entered again, and any but the last ones may be left for CS_HANGUP.
const EDGES: [(&str, &[&str]); 13] = [
    ("", &["CS_NEW", "CS_INIT"]),
    ("CS_NEW", &["CS_INIT"]),
    ("CS_INIT", &["CS_ROUTING"]),
    (
        "CS_ROUTING",
        &["CS_EXECUTE", "CS_CONSUME_MEDIA", "CS_PARK", "CS_HIBERNATE", "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"],
    ),
    (
        "CS_CONSUME_MEDIA",
        &["CS_ROUTING", "CS_EXECUTE", "CS_PARK", "CS_HIBERNATE", "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"],
    ),
    ("CS_EXECUTE", &["CS_ROUTING", "CS_PARK", "CS_HIBERNATE", "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"]),
    ("CS_PARK", &["CS_ROUTING", "CS_EXECUTE", "CS_HIBERNATE", "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"]),
    ("CS_HIBERNATE", &["CS_ROUTING", "CS_EXECUTE", "CS_PARK", "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA"]),
    ("CS_SOFT_EXECUTE", &["CS_ROUTING", "CS_EXECUTE", "CS_PARK", "CS_HIBERNATE", "CS_EXCHANGE_MEDIA"]),
    ("CS_EXCHANGE_MEDIA", &["CS_ROUTING", "CS_EXECUTE", "CS_PARK", "CS_HIBERNATE", "CS_SOFT_EXECUTE"]),
    ("CS_HANGUP", &["CS_REPORTING"]),
    ("CS_REPORTING", &["CS_DESTROY"]),
    ("CS_DESTROY", &[]),
];

/// What is told at a channel's end, in this order, once each.
const END: [EventKind; 3] = [EventKind::ChannelHangup, EventKind::ChannelHangupComplete, EventKind::ChannelDestroy];

/// All channels of a sequence.
#[derive(Default)]
pub struct Ledger {
    channels: HashMap<String, Page>,
    sequence: u64,
}

/// One channel.
#[derive(Default)]
struct Page {
    state: String,
    call_state: String,
    created: u32,
    /// How much of [`END`] was told.
    ended: usize,
    /// Whom it is joined with, the innermost last: whoever consults somebody leaves a bridge for a while.
    bridged_with: Vec<String>,
    is_parked: bool,
    /// Application-UUIDs and names of what runs.
    running: Vec<(String, String)>,
}

impl Ledger {
    /// Enters what was heard.
    ///
    /// # Errors
    /// What may not be told.
    pub fn enter(&mut self, events: &[Event]) -> Result<(), String> {
        for event in events {
            let number: u64 = event.get("Event-Sequence").unwrap().parse().unwrap();
            if number <= self.sequence {
                return Err(format!("event {number} behind {}", self.sequence));
            }
            self.sequence = number;
            let Some(uuid) = event.get("Unique-ID").filter(|_| event.kind.name().starts_with("CHANNEL_")) else {
                continue;
            };
            let page = self.channels.entry(uuid.to_owned()).or_default();
            page.enter(event).map_err(|fault| format!("{uuid}, {}: {fault}", event.kind.name()))?;
        }
        Ok(())
    }

    /// Looks whether everything has come to its end.
    ///
    /// # Errors
    /// What has not.
    pub fn close(&self) -> Result<(), String> {
        for (uuid, page) in &self.channels {
            page.close().map_err(|fault| format!("{uuid}: {fault}"))?;
        }
        Ok(())
    }
}

impl Page {
    fn enter(&mut self, event: &Event) -> Result<(), String> {
        let header = |name| event.get(name).unwrap_or_default();
        if self.ended == END.len() && event.kind != EventKind::ChannelState {
            return Err("told of a channel that was destroyed".to_owned());
        }
        match event.kind {
            EventKind::ChannelState => self.move_to(header("Channel-State")),
            EventKind::ChannelCallstate => {
                self.call(header("Original-Channel-Call-State"), header("Channel-Call-State"))
            }
            EventKind::ChannelCreate => once(&mut self.created),
            EventKind::ChannelBridge => self.bridge(header("Bridge-B-Unique-ID")),
            EventKind::ChannelUnbridge => self.unbridge(header("Bridge-B-Unique-ID")),
            EventKind::ChannelPark => begin(&mut self.is_parked),
            EventKind::ChannelUnpark => end(&mut self.is_parked),
            EventKind::ChannelExecute => {
                let (uuid, name) = (header("Application-UUID"), header("Application"));
                self.running.push((uuid.to_owned(), name.to_owned()));
                Ok(())
            }
            EventKind::ChannelExecuteComplete => self.complete(header("Application-UUID")),
            kind if END.contains(&kind) => self.end(kind),
            _ => Ok(()),
        }
    }

    fn move_to(&mut self, state: &str) -> Result<(), String> {
        let from = std::mem::replace(&mut self.state, state.to_owned());
        let known = EDGES.iter().find(|(name, _)| *name == from).map(|(_, to)| *to).unwrap_or_default();
        let is_end = ["CS_HANGUP", "CS_REPORTING", "CS_DESTROY"].contains(&from.as_str());
        let is_allowed = known.contains(&state) || (!is_end && (state == from || state == "CS_HANGUP"));
        if is_allowed { Ok(()) } else { Err(format!("{from} to {state}")) }
    }

    fn call(&mut self, from: &str, to: &str) -> Result<(), String> {
        let before = if self.call_state.is_empty() { "DOWN" } else { &self.call_state };
        if from != before || from == to || before == "HANGUP" {
            return Err(format!("{from} to {to}, and it was {before}"));
        }
        to.clone_into(&mut self.call_state);
        Ok(())
    }

    fn bridge(&mut self, with: &str) -> Result<(), String> {
        let consultations = self.running.iter().filter(|(_, name)| name == "att_xfer").count();
        if let Some(before) = self.bridged_with.get(consultations) {
            return Err(format!("joined with {before} already"));
        }
        self.bridged_with.push(with.to_owned());
        Ok(())
    }

    fn unbridge(&mut self, from: &str) -> Result<(), String> {
        let with = self.bridged_with.pop();
        if with.as_deref() == Some(from) { Ok(()) } else { Err(format!("from {from}, and it was {with:?}")) }
    }

    /// Applications end in the reverse order of their beginnings.
    fn complete(&mut self, uuid: &str) -> Result<(), String> {
        let last = self.running.pop();
        if last.as_ref().is_some_and(|(last, _)| last == uuid) {
            Ok(())
        } else {
            Err(format!("{uuid}, and {last:?} ran"))
        }
    }

    fn end(&mut self, kind: EventKind) -> Result<(), String> {
        if END.get(self.ended) != Some(&kind) {
            return Err(format!("{} of {} were told", self.ended, END.len()));
        }
        self.ended += 1;
        Ok(())
    }

    fn close(&self) -> Result<(), String> {
        let open = [
            ("not destroyed", self.ended != END.len() || self.state != "CS_DESTROY"),
            ("not created", self.created == 0 && self.call_state != "HANGUP"),
            ("still joined", !self.bridged_with.is_empty()),
            ("still parked", self.is_parked),
            ("still runs something", !self.running.is_empty()),
        ];
        open.iter().find(|(_, is_open)| *is_open).map_or(Ok(()), |(fault, _)| Err((*fault).to_owned()))
    }
}

fn once(count: &mut u32) -> Result<(), String> {
    *count += 1;
    if *count == 1 { Ok(()) } else { Err("told twice".to_owned()) }
}

fn begin(is_on: &mut bool) -> Result<(), String> {
    if std::mem::replace(is_on, true) { Err("begun twice".to_owned()) } else { Ok(()) }
}

fn end(is_on: &mut bool) -> Result<(), String> {
    if std::mem::replace(is_on, false) { Ok(()) } else { Err("not begun".to_owned()) }
}
