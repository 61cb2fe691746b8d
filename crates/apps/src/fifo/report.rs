//! What `fifo list`, `count` and `status` tell.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{Local, TimeZone};
use strowger_config::Element;
use strowger_core::Switch;
use strowger_core::session::{Session, SessionHandle};
use strowger_event::percent;

use super::member::epoch;
use super::node::Node;
use super::{Fifos, MANUAL, Member};

/// The variables that a call in a queue is listed with, and their attributes.
const LISTED: [(&str, &str); 6] = [
    ("fifo_status", "status"),
    ("caller_id_name", "caller_id_name"),
    ("caller_id_number", "caller_id_number"),
    ("fifo_timestamp", "timestamp"),
    ("fifo_target", "target"),
    ("fifo_position", "position"),
];

/// A queue as it was: those in it are still to be asked.
struct Sketch {
    element: Element,
    outbound: Element,
    callers: Vec<(usize, SessionHandle)>,
    consumers: Vec<SessionHandle>,
    bridges: Element,
}

impl Fifos {
    /// `fifo list`: all queues, or the one of that name.
    pub(crate) async fn list(&self, switch: &Arc<Switch>, only: Option<&str>) -> String {
        let sketches: Vec<Sketch> = {
            let ledger = self.ledger(switch);
            let all: Vec<&Member> = ledger.nodes.values().flat_map(|node| &node.members).collect();
            let named = ledger.nodes.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
            named.map(|(name, node)| sketch(name, node, &all)).collect()
        };
        let mut report = element("fifo_report");
        for Sketch { element: mut fifo, outbound, callers, consumers, bridges } in sketches {
            let (mut waiting, mut serving) = (element("callers"), element("consumers"));
            for (slot, handle) in callers {
                if let Some(mut caller) = listed("caller", &handle, &LISTED).await {
                    attribute(&mut caller, "slot", &slot.to_string());
                    waiting.children.push(caller);
                }
            }
            for handle in consumers {
                serving.children.extend(listed("consumer", &handle, LISTED.get(..5).unwrap_or_default()).await);
            }
            fifo.children.extend([outbound, waiting, serving, bridges]);
            report.children.push(fifo);
        }
        let mut out = String::new();
        report.write_xml(&mut out);
        out.push('\n');
        out
    }

    /// `fifo count`: consumers, callers, members, members that ring and idle consumers.
    pub(crate) fn count(&self, switch: &Switch, only: Option<&str>) -> String {
        self.lines(switch, only, |node| {
            let (consumers, waiting, members) = (node.consumers.len(), node.waiting(), node.members.len());
            format!("{consumers}:{waiting}:{members}:{}:{}", node.ringing, node.idle())
        })
    }

    /// `fifo has_outbound`.
    pub(crate) fn has_outbound(&self, switch: &Switch, only: Option<&str>) -> String {
        self.lines(switch, only, |node| u8::from(node.has_outbound).to_string())
    }

    fn lines(&self, switch: &Switch, only: Option<&str>, tell: impl Fn(&Node) -> String) -> String {
        let ledger = self.ledger(switch);
        let named = ledger.nodes.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        let lines: String = named.map(|(name, node)| format!("{name}:{}\n", tell(node))).collect();
        if lines.is_empty() { "none\n".to_owned() } else { lines }
    }

    /// `fifo status`.
    pub(crate) fn status(&self, switch: &Switch) -> String {
        let ledger = self.ledger(switch);
        let mut out = String::new();
        for (name, node) in &ledger.nodes {
            let it = &node.outbound;
            let _ = write!(
                out,
                "node: {name}\n outbound_name: {}\n outbound_per_cycle: {} outbound_per_cycle_min: {} \
                 outbound_priority: {} outbound_strategy: {}\n has_outbound: {}\n outbound_priority: {}\n busy: 0\n \
                 ready: {}\n waiting: {}\n",
                it.name,
                it.per_cycle,
                it.per_cycle_min,
                it.priority,
                it.strategy.name(),
                u8::from(node.has_outbound),
                it.priority,
                if name == MANUAL { 2 } else { 1 },
                node.waiting(),
            );
        }
        out.push_str(" caller_orig:\n consumer_orig:\n");
        ledger.called.iter().for_each(|id| out.push_str(&format!("  {id}\n")));
        out.push_str(" bridge:\n");
        ledger.talking.keys().for_each(|id| out.push_str(&format!("  {id}\n")));
        out
    }
}

fn sketch(name: &str, node: &Node, all: &[&Member]) -> Sketch {
    let mut fifo = element("fifo");
    let (waiting, it) = (node.waiting().to_string(), &node.outbound);
    for (attr, value) in [
        ("name", name.to_owned()),
        ("consumer_count", node.consumers.len().to_string()),
        ("caller_count", waiting.clone()),
        ("waiting_count", waiting),
        ("importance", node.importance.to_string()),
        ("outbound_per_cycle", it.per_cycle.to_string()),
        ("outbound_per_cycle_min", it.per_cycle_min.to_string()),
        ("ring_timeout", it.ring_timeout.to_string()),
        ("default_lag", it.default_lag.to_string()),
        ("outbound_priority", it.priority.to_string()),
        ("outbound_strategy", it.strategy.name().to_owned()),
    ] {
        attribute(&mut fifo, attr, &value);
    }
    let mut outbound = element("outbound");
    let own: Vec<&Member> = node.members.iter().collect();
    outbound.children =
        if name == MANUAL { all } else { own.as_slice() }.iter().map(|member| of_member(member)).collect();
    let callers = node.slots.iter().enumerate().flat_map(|(slot, entries)| {
        entries.iter().filter_map(move |entry| match &entry.who {
            super::Who::Caller { handle, .. } => Some((slot, handle.clone())),
            super::Who::Url(_) => None,
        })
    });
    let mut bridges = element("bridges");
    bridges.children = node.talks.iter().map(|talk| of_talk(name, talk)).collect();
    Sketch {
        element: fifo,
        outbound,
        callers: callers.collect(),
        consumers: node.consumers.values().map(|consumer| consumer.handle.clone()).collect(),
        bridges,
    }
}

fn of_member(member: &Member) -> Element {
    let mut element = element("member");
    let now = tokio::time::Instant::now();
    let next = member.next.filter(|next| *next > now).map_or_else(
        || "now".to_owned(),
        |next| date(epoch().saturating_add(i64::try_from((next - now).as_secs()).unwrap_or(0))),
    );
    let never = |time: i64| if time == 0 { "never".to_owned() } else { date(time) };
    for (attr, value) in [
        ("simo", member.simo.to_string()),
        ("use_count", member.use_count.to_string()),
        ("timeout", member.timeout.to_string()),
        ("lag", member.lag.to_string()),
        ("outbound-call-count", member.calls.to_string()),
        ("outbound-fail-count", member.failures.to_string()),
        ("taking-calls", member.taking_calls.to_string()),
        ("status", String::new()),
        ("outbound-call-total-count", member.all_calls.to_string()),
        ("outbound-fail-total-count", member.all_failures.to_string()),
        ("logged-on-since", date(member.since)),
        ("manual-calls-out-count", "0".to_owned()),
        ("manual-calls-in-count", "0".to_owned()),
        ("manual-calls-out-total-count", "0".to_owned()),
        ("manual-calls-in-total-count", "0".to_owned()),
        ("ring-count", member.ring_count.to_string()),
        ("start-time", never(member.begun)),
        ("stop-time", never(member.ended)),
        ("next-available", next),
    ] {
        attribute(&mut element, attr, &value);
    }
    element.text.clone_from(&member.dial_string);
    element
}

fn of_talk(fifo: &str, talk: &super::Talk) -> Element {
    let mut bridge = element("bridge");
    attribute(&mut bridge, "fifo_name", fifo);
    attribute(&mut bridge, "bridge_start", &date(talk.since));
    attribute(&mut bridge, "bridge_start_epoch", &talk.since.to_string());
    let mut caller = element("caller");
    attribute(&mut caller, "uuid", &talk.caller);
    attribute(&mut caller, "caller_id_name", &encoded(&talk.caller_name));
    attribute(&mut caller, "caller_id_number", &encoded(&talk.caller_number));
    let mut consumer = element("consumer");
    for (name, text) in [("uuid", &talk.consumer), ("outgoing_uuid", &talk.outbound)] {
        let mut child = element(name);
        child.text.clone_from(text);
        consumer.children.push(child);
    }
    bridge.children = vec![caller, consumer];
    bridge
}

/// A call in a queue, with what is known of it; `None` when it is over.
async fn listed(tag: &str, handle: &SessionHandle, names: &'static [(&str, &str)]) -> Option<Element> {
    let asked = handle.ask(move |session: &mut Session| {
        let value =
            |(name, attr): &(&'static str, &'static str)| Some((*attr, session.channel.variable(name)?.to_owned()));
        names.iter().filter_map(value).collect::<Vec<_>>()
    });
    let known = asked.await.ok()?;
    let mut element = element(tag);
    attribute(&mut element, "uuid", handle.uuid());
    for (attr, value) in known {
        let value = if attr.starts_with("caller_id") { encoded(&value) } else { value };
        attribute(&mut element, attr, &value);
    }
    Some(element)
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    percent::encode(text, &mut out);
    out
}

fn element(name: &str) -> Element {
    Element {
        name: name.to_owned(),
        attributes: Vec::new(),
        children: Vec::new(),
        text: String::new(),
        file: Arc::from(""),
        line: 0,
    }
}

fn attribute(element: &mut Element, name: &str, value: &str) {
    element.attributes.push((name.to_owned(), value.to_owned()));
}

/// `2026-01-31 12:00:00`, here.
pub(crate) fn date(seconds: i64) -> String {
    Local
        .timestamp_opt(seconds, 0)
        .single()
        .map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}
